/** The calls of the contract about files. */
import { ContractError } from '../../contract/errors.ts';
import type { Handlers } from '../../contract/table.ts';
import type { Buffers } from '../buffers.ts';
import { nickOfQuery } from '../secure/mark.ts';
import type { Transfers } from './transfers.ts';

type TransferCalls = 'transfer.accept' | 'transfer.reject' | 'transfer.cancel' | 'transfer.part' | 'transfer.send';

export const transferHandlers = (transfers: Transfers, buffers: Buffers): Pick<Handlers, TransferCalls> => ({
  'transfer.accept': async ({ transfer }) => {
    await Promise.resolve();
    transfers.accept(transfer);
    return null;
  },
  'transfer.reject': async ({ transfer }) => {
    await Promise.resolve();
    transfers.reject(transfer);
    return null;
  },
  'transfer.cancel': async ({ transfer }) => {
    await Promise.resolve();
    transfers.cancel(transfer);
    return null;
  },
  'transfer.part': async ({ at, data }, _signal, connection) => ({ received: await transfers.part(connection, at, data) }),
  'transfer.send': async ({ buffer: id, name }, _signal, connection) => {
    const buffer = buffers.require(id);
    if (buffer.kind !== 'query' || buffer.server === null)
      throw new ContractError('badInput', 'A file is sent to one person: open a conversation with their nick first.');
    return { transfer: await transfers.send(connection, buffer.server, nickOfQuery(buffer.name), name) };
  },
});

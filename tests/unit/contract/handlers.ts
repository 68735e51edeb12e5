import { ContractError } from '../../../src/contract/errors.ts';
import type { Handlers } from '../../../src/contract/table.ts';

const unused = (): Promise<never> => Promise.reject(new ContractError('unavailable', 'Not part of this test.'));

/** A whole table of handlers of which a test fills in those it calls. */
export const handlers = (given: Partial<Handlers>): Handlers => ({
  'app.snapshot': unused,
  'app.quit': unused,
  'app.newPageToken': unused,
  'app.welcome': unused,
  'buffers.show': unused,
  'buffer.page': unused,
  'buffer.members': unused,
  'buffer.input': unused,
  'buffer.read': unused,
  'buffer.draft': unused,
  'buffer.close': unused,
  'buffer.query': unused,
  'server.connect': unused,
  'server.disconnect': unused,
  'route.get': unused,
  'route.renew': unused,
  'invite.create': unused,
  'contact.connect': unused,
  'contact.accept': unused,
  'contact.open': unused,
  'contact.block': unused,
  'contact.rename': unused,
  'contact.remove': unused,
  'contact.safetyNumber': unused,
  'contact.verify': unused,
  'contact.retry': unused,
  'diagnostics.read': unused,
  'config.read': unused,
  'config.set': unused,
  ...given,
});

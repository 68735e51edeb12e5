/** What one received packet changes: session, keys, contact, prekey, invite, receipts and the line, in one transaction. */
import type { BufferId } from '../contract/ids.ts';
import type { Message } from '../contract/message.ts';
import type { Buffers } from './buffers.ts';
import type { Contacts } from './contacts.ts';
import { boundName } from './columns.ts';
import type { Db } from './db.ts';
import { limit } from './errors.ts';
import type { Hellos } from './hellos.ts';
import type { Invites } from './invites.ts';
import type { KeptPayloads } from './keptPayloads.ts';
import { KEEP_MS, MAX_REQUEST_TEXTS } from './limits.ts';
import type { PrivateLines } from './lines.ts';
import type { Operations, Receive } from './operations.ts';
import type { Outbox } from './outbox.ts';
import type { Positions } from './positions.ts';
import type { Prekeys } from './prekeys.ts';
import type { ContactRow } from './rows.ts';
import type { Sessions } from './sessions.ts';
import { transaction } from './transaction.ts';

interface Parts {
  buffers: Buffers;
  contacts: Contacts;
  lines: PrivateLines;
  sessions: Sessions;
  outbox: Outbox;
  prekeys: Prekeys;
  invites: Invites;
  kept: KeptPayloads;
  hellos: Hellos;
  positions: Positions;
}

export interface Receiving extends Pick<Operations, 'commitReceive'> {
  prune(now: number): number;
}

export function createReceive(
  db: Db,
  { buffers, contacts, lines, sessions, outbox, prekeys, invites, kept, hellos, positions }: Parts,
): Receiving {
  const remember = db.prepare<[number, string, number]>(
    'INSERT INTO received (contact, mid, time) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const forget = db.prepare<[number]>('DELETE FROM received WHERE time < ?');
  const forgetOne = db.prepare<[number, string, number]>('DELETE FROM received WHERE contact = ? AND mid = ? AND time < ?');

  const contactOf = ({ contact }: Receive): ContactRow => {
    if ('add' in contact) return contacts.insert(contact.add);
    return contact.change === null ? contacts.require(contact.id) : contacts.update(contact.id, contact.change);
  };
  /** True when the id was received within the time that ids are kept. */
  const seenBefore = (contact: ContactRow, mid: string, now: number): boolean => {
    forgetOne.run(contact.id, mid, now - KEEP_MS);
    return remember.run(contact.id, boundName(mid), now).changes === 0;
  };
  const bufferFor = (contact: ContactRow, given: BufferId | null): BufferId => {
    if (given !== null) return given;
    const existing = buffers.ofContact(contact.id).find(({ kind }) => kind === 'private');
    if (existing) return existing.id;
    const request = { kind: 'private' as const, server: contact.configServer, contact: contact.id, key: `${contact.id}` };
    return buffers.obtain({ ...request, name: contact.petname ?? contact.nickname }, contact.state !== 'request').id;
  };
  const store = (contact: ContactRow, { message, mid, buffer: given, session, replayAdd, skippedAdd }: Receive): Message | null => {
    if (!message) return null;
    const buffer = bufferFor(contact, given);
    if (contact.state === 'request' && lines.countFromOthers(buffer, MAX_REQUEST_TEXTS) >= MAX_REQUEST_TEXTS) {
      throw limit('This request holds as many texts as are taken before it is accepted.');
    }
    const time = replayAdd ? positions.place({ session: session.id, ...replayAdd }, message.time, skippedAdd.length) : message.time;
    const line: Message = { ...message, buffer, time };
    lines.insert(line, mid === null ? null : { peer: contact.id, mid });
    return line;
  };

  return {
    commitReceive: transaction(db, (receive) => {
      const { now, session, retire, mid } = receive;
      const contact = contactOf(receive);
      sessions.write(contact.id, session, now);
      if (receive.hello) hellos.remember(receive.hello.id, receive.hello.until);
      sessions.retire(contact.id, retire);
      sessions.addOpened(session.id, receive, now);
      if (receive.usedPrekey !== null) prekeys.use(receive.usedPrekey);
      if (receive.usedInvite !== null) invites.use(receive.usedInvite, contact.id);
      const unknown = receive.read.filter((each) => !outbox.isOurs(contact.id, each)).length;
      const receipts = [
        ...outbox.arrived(contact.id, receive.acknowledged, 'delivered'),
        ...outbox.arrived(contact.id, receive.read, 'read'),
      ];
      if (receive.resetBackoff) outbox.resetBackoff(contact.id);
      const duplicate = mid !== null && seenBefore(contact, mid, now);
      const message = duplicate ? null : store(contact, receive);
      const notes = (receive.notes ?? []).map((note): Message => ({ ...note, buffer: bufferFor(contact, receive.buffer) }));
      for (const note of notes) lines.insert(note, null);
      if (receive.keep && !duplicate) kept.keep(contact.id, receive.keep, session, now);
      return { contact: contact.id, buffer: message?.buffer ?? null, message, notes, duplicate, receipts, unknown };
    }),
    prune: (now) => forget.run(now - KEEP_MS).changes,
  };
}

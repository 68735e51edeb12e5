/** What we say: texts the user sends, and the profile and acknowledgements that go by themselves. */
import type { DmEvent } from '../../contract/chat.ts';
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, ContactId, MessageId } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';
import { shortFingerprint } from '../../pq/identity.ts';
import { TEXT_AFTER_ANSWER, TEXT_BEFORE_ANSWER, decodeBody, encodeBody } from '../../pq/payload.ts';
import type { Body, Introduction, RandomSource } from '../../pq/types.ts';
import type { ContactRow, OutboxRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { toHex } from './bytes.ts';
import { nameOf, type Contacts } from './contacts.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Own } from './own.ts';
import type { Records } from './records.ts';

export interface Outgoing {
  /** The conversation's buffer, opened if it was closed. */
  openBuffer(contact: ContactId): Promise<BufferId>;
  /** Stores a line and queues it. Throws `tooLong`, `blocked`, `identityChanged`, `badInput`. */
  text(contact: ContactId, form: 'text' | 'action', text: string, mid?: string): Promise<void>;
  /**
   * Queues our profile: what it says is filled in when it is sealed. `session`: it is for that one as long as it may send. Resolves
   * to its message id.
   */
  profile(contact: ContactId, session?: string): Promise<string>;
  /** Stores a line and queues what it tells: somebody we know. Throws as `text` does. */
  introduction(contact: ContactId, introduction: Introduction): Promise<void>;
  /** Queues an entry of our identity log. */
  identity(contact: ContactId, entry: Uint8Array): Promise<void>;
  /** What our profile says now. */
  profileBody(contact: ContactId): Promise<Body>;
  /** Gives up everything that waits for the contact. */
  failAll(contact: ContactId, reason: string): Promise<void>;
  fail(mid: string, reason: string): Promise<void>;
  /** Queues our first answer in each of these sessions that has none yet, also where the program ended after accepting somebody. */
  owed(contact: ContactId, sessions: readonly string[]): Promise<void>;
}

interface Options {
  store: Store;
  buffers: Buffers;
  contacts: Contacts;
  own: Own;
  records: Records;
  /** Where a contact may reach us. */
  addresses: (contact: ContactId) => Uint8Array[];
  random: RandomSource;
  now: () => number;
  nextMessageId: () => MessageId;
  onEvent: (event: DmEvent) => void;
  /** Something was handed to the store for them; `row`: this, and nothing has to be read for it to be sealed. */
  queued: (contact: ContactId, row?: OutboxRow) => void;
}

/** Why nothing can be sent to them, as an error; null when it can. */
export function refusal(row: ContactRow): ContractError | null {
  if (row.state === 'blocked') return new ContractError('blocked', 'You blocked this contact. Unblock it first: its page has a button.');
  if (row.state === 'request') return new ContractError('badInput', 'Accept the request first.');
  if (row.level === 'changed')
    return new ContractError(
      'identityChanged',
      'Their identity has changed, so nothing is sent. Compare safety numbers, or remove the contact and connect anew.',
    );
  return null;
}

/** A row as the store makes it. */
const newRow = (given: Pick<OutboxRow, 'contact' | 'mid' | 'payload' | 'message' | 'buffer' | 'created'>): OutboxRow => ({
  ...given,
  packet: null,
  session: null,
  ackTag: null,
  sealedAt: null,
  attempts: 0,
  nextTry: 0,
  state: 'queued',
  error: null,
});

export function createOutgoing(options: Options): Outgoing {
  const { store, buffers, contacts, own, records, random, now, onEvent, queued } = options;

  const openBuffer = async (contact: ContactId): Promise<BufferId> => {
    const row = contacts.require(contact);
    const known = buffers.ofContact(contact);
    const opened = await buffers.open({
      kind: 'private',
      // A buffer keeps the entry it was made under: it is found by that.
      server: known ? known.server : row.configServer,
      contact,
      key: `${contact}`,
      name: nameOf(row),
      muted: false,
    });
    return opened.id;
  };
  const line = async (contact: ContactId, mid: string, message: Message, body: Body): Promise<void> => {
    const [payload, created] = [encodeBody(body), now()];
    const storing = store.queue({ contact, mid, payload, message, created });
    queued(contact, newRow({ contact, mid, payload, message: message.id, buffer: message.buffer, created }));
    await storing;
    onEvent({ kind: 'stored', message, counts: false });
  };
  const silent = async (contact: ContactId, body: Body, session?: string): Promise<string> => {
    const mid = toHex(random(16));
    const bound = session === undefined ? {} : { session };
    await store.queue({ contact, mid, payload: encodeBody(body), message: null, ...bound, created: now() });
    queued(contact);
    return mid;
  };
  const profile = (contact: ContactId, session?: string): Promise<string> =>
    silent(contact, { kind: 'profile', nickname: own.nickname(), addresses: [], recordKey: null }, session);
  const fail = async (mid: string, reason: string): Promise<void> => {
    const change = await store.failOutbox({ mid, reason });
    if (change) onEvent({ kind: 'receipt', ...change });
  };

  return {
    openBuffer,
    text: async (contact, form, text, mid = toHex(random(16))) => {
      const row = contacts.require(contact);
      const refused = refusal(row);
      if (refused) throw refused;
      const whole = text.toWellFormed();
      const length = new TextEncoder().encode(whole).length;
      const early = row.waiting || row.state === 'connecting';
      const most = early ? TEXT_BEFORE_ANSWER : TEXT_AFTER_ANSWER;
      if (length > most)
        throw new ContractError(
          'tooLong',
          `This is ${length} bytes; at most ${most} fit into one message${early ? ' before they have answered' : ''}.`,
        );
      const message: Message = {
        id: options.nextMessageId(),
        buffer: await openBuffer(contact),
        time: now(),
        kind: form === 'action' ? 'action' : 'privmsg',
        from: own.nickname() === '' ? 'me' : own.nickname(),
        text: whole,
        subject: null,
        self: true,
        highlight: false,
        receipt: { state: 'queued', reason: null },
      };
      await line(contact, mid, message, { kind: 'text', action: form === 'action', text: whole });
    },
    introduction: async (contact, introduction) => {
      const refused = refusal(contacts.require(contact));
      if (refused) throw refused;
      const message: Message = {
        id: options.nextMessageId(),
        buffer: await openBuffer(contact),
        time: now(),
        kind: 'introduction',
        from: own.nickname() === '' ? 'me' : own.nickname(),
        text: sanitizeNickname(introduction.nickname),
        subject: shortFingerprint(introduction.fingerprint),
        self: true,
        highlight: false,
        receipt: { state: 'queued', reason: null },
      };
      await line(contact, toHex(random(16)), message, { kind: 'introduction', ...introduction });
    },
    profile,
    identity: async (contact, entry) => {
      await silent(contact, { kind: 'identity', entry });
    },
    profileBody: async (contact) => ({
      kind: 'profile',
      nickname: own.nickname(),
      addresses: options.addresses(contact),
      recordKey: await records.ensure(contact),
    }),
    fail,
    failAll: async (contact, reason) => {
      for (const row of await store.outbox(contact)) await fail(row.mid, reason);
    },
    owed: async (contact, sessions) => {
      const rows = (await store.outbox(contact)).filter((row) => decodeBody(row.payload).kind === 'profile');
      for (const session of sessions) if (!rows.some((row) => row.session === session)) await profile(contact, session);
    },
  };
}

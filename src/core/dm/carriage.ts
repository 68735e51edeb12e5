/** Everything that carries messages between two people once they are sealed: routes, mailboxes, receipts, cover traffic. */
import type { DirectMessagesConfig } from '../../config/config.ts';
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { Body, RandomSource } from '../../pq/types.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { createAttention, type Attention } from './attention.ts';
import type { Contacts } from './contacts.ts';
import { createCover } from './cover.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import type { Dropped } from './drops.ts';
import { createExpiry } from './expiry.ts';
import { createMailAcks } from './mailAcks.ts';
import { createMailboxIn } from './mailboxIn.ts';
import { createMailboxOut, type MailboxOut } from './mailboxOut.ts';
import { createReadReceipts, type ReadReceipts } from './readReceipts.ts';
import type { Records } from './records.ts';
import { createReread } from './reread.ts';
import { createResend, type Resend } from './resend.ts';
import type { Sealing } from './sealing.ts';
import type { Sessions } from './sessions.ts';
import type { Timings } from './timings.ts';

interface Options {
  store: Store;
  buffers: Buffers;
  contacts: Contacts;
  sessions: Sessions;
  records: Records;
  sealing: Sealing;
  overlay: () => Overlay | null;
  isOnline: () => boolean;
  settings: () => DirectMessagesConfig;
  timings: Timings;
  random: RandomSource;
  /** In [0, 1). */
  uniform: () => number;
  now: () => number;
  establish: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  renewIn: (contact: ContactId) => Promise<number | null>;
  sendDummy: (contact: ContactId) => Promise<boolean>;
  takeMail: (contact: ContactId, packet: Uint8Array) => Promise<Uint8Array | null>;
  /** Gives up a row of the outbox. */
  fail: (mid: string, reason: string) => Promise<void>;
  queued: (contact: ContactId) => void;
  /** Something is to be done once the network allows it. */
  wanted: () => void;
  onEvent: (event: DmEvent) => void;
  drop: (what: Dropped) => null;
  signal: AbortSignal;
  log: (line: string) => void;
}

export interface Carriage {
  delivery: Delivery;
  mailboxOut: MailboxOut;
  attention: Attention;
  readReceipts: ReadReceipts;
  resend: Resend;
  /** Reads their record again; true when it brought other addresses. */
  reread: (contact: ContactId, signal: AbortSignal) => Promise<boolean>;
  /** Something of theirs opened. `kind`: what, in a session that was there. */
  heard(contact: ContactId, kind: Body['kind'] | undefined): void;
  /** Something was said or heard that the user can see. */
  said(contact: ContactId): void;
  /** The network is there, or our addresses changed. */
  online(): void;
  /** The settings changed. */
  reconsider(): void;
  forget(contact: ContactId): void;
  /** Tells what was read just before the program ended. */
  resume(): void;
  stop(): Promise<void>;
}

export async function createCarriage(options: Options): Promise<Carriage> {
  const { store, buffers, contacts, sessions, records, sealing, overlay, isOnline, settings, timings } = options;
  const { random, uniform, now, establish, queued, wanted, onEvent, drop, signal, log } = options;
  const mailboxOut = createMailboxOut({
    store,
    contacts,
    sessions,
    overlay,
    waiting: (contact) => sealing.waiting(contact),
    seal: (contact, row) => sealing.seal(contact, row),
    onEvent,
    signal,
    now,
    log,
  });
  await mailboxOut.load();
  const mailAcks = createMailAcks({ store, random, uniform, delayMs: timings.answerDelayMs, now, queued });
  const reread = createReread({
    contacts,
    records,
    now,
    refused: () => {
      drop('olderCard');
    },
  });
  const attention = createAttention({
    store,
    buffers,
    contacts: () => contacts.all().map(({ id }) => id),
    onChange: (added) => {
      mailboxIn.rewatch();
      for (const contact of added) mailboxIn.look(contact);
    },
    log,
  });
  const mailboxIn = createMailboxIn({
    contacts,
    overlay,
    take: (contact, packet) => options.takeMail(contact, packet),
    acknowledge: (contact) => mailAcks.owe(contact),
    settled: (contact) => mailAcks.settle(contact),
    isWatched: (contact) => attention.has(contact),
    cardChanged: (contact) => {
      const moved = (isNews: boolean): void => {
        if (isNews) delivery.retry(contact);
      };
      reread(contact, signal).then(moved, () => undefined);
    },
    pollMs: () => timings.mailboxPollMs * (1 + uniform() / 4),
    signal,
    log,
  });
  const cover = createCover({
    contacts,
    setting: () => settings().coverTraffic,
    isOnline,
    send: (contact) => options.sendDummy(contact),
    meanMs: timings.coverMeanMs,
    activeMs: timings.coverActiveMs,
    now,
    uniform,
    log,
  });
  const readReceipts = createReadReceipts({
    store,
    contacts,
    isConfigured: () => settings().readReceipts,
    random,
    uniform,
    delayMs: timings.answerDelayMs,
    now,
    queued,
    log,
  });
  const resend = createResend({
    store,
    contacts,
    fail: (mid, reason) => fail(mid, reason),
    mayBeMailed: (contact, mid) => mailboxOut.mayHold(contact, mid),
    now,
    onEvent,
    queued,
    deliver: (contact) => {
      delivery.retry(contact);
    },
  });
  const fail = async (mid: string, reason: string): Promise<void> => {
    delivery.gaveUp(mid);
    mailboxOut.gaveUp(mid);
    await options.fail(mid, reason);
    // It may lie in a mailbox.
    wanted();
  };
  const expiry = createExpiry({ store, days: () => settings().expireUnsent, fail, everyMs: timings.expiryMs, now, log });
  const delivery = createDelivery({
    store,
    contacts,
    overlay,
    now,
    random: uniform,
    establish,
    renewIn: options.renewIn,
    waiting: (contact) => sealing.waiting(contact),
    seal: (contact, row) => sealing.seal(contact, row),
    reread,
    fail,
    mailbox: mailboxOut,
    isMailed: (contact) => mailboxIn.isMailed(contact),
    onEvent,
    drop,
    log,
  });

  return {
    delivery,
    mailboxOut,
    attention,
    readReceipts,
    resend,
    reread,
    heard: (contact, kind) => {
      if (kind !== undefined) mailboxIn.opened(contact, kind);
      // What says where their mailbox is, or makes them known.
      if (kind === 'profile' || kind === 'record') mailboxIn.look(contact);
      delivery.heard(contact);
      cover.heard(contact);
    },
    said: (contact) => {
      cover.said(contact);
    },
    online: () => {
      delivery.wakeAll();
      attention.review().catch((error: unknown) => {
        log(`watches: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
      mailboxIn.kick();
      cover.refresh();
    },
    reconsider: () => {
      expiry.check();
      cover.refresh();
    },
    forget: (contact) => {
      delivery.forget(contact);
      mailboxIn.forget(contact);
      cover.forget(contact);
    },
    resume: () => {
      for (const { id } of contacts.all()) {
        const buffer = buffers.ofContact(id);
        if (buffer && buffer.readUpTo !== null) readReceipts.read(id, buffer.id, buffer.readUpTo);
      }
    },
    stop: async () => {
      mailAcks.stop();
      attention.stop();
      await Promise.all([mailboxIn.stop(), cover.stop(), readReceipts.stop(), expiry.stop(), delivery.stop()]);
    },
  };
}

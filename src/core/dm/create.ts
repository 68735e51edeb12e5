/** Puts the parts of private messages together: who we are, who we know, what waits, what arrives. */
import { randomBytes } from 'node:crypto';
import type { DmEvent } from '../../contract/chat.ts';
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, ContactId, MessageId } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';
import type { ServerView } from '../../contract/views.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { readCard } from '../../pq/card.ts';
import { fingerprint, shortFingerprint } from '../../pq/identity.ts';
import { decodeInvite } from '../../pq/invite.ts';
import { TEXT_AFTER_ANSWER, TEXT_BEFORE_ANSWER, decodeBody, encodeBody } from '../../pq/payload.ts';
import { PqError } from '../../pq/errors.ts';
import { safetyNumber } from '../../pq/safetyNumber.ts';
import type { Card, Body, RandomSource } from '../../pq/types.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { sameBytes, toHex } from './bytes.ts';
import { createContacts, nameOf } from './contacts.ts';
import { createDelivery } from './delivery.ts';
import type { Dm, VeilidEntry } from './dm.ts';
import { createEstablish, requestCard } from './establish.ts';
import { createInvites } from './invites.ts';
import { sanitizeNickname } from './nickname.ts';
import { loadOwn, type Own } from './own.ts';
import { readPasted } from './pasted.ts';
import { createSerialQueue } from './queue.ts';
import { createReceiver } from './receive.ts';
import { createRecords } from './records.ts';
import { createSealing } from './sealing.ts';
import { createSessions } from './sessions.ts';

interface Options {
  store: Store;
  buffers: Buffers;
  nextMessageId: () => MessageId;
  now: () => number;
  onEvent: (event: DmEvent) => void;
  /** Starts the overlay, if that is allowed and possible. */
  wantOverlay: () => Promise<Overlay>;
  /** private.db is older than the generation counter says: its ratchet state must not be used again. */
  rolledBack: boolean;
  log: (line: string) => void;
}

const NEW_CONTACT = 'New contact';

export async function createDm(options: Options): Promise<Dm> {
  const { store, buffers, nextMessageId, now, onEvent, log } = options;
  const lifetime = new AbortController();
  const random: RandomSource = (length) => new Uint8Array(randomBytes(length));
  const own: Own = await loadOwn(store, random, now);
  if (options.rolledBack) {
    await store.retireSessions(null);
    log('private.db is older than this profile: every conversation starts a new session');
  }
  let overlay: Overlay | null = null;
  let entries: readonly VeilidEntry[] = [];
  /** Blobs of the configuration that were changed, by contact, until somebody has answered there. */
  const toCheck = new Map<ContactId, Uint8Array>();

  const currentOverlay = (): Overlay | null => overlay;
  const ownAddresses = (): Uint8Array[] => overlay?.addresses().map((address) => address.bytes) ?? [];
  const serial = createSerialQueue();
  const sessions = createSessions(store);
  await sessions.load();
  const contacts = createContacts({ store, buffers, shortFingerprint, onEvent });
  await contacts.load();
  const records = createRecords({ own, contacts, overlay: currentOverlay, log });
  const invites = createInvites({ store, own, records, overlay: currentOverlay, random, now, log });
  await invites.load();
  const sealing = createSealing({ store, sessions, random, now, serial });

  const newMid = (): string => toHex(random(16));
  /** Queues something that is not shown. */
  const queueSilent = async (contact: ContactId, body: Body): Promise<void> => {
    await store.queue({ contact, mid: newMid(), payload: encodeBody(body), message: null, created: now() });
    delivery.wake(contact);
  };
  const profileFor = async (contact: ContactId): Promise<Body> => ({
    kind: 'profile',
    nickname: own.nickname(),
    addresses: ownAddresses(),
    recordKey: await records.ensure(contact, lifetime.signal),
  });

  const reread = async (contact: ContactId, signal: AbortSignal): Promise<boolean> => {
    const row = contacts.require(contact);
    if (row.theirRecord === null) return false;
    const bytes = await records.read(row.theirRecord, signal);
    if (!bytes) return false;
    const card = readCardOf(row, bytes, now());
    if (card === 'other') await contacts.change(contact, { level: 'changed' });
    if (card === null || card === 'other') return false;
    const same =
      card.addresses.length === row.addresses.length && card.addresses.every((a, i) => sameBytes(a, row.addresses[i] ?? new Uint8Array()));
    await contacts.change(contact, { cardSeq: card.seq, addresses: card.addresses });
    return !same;
  };

  const failAll = async (contact: ContactId, reason: string): Promise<void> => {
    for (const row of await store.outbox(contact)) {
      const change = await store.failOutbox({ mid: row.mid, reason });
      if (change) onEvent({ kind: 'receipt', ...change });
    }
  };
  const removeContact = async (contact: ContactId, block: boolean): Promise<void> => {
    const row = contacts.require(contact);
    const buffer = buffers.ofContact(contact);
    await store.removeContact({ id: contact, block, now: now() });
    sessions.dropContact(contact);
    contacts.dropped(contact);
    if (buffer) buffers.forget(buffer.id);
    if (row.ownRecord) records.end(row.ownRecord).catch(() => undefined);
  };
  const merge = async (from: ContactId, into: ContactId): Promise<void> => {
    const { configServer, memo } = contacts.require(from);
    if (configServer !== null) await contacts.change(into, { configServer, memo });
    for (const row of await store.outbox(from)) {
      const body = decodeBody(row.payload);
      if (body.kind === 'text') await send(into, body.action ? 'action' : 'text', body.text);
    }
    await removeContact(from, false);
  };

  const establish = createEstablish({
    own,
    contacts,
    sessions,
    records,
    overlay: currentOverlay,
    random,
    now,
    commitHello: async (contact, made) => {
      const mid = newMid();
      const payload = encodeBody(await profileFor(contact.id));
      await store.queue({ contact: contact.id, mid, payload, message: null, created: now() });
      await sealing.sealFirst(contact, made, mid, payload);
    },
    merge,
    giveUp: async (contact, reason) => {
      await failAll(contact, reason);
      contacts.setStatus(contact, `${reason}.`);
    },
  });
  const delivery = createDelivery({
    store,
    contacts,
    overlay: currentOverlay,
    now,
    random: () => Math.random(),
    establish,
    seal: (contact, row) => sealing.seal(contact, row),
    reread,
    onEvent,
    log,
  });
  const receiver = createReceiver({
    store,
    own,
    contacts,
    sessions,
    invites,
    buffers,
    addresses: ownAddresses,
    random,
    now,
    nextMessageId,
    serial,
    onEvent,
    heard: (contact) => {
      delivery.retry(contact);
    },
    greet: async (contact) => {
      await openBuffer(contacts.require(contact));
      await queueSilent(contact, await profileFor(contact));
    },
    confirm: (contact) => queueSilent(contact, { kind: 'ack' }),
    dropped: (what) => {
      log(`a packet was dropped: ${what}`);
    },
  });

  const openBuffer = async (row: ContactRow): Promise<BufferId> => {
    const opened = await buffers.open({
      kind: 'private',
      server: row.configServer,
      contact: row.id,
      key: `${row.id}`,
      name: nameOf(row),
      muted: false,
    });
    return opened.id;
  };
  const want = (contact: ContactId): void => {
    options.wantOverlay().then(
      () => {
        delivery.wake(contact);
      },
      (error: unknown) => {
        contacts.setStatus(contact, error instanceof Error ? error.message : 'Veilid is not running.');
      },
    );
  };

  const connect = async (text: string, entry: VeilidEntry | null): Promise<{ contact: ContactId; buffer: BufferId }> => {
    const pasted = readPasted(text);
    if (pasted.kind === 'invite') checkInvite(pasted.text, own, now());
    const same = contacts
      .all()
      .find((row) =>
        pasted.kind === 'invite'
          ? row.pendingInvite === pasted.text
          : row.state === 'connecting' && row.pendingAddress !== null && sameBytes(row.pendingAddress, pasted.bytes),
      );
    const row =
      same ??
      (await contacts.insert({
        nickname: entry?.name ?? NEW_CONTACT,
        state: 'connecting',
        level: 'not-verified',
        source: pasted.kind,
        created: now(),
        configServer: entry?.name ?? null,
        memo: entry && pasted.kind === 'address' ? pasted.bytes : null,
        pendingAddress: pasted.kind === 'address' ? pasted.bytes : null,
        pendingInvite: pasted.kind === 'invite' ? pasted.text : null,
      }));
    const buffer = await openBuffer(row);
    contacts.setStatus(row.id, 'Connecting');
    want(row.id);
    return { contact: row.id, buffer };
  };

  const send: Dm['send'] = async (contact, form, text) => {
    const row = contacts.require(contact);
    if (row.state === 'blocked')
      throw new ContractError('blocked', 'You blocked this contact. Unblock by removing it and connecting again.');
    if (row.state === 'request') throw new ContractError('badInput', 'Accept the request first.');
    if (row.level === 'changed')
      throw new ContractError(
        'identityChanged',
        'Their identity has changed, so nothing is sent. Compare safety numbers, or remove the contact and connect anew.',
      );
    const length = new TextEncoder().encode(text).length;
    const most = row.waiting || row.state === 'connecting' ? TEXT_BEFORE_ANSWER : TEXT_AFTER_ANSWER;
    if (length > most)
      throw new ContractError(
        'tooLong',
        `This is ${length} bytes; at most ${most} fit into one message${most === TEXT_BEFORE_ANSWER ? ' before they have answered' : ''}.`,
      );
    const message: Message = {
      id: nextMessageId(),
      buffer: await openBuffer(row),
      time: now(),
      kind: form === 'action' ? 'action' : 'privmsg',
      from: own.nickname() === '' ? 'me' : own.nickname(),
      text,
      subject: null,
      self: true,
      highlight: false,
      receipt: { state: 'queued', reason: null },
    };
    const body: Body = { kind: 'text', action: form === 'action', text };
    await store.queue({ contact, mid: newMid(), payload: encodeBody(body), message, created: now() });
    onEvent({ kind: 'stored', message, counts: false });
    if (overlay) delivery.wake(contact);
    else want(contact);
  };

  /** A blob in the configuration was exchanged: the same person moves, another person is *changed*. */
  const checkEntries = async (): Promise<void> => {
    const current = overlay;
    if (!current || current.state().phase !== 'ready') return;
    for (const [contact, blob] of [...toCheck]) {
      const row = contacts.get(contact);
      if (!row?.fingerprint) continue;
      try {
        const card = await requestCard(current, blob, null, random, now(), lifetime.signal);
        const same = sameBytes(fingerprint(card.identity), row.fingerprint);
        await contacts.change(contact, same ? { addresses: card.addresses, memo: blob } : { level: 'changed', memo: blob });
        toCheck.delete(contact);
        delivery.retry(contact);
      } catch (error) {
        log(`configuration: a changed route has not answered yet: ${error instanceof Error ? error.name : 'unknown error'}`);
      }
    }
  };
  const publish = async (): Promise<void> => {
    await records.publishAll(lifetime.signal);
    await invites.publishAll(lifetime.signal);
  };
  const inBackground = (what: string, task: Promise<unknown>): void => {
    task.catch((error: unknown) => {
      if (!lifetime.signal.aborted) log(`${what}: ${error instanceof Error ? error.message : 'failed'}`);
    });
  };

  const serverView = (entry: VeilidEntry): ServerView => {
    const row = contacts.all().find((candidate) => candidate.configServer === entry.name);
    const view = row ? contacts.view(row.id) : undefined;
    const online = view !== undefined && view.shield !== 'connecting' && view.shield !== 'changed' && view.shield !== 'blocked';
    return {
      name: entry.name,
      protocol: 'veilid',
      state: {
        phase: view === undefined ? 'idle' : online ? 'online' : view.shield === 'connecting' ? 'connecting' : 'failed',
        text: view === undefined ? 'Your own route is shown in the status bar' : view.status === '' ? view.nickname : view.status,
        retryAt: null,
      },
      nick: own.nickname(),
      away: false,
      network: null,
      contact: row?.id ?? null,
    };
  };

  return {
    stop: async () => {
      lifetime.abort();
      await delivery.stop();
    },
    setNickname: (nickname) => {
      own.setNickname(nickname);
    },
    fingerprint: () => shortFingerprint(own.fingerprint),
    contacts: () => contacts.views(),
    requests: () => contacts.requests(),
    serverViews: () => entries.map(serverView),
    needsOverlay: () => contacts.all().length > 0,
    useOverlay: (next) => {
      overlay = next;
      next.onDatagram(receiver);
      next.onState((state) => {
        if (state.phase !== 'ready') return;
        delivery.wakeAll();
        inBackground('records', publish());
        inBackground('configuration', checkEntries());
      });
      next.onAddresses(() => {
        delivery.wakeAll();
        inBackground('records', publish());
      });
      delivery.wakeAll();
    },
    applyConfig: async (next) => {
      entries = next;
      for (const entry of next) {
        if (entry.routeBlob === null) continue;
        const row = contacts.all().find((candidate) => candidate.configServer === entry.name);
        if (!row) {
          await connect(entry.routeBlob, entry);
          continue;
        }
        const pasted = readPasted(entry.routeBlob);
        if (pasted.kind !== 'address' || (row.memo !== null && sameBytes(row.memo, pasted.bytes))) continue;
        if (row.state === 'connecting') await contacts.change(row.id, { pendingAddress: pasted.bytes, memo: pasted.bytes });
        else toCheck.set(row.id, pasted.bytes);
        want(row.id);
      }
      inBackground('configuration', checkEntries());
    },
    connect: (text) => connect(text, null),
    createInvite: (signal) => invites.create(signal),
    send,
    accept: async (contact) => {
      const row = contacts.require(contact);
      if (row.state !== 'request') throw new ContractError('notFound', 'This request was answered already.');
      const accepted = await contacts.change(contact, { state: 'active', waiting: false });
      const buffer = await openBuffer(accepted);
      await queueSilent(contact, await profileFor(contact));
      return buffer;
    },
    open: (contact) => {
      const row = contacts.require(contact);
      if (row.state === 'request') throw new ContractError('badInput', 'Accept the request first.');
      return openBuffer(row);
    },
    block: async (contact) => {
      const row = contacts.require(contact);
      if (row.state === 'request') {
        await removeContact(contact, true);
        return;
      }
      await contacts.change(contact, { state: 'blocked' });
      if (row.fingerprint) await store.blockFingerprint({ fingerprint: row.fingerprint, now: now() });
      const current = overlay;
      if (!current) return;
      const old = ownAddresses();
      await current.renew(lifetime.signal);
      await publish();
      for (const address of old) await current.release(address);
    },
    rename: async (contact, nickname) => {
      const petname = sanitizeNickname(nickname);
      await contacts.change(contact, { petname: petname === '' ? null : petname });
    },
    remove: (contact) => removeContact(contact, false),
    safetyNumber: (contact) => {
      const { fingerprint: theirs } = contacts.require(contact);
      if (!theirs) throw new ContractError('unavailable', 'There is no safety number before they have answered for the first time.');
      const { digits, qr } = safetyNumber(own.fingerprint, theirs);
      return Promise.resolve({ groups: [...digits], qr: toHex(qr) });
    },
    verify: async (contact, verified) => {
      const row = contacts.require(contact);
      if (row.level === 'changed')
        throw new ContractError('identityChanged', 'Their identity has changed. Remove the contact and connect anew.');
      await contacts.change(contact, { level: verified ? 'verified' : row.source === 'invite' ? 'invite-pinned' : 'not-verified' });
    },
    retry: (contact) => {
      delivery.retry(contact);
    },
  };
}

/** The card in a contact's record; 'other' when somebody else signed it, null when it is invalid or an older copy. */
function readCardOf(row: ContactRow, bytes: Uint8Array, now: number): Card | 'other' | null {
  try {
    const card = readCard(bytes, now);
    if (row.fingerprint === null || !sameBytes(fingerprint(card.identity), row.fingerprint)) return 'other';
    return card.seq < row.cardSeq ? null : card;
  } catch (error) {
    if (error instanceof PqError) return null;
    throw error;
  }
}

/** Throws `badInvite` with a sentence. */
function checkInvite(text: string, own: Own, now: number): void {
  try {
    if (sameBytes(decodeInvite(text, now).fingerprint, own.fingerprint))
      throw new ContractError('badInvite', 'This is your own invite. Give it to somebody else.');
  } catch (error) {
    if (!(error instanceof PqError)) throw error;
    const expired = error.code === 'expired';
    throw new ContractError(
      'badInvite',
      expired ? 'This invite has expired. Ask for a new one.' : 'This invite is damaged. Copy it again as a whole.',
      { cause: error },
    );
  }
}

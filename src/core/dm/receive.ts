/**
 * What arrives. Silence is the answer to everything that does not open (design §7): a failed packet changes nothing. What
 * opens is committed, state and line together, before it is answered.
 */
import { assertNever, type DmEvent } from '../../contract/chat.ts';
import type { ContactId, MessageId } from '../../contract/ids.ts';
import type { MessageKind } from '../../contract/message.ts';
import { openCardRequest, sealCardAnswer, verifyCardGate } from '../../pq/cardRequest.ts';
import { PqError } from '../../pq/errors.ts';
import { encodePublicIdentity, fingerprint } from '../../pq/identity.ts';
import { packetKind } from '../../pq/packet.ts';
import { helloIdOf, open, openHello, replyBytes } from '../../pq/session.ts';
import type { Payload, RandomSource } from '../../pq/types.ts';
import { StoreError, type ContactChange, type NewContact, type Receive, type Store, type UnplacedMessage } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { sameBytes, toHex } from './bytes.ts';
import { nameOf, type Contacts } from './contacts.ts';
import type { Invites } from './invites.ts';
import { sanitizeNickname } from './nickname.ts';
import type { Own } from './own.ts';
import { createBuckets } from './pacing.ts';
import type { Loaded, Sessions } from './sessions.ts';

/** Card requests a second and in a burst, for each own route (design §6.3). */
const CARDS_PER_SECOND = 1;
const CARDS_BURST = 4;
/** Hellos without an invite cost some milliseconds each (B.6). */
const HELLOS_PER_SECOND = 1;
const HELLOS_BURST = 16;
/** Session packets whose hint fits nothing, for each own route (design §7). */
const UNMATCHED_PER_SECOND = 20;
/** Own routes that have a budget of their own. */
const MAX_ROUTES = 16;

/** What was dropped in silence, for the log and later for diagnostics. */
export type Dropped = 'shape' | 'rate' | 'unmatched' | 'opening' | 'store' | 'blocked';

interface Options {
  store: Store;
  own: Own;
  contacts: Contacts;
  sessions: Sessions;
  invites: Invites;
  buffers: Buffers;
  addresses: () => Uint8Array[];
  random: RandomSource;
  now: () => number;
  nextMessageId: () => MessageId;
  /** One step of a contact at a time. */
  serial: <T>(contact: ContactId | 'new', task: () => Promise<T>) => Promise<T>;
  onEvent: (event: DmEvent) => void;
  /** Something of theirs opened: whatever waits for them may get through. */
  heard: (contact: ContactId) => void;
  /** They need our first answer: profile, addresses, pair record. */
  greet: (contact: ContactId) => Promise<void>;
  /** Their first answer opened: a packet of ours makes us certain to them as well (B.3). */
  confirm: (contact: ContactId) => Promise<void>;
  dropped: (what: Dropped) => void;
}

export interface Receiver {
  /** The overlay's handler: bytes to answer with, or null for silence. Never rejects for what is in the packet. */
  (packet: Uint8Array, at: Uint8Array): Promise<Uint8Array | null>;
}

export function createReceiver(options: Options): Receiver {
  const { store, own, contacts, sessions, invites, buffers, random, now, onEvent, dropped } = options;
  const cards = createBuckets(CARDS_BURST, CARDS_PER_SECOND, MAX_ROUTES);
  const hellos = createBuckets(HELLOS_BURST, HELLOS_PER_SECOND, MAX_ROUTES);
  const unmatched = createBuckets(UNMATCHED_PER_SECOND, UNMATCHED_PER_SECOND, MAX_ROUTES);

  const drop = (what: Dropped): null => {
    dropped(what);
    return null;
  };

  const answerCardRequest = async (packet: Uint8Array, route: string): Promise<Uint8Array | null> => {
    if (!cards(route, now())) return drop('rate');
    const request = openCardRequest(packet);
    if (request.invite === null) return sealCardAnswer(random, request, (await own.card(options.addresses())).bytes);
    // Where the overlay has no records, an invite's card is asked for, with proof that the asker holds the invite.
    const invite = invites.byId(toHex(request.invite.id));
    const prekey = invite ? own.prekey(invite.prekeyId) : null;
    if (!invite || !prekey || !verifyCardGate(request, invite.secret)) return drop('opening');
    return sealCardAnswer(random, request, await own.inviteCard(prekey, options.addresses()));
  };

  const lineOf = (payload: Payload, from: string): UnplacedMessage | null => {
    const line = (kind: MessageKind, text: string): UnplacedMessage => ({
      id: options.nextMessageId(),
      time: now(),
      kind,
      from,
      text,
      subject: null,
      self: false,
      highlight: false,
      receipt: null,
    });
    switch (payload.body.kind) {
      case 'text':
        return line(payload.body.action ? 'action' : 'privmsg', payload.body.text);
      case 'unknown':
        return line('unknown', 'This message needs a newer Sotto.');
      case 'profile':
      case 'addressUpdate':
      case 'ack':
      case 'dummy':
        return null;
      default:
        return assertNever(payload.body);
    }
  };
  const changeFrom = (payload: Payload): ContactChange => {
    switch (payload.body.kind) {
      case 'profile':
        return {
          nickname: sanitizeNickname(payload.body.nickname),
          ...(payload.body.addresses.length > 0 ? { addresses: payload.body.addresses } : {}),
          ...(payload.body.recordKey === null ? {} : { theirRecord: payload.body.recordKey }),
        };
      case 'addressUpdate':
        return { addresses: payload.body.addresses };
      case 'text':
      case 'unknown':
      case 'ack':
      case 'dummy':
        return {};
      default:
        return assertNever(payload.body);
    }
  };

  /** A packet of a session we know: open, commit, then answer with the tag. */
  const receiveIn = async (loaded: Loaded, packet: Uint8Array): Promise<Uint8Array | null> => {
    const contact = contacts.get(loaded.contact);
    if (!contact || contact.state === 'blocked') return drop('blocked');
    const [skipped, replay] = await Promise.all([store.loadSkipped(loaded.id), store.loadReplay(loaded.id)]);
    const opened = open(loaded.state, { identity: own.identity, packet, skipped, replay, random, now: now() });
    if (opened.kind === 'duplicate') {
      return opened.tag && contact.state !== 'request' ? replyBytes(opened.tag, random) : null;
    }
    const { payload } = opened;
    const change: ContactChange = { ...changeFrom(payload), waiting: false, lastSeen: now() };
    if (opened.session.confirmed && !contact.confirmed) change.confirmed = true;
    const receive: Receive = {
      now: now(),
      contact: { id: contact.id, change },
      session: sessions.write(loaded, opened.session),
      retire: [],
      skippedAdd: opened.skippedAdd,
      skippedDelete: opened.skippedDelete,
      replayAdd: opened.replayAdd,
      usedPrekey: null,
      usedInvite: null,
      mid: toHex(payload.mid),
      message: lineOf(payload, nameOf({ ...contact, ...change })),
      buffer: null,
      acknowledged: opened.acknowledged.map(toHex),
      read: [],
      resetBackoff: true,
    };
    const received = await store.commitReceive(receive);
    sessions.committed(loaded, opened.session);
    contacts.took(contact.id, change);
    for (const receipt of received.receipts) onEvent({ kind: 'receipt', ...receipt });
    if (received.message) await show(contact.id, received.message);
    if (change.confirmed === true && loaded.state.initiator) await options.confirm(contact.id);
    options.heard(contact.id);
    return contact.state === 'request' ? null : replyBytes(opened.ackTag, random);
  };

  const show = async (contact: ContactId, message: Parameters<Buffers['stored']>[0]): Promise<void> => {
    if (!buffers.get(message.buffer)) await buffers.adopt();
    const request = contacts.require(contact).state === 'request';
    if (request) onEvent({ kind: 'contact', contact });
    else onEvent({ kind: 'stored', message, counts: true });
  };

  /** A hello we have not seen: who is it, and may they come in? */
  const receiveHello = async (packet: Uint8Array, route: string): Promise<Uint8Array | null> => {
    const opened = openHello({
      identity: own.identity,
      packet,
      prekey: (id) => own.prekey(toHex(id)),
      inviteSecret: (id) => invites.byPrekey(toHex(id))?.secret ?? null,
      allowGateless: () => hellos(route, now()),
      random,
      now: now(),
    });
    const theirs = fingerprint(opened.peer);
    if (sameBytes(theirs, own.fingerprint) || (await store.isBlocked(theirs))) return drop('blocked');
    const known = contacts.byFingerprint(theirs);
    if (known?.state === 'blocked') return drop('blocked');
    const prekeyId = toHex(opened.prekeyId);
    const invite = invites.byPrekey(prekeyId);
    const profile = opened.profile;
    const change = {
      nickname: sanitizeNickname(profile.nickname),
      addresses: profile.addresses,
      theirRecord: profile.recordKey,
      lastSeen: now(),
      ...changeFrom(opened.payload),
    };
    const accepted = invite !== null || (known !== undefined && known.state !== 'request');
    const added: NewContact = {
      ...change,
      identity: encodePublicIdentity(opened.peer),
      fingerprint: theirs,
      state: accepted ? 'active' : 'request',
      level: 'not-verified',
      source: invite ? 'our invite' : 'request',
      created: now(),
    };
    const made: Omit<Loaded, 'version' | 'contact'> = {
      id: toHex(opened.session.id),
      helloId: toHex(opened.session.helloId),
      state: opened.session,
      created: now(),
      active: true,
    };
    const commit = async (): Promise<Uint8Array | null> => {
      // Both may have said hello at the same time: both sides keep sending on the session with the smaller hello id.
      const unanswered = known
        ? sessions.ofContact(known.id).filter((loaded) => loaded.active && loaded.state.initiator && !loaded.state.confirmed)
        : [];
      const ours = unanswered.filter((loaded) => loaded.helloId < made.helloId);
      made.active = ours.length === 0;
      const retire =
        known && made.active
          ? sessions
              .ofContact(known.id)
              .filter((loaded) => loaded.active)
              .map((loaded) => loaded.id)
          : [];
      const received = await store.commitReceive({
        now: now(),
        contact: known ? { id: known.id, change } : { add: added },
        session: sessions.writeNew(made),
        retire,
        skippedAdd: opened.skippedAdd,
        skippedDelete: opened.skippedDelete,
        replayAdd: opened.replayAdd,
        usedPrekey: invite ? prekeyId : null,
        usedInvite: invite?.id ?? null,
        mid: toHex(opened.payload.mid),
        message: lineOf(opened.payload, nameOf({ petname: known?.petname ?? null, nickname: change.nickname })),
        buffer: null,
        acknowledged: [],
        read: [],
        resetBackoff: true,
      });
      sessions.retired(retire);
      sessions.added({ ...made, contact: received.contact });
      if (known) contacts.took(known.id, change);
      else await contacts.reload(received.contact);
      if (invite) await invites.used(invite);
      for (const receipt of received.receipts) onEvent({ kind: 'receipt', ...receipt });
      if (received.message) await show(received.contact, received.message);
      if (!accepted) {
        onEvent({ kind: 'contact', contact: received.contact });
        return null;
      }
      await options.greet(received.contact);
      options.heard(received.contact);
      return replyBytes(opened.ackTag, random);
    };
    return known ? options.serial(known.id, commit) : commit();
  };

  const take = async (packet: Uint8Array, at: Uint8Array): Promise<Uint8Array | null> => {
    const route = toHex(at.subarray(0, 32));
    const kind = packetKind(packet);
    if (kind === null) return drop('shape');
    if (kind === 'cardRequest') return answerCardRequest(packet, route);
    if (kind === 'hello') {
      const id = toHex(helloIdOf(packet));
      const known = sessions.byHello(id);
      if (known) return options.serial(known.contact, () => receiveIn(known, packet));
      return options.serial('new', () => {
        const meanwhile = sessions.byHello(id);
        return meanwhile ? options.serial(meanwhile.contact, () => receiveIn(meanwhile, packet)) : receiveHello(packet, route);
      });
    }
    const loaded = sessions.byHint(packet);
    if (!loaded) return unmatched(route, now()) ? drop('unmatched') : drop('rate');
    return options.serial(loaded.contact, () => receiveIn(loaded, packet));
  };

  return async (packet, at) => {
    try {
      return await take(packet, at);
    } catch (error) {
      if (error instanceof PqError) return drop('opening');
      // The packet was not stored, so it is not acknowledged: the sender keeps it and comes back.
      if (error instanceof StoreError) return drop('store');
      throw error;
    }
  };
}

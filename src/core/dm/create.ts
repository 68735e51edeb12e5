/** Puts the parts of private messages together: who we are, who we know, what waits, what arrives. */
import { defaultConfig, type DirectMessagesConfig } from '../../config/config.ts';
import type { DmEvent } from '../../contract/chat.ts';
import type { ContactId, MessageId } from '../../contract/ids.ts';
import { countsAsUnread } from '../../contract/message.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { shortFingerprint } from '../../pq/identity.ts';
import type { OutboxRow, Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { deriveInWorker } from '../slowCrypto/argon2Worker.ts';
import { createCarriage } from './carriage.ts';
import { createApproach, type SecureNews } from './approach.ts';
import { createConnect } from './connect.ts';
import { createIntroductions } from './introductions.ts';
import { createBackups } from './backup.ts';
import { createContacts } from './contacts.ts';
import type { Dm } from './dm.ts';
import { ownAddresses } from './direct.ts';
import { createDoor, readable } from './door.ts';
import { createDrops } from './drops.ts';
import { createEndings } from './endings.ts';
import { createEntries } from './entries.ts';
import { createEstablish, requestCard } from './establish.ts';
import { forgetOld } from './forgetOld.ts';
import { createFleeting } from './fleeting.ts';
import { createGossip } from './gossip.ts';
import { createIdentityNews } from './identityNews.ts';
import { createInvites } from './invites.ts';
import { createNote } from './notes.ts';
import { createOutgoing } from './outgoing.ts';
import { loadOwn } from './own.ts';
import { earliest } from './pacing.ts';
import { createPeople } from './people.ts';
import { createPresence } from './presence.ts';
import { createSerialQueue } from './queue.ts';
import { loadSessions } from './loadSessions.ts';
import { loadRandom } from './randomness.ts';
import { createPublicCard } from './publicCard.ts';
import { createReceiver } from './receive.ts';
import { createRecords } from './records.ts';
import { createRotation } from './rotation.ts';
import { createSealing } from './sealing.ts';
import { createSessions } from './sessions.ts';
import { createSpareRatchet } from './spareRatchet.ts';
import { defaultTimings, type Timings } from './timings.ts';
import { createUpkeep } from './upkeep.ts';
import { createWentBack } from './wentBack.ts';

interface Options {
  store: Store;
  buffers: Buffers;
  nextMessageId: () => MessageId;
  now: () => number;
  onEvent: (event: DmEvent) => void;
  /** Starts the overlay, if that is allowed and possible. */
  wantOverlay: () => Promise<Overlay>;
  /** `[iroh] enabled`: asked while there is no overlay yet. */
  irohEnabled: () => boolean;
  /** What happens to private conversations that were begun over IRC. */
  onSecure?: (news: SecureNews) => void;
  /** private.db is older than the generation counter says: its ratchet state must not be used again. */
  rolledBack: boolean;
  log: (line: string) => void;
  timings?: Partial<Timings>;
}

export async function createDm(options: Options): Promise<Dm> {
  const { store, buffers, nextMessageId, now, log } = options;
  const uniform = (): number => Math.random();
  const onEvent: typeof options.onEvent = (event) => {
    if (event.kind === 'stored' && countsAsUnread(event.message.kind)) {
      const contact = buffers.get(event.message.buffer)?.contact ?? null;
      if (contact !== null) carriage.said(contact);
    }
    options.onEvent(event);
  };
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const random = await loadRandom(store);
  const spare = createSpareRatchet(random);
  const started = now();
  const drops = createDrops({ now, log });
  const note = createNote({ nextMessageId, now });
  const own = await loadOwn(store, random, now);
  /** `[direct_messages]` as it is in force. */
  let settings: DirectMessagesConfig = defaultConfig.directMessages;
  let overlay: Overlay | null = null;
  let detach: (() => void)[] = [];
  const currentOverlay = (): Overlay | null => overlay;
  const addresses = (): Uint8Array[] => ownAddresses(overlay, undefined);
  const retry = (contact: ContactId): void => {
    delivery.retry(contact);
  };
  const hasDirect = (): boolean => (overlay ? overlay.direct !== undefined : options.irohEnabled());
  const isOnline = (): boolean => overlay?.state().phase === 'ready' && !signal.aborted;

  const queue = createSerialQueue();
  const serial: typeof queue.run = (key, task) => queue.run(key, task);
  const sessions = createSessions(store);
  await loadSessions({ store, sessions, rolledBack: options.rolledBack, drop: (what) => drops.drop(what), log });
  const contacts = createContacts({
    store,
    buffers,
    shortFingerprint,
    settings: () => settings,
    presence: (contact) => presence.of(contact),
    hasDirect,
    onEvent,
  });
  const fleeting = createFleeting({
    store,
    sessions,
    contacts,
    overlay: currentOverlay,
    reread: (contact, rereadSignal) => carriage.reread(contact, rereadSignal),
    random,
    now,
    serial,
  });
  const presence = createPresence({
    contacts,
    isConfigured: () => settings.presence,
    isOnline,
    send: (contact, state, sendSignal) => fleeting(contact, { kind: 'presence', state }, sendSignal),
    now,
    random: () => Math.random(),
    log,
  });
  await contacts.load();
  const endings = createEndings({ store, overlay: currentOverlay });
  await endings.load();
  const publicCard = createPublicCard({
    store,
    own,
    endings,
    overlay: currentOverlay,
    signal,
    now,
    uniform,
    wanted: () => {
      wanted();
    },
    log,
  });
  await publicCard.load();
  const wanted = (): void => {
    upkeep.kick();
  };
  const records = createRecords({
    store,
    own,
    contacts,
    overlay: currentOverlay,
    signal,
    onMade: async (contact) => {
      await outgoing.profile(contact);
    },
    isTold: (row) => news.isTold(row),
    wanted,
    isUrgent: (contact) => attention.has(contact),
    now,
    uniform,
    log,
  });
  await records.load();
  const invites = createInvites({
    store,
    own,
    endings,
    overlay: currentOverlay,
    signal,
    random,
    now,
    ended: wanted,
    log,
  });
  await invites.load();

  /** Starts the overlay where it is not running; the contact's status says why when it cannot. */
  const want = (contact: ContactId): void => {
    options.wantOverlay().then(
      () => {
        delivery.added(contact);
      },
      (error: unknown) => {
        contacts.setStatus(contact, error instanceof Error ? error.message : 'Veilid is not running.');
      },
    );
  };
  const queued = (contact: ContactId, row?: OutboxRow): void => {
    attention.queued(contact);
    if (overlay) delivery.added(contact, row);
    else want(contact);
  };
  const outgoing = createOutgoing({
    store,
    buffers,
    contacts,
    own,
    records,
    addresses: (contact) => ownAddresses(overlay, contacts.get(contact)),
    random,
    now,
    nextMessageId,
    onEvent,
    queued,
  });
  const owed = (contact: ContactId): string[] => sessions.unanswered(contact).map(({ id }) => id);
  /** Our first answer in every session of theirs that waits for one, else our profile in the one there is. */
  const answer = async (contact: ContactId): Promise<void> => {
    const waiting = owed(contact);
    if (waiting.length === 0) await outgoing.profile(contact);
    else await outgoing.owed(contact, waiting);
  };
  const news = createIdentityNews({ store, own: own.keys, contacts, sessions, outgoing });
  const rotation = createRotation({ overlay: currentOverlay, now, signal });
  const people = createPeople({
    store,
    buffers,
    contacts,
    sessions,
    outgoing,
    answer,
    endings,
    own,
    now,
    deliver: retry,
    forget: (contact) => {
      carriage.forget(contact);
      presence.forget(contact);
    },
    rotate: () => {
      rotation.want();
      wanted();
    },
    wanted,
  });
  const sealing = createSealing({
    store,
    sessions,
    contacts,
    random,
    now,
    serial,
    profile: (contact) => outgoing.profileBody(contact),
    fail: (mid, reason) => outgoing.fail(mid, reason),
  });
  const establish = createEstablish({
    own,
    contacts,
    sessions,
    records,
    refusedOlder: () => {
      drops.drop('olderCard');
    },
    overlay: currentOverlay,
    random,
    ratchet: spare.take,
    isDue: (contact, sending) => news.isDue(contact, sending),
    now,
    serial,
    heldInvite: (contact) => approach.heldInvite(contact),
    dropInvite: (contact) => {
      approach.dropInvite(contact);
    },
    unblock: (fingerprint) => store.unblockFingerprint(fingerprint),
    commitHello: async (contact, made, replaced) => {
      const mid = await outgoing.profile(contact.id);
      const recordKey = contact.ownRecord?.key ?? null;
      const body = { kind: 'profile' as const, nickname: own.nickname(), addresses: ownAddresses(overlay, contact), recordKey };
      await sealing.sealFirst(contact, made, mid, body, replaced);
      wanted();
    },
    merge: async (from, into) => {
      options.onSecure?.({ kind: 'merged', from, into });
      await people.merge(from, into);
    },
    giveUp: async (contact, reason) => {
      await people.giveUp(contact, reason);
      options.onSecure?.({ kind: 'gaveUp', contact, reason });
    },
  });
  const carriage = await createCarriage({
    store,
    buffers,
    contacts,
    sessions,
    records,
    sealing,
    overlay: currentOverlay,
    isOnline,
    settings: () => settings,
    timings: { ...defaultTimings, ...options.timings },
    random,
    uniform,
    now,
    establish,
    renewIn: async (contact) => earliest(await establish.renewIn(contact), await sealing.nextAnswerIn(contact)),
    sendDummy: (contact) => fleeting(contact, { kind: 'dummy' }, signal),
    takeMail: (contact, packet) => receiver.takeMail(contact, packet),
    fail: (mid, reason) => outgoing.fail(mid, reason),
    queued,
    wanted,
    onEvent,
    drop: (what) => drops.drop(what),
    signal,
    log,
  });
  const { delivery, mailboxOut, attention, readReceipts, resend } = carriage;
  const receiver = createReceiver({
    store,
    own,
    contacts,
    sessions,
    invites,
    invited: ({ id }, contact) => {
      options.onSecure?.({ kind: 'invited', invite: id, contact });
    },
    buffers,
    addresses,
    random,
    now,
    nextMessageId,
    serial,
    onEvent,
    heard: (contact, kind) => {
      carriage.heard(contact, kind);
      presence.heard(contact);
    },
    believesRead: (contact) => readReceipts.isOn(contact),
    presence: (contact, state, place) => {
      presence.said(contact, state, place);
    },
    greet: async (contact) => {
      await outgoing.openBuffer(contact);
      await answer(contact);
    },
    confirm: async (contact, session) => {
      await outgoing.profile(contact, session);
    },
    behind: (contact, seq) => news.tell(contact, seq),
    wentBack: createWentBack({
      store,
      buffers,
      contacts,
      sessions,
      note,
      now,
      retry,
    }),
    gossip: createGossip({ own: own.keys, note, drop: (what) => drops.drop(what) }),
    note,
    ratchet: spare.take,
    drop: (what) => drops.drop(what),
    log,
  });
  const connect = createConnect({ contacts, own, outgoing, now, direct: hasDirect, want });
  const approach = createApproach({
    contacts,
    own,
    outgoing,
    people,
    now,
    want,
    retry,
  });
  await approach.load();
  const introductions = createIntroductions({ store, contacts, own, outgoing, now, want });
  const entries = createEntries({
    contacts,
    overlay: currentOverlay,
    nickname: () => own.nickname(),
    connect: (text, entry) => connect(text, entry),
    card: (current, address) => requestCard(current, address, null, random, now(), signal),
    want: (contact) => {
      want(contact);
      wanted();
    },
    log,
  });
  const backups = createBackups({
    store,
    own,
    contacts,
    invites,
    isPublic: () => publicCard.view().link !== null,
    random,
    derive: deriveInWorker,
    now,
    restored: () => {
      for (const { id } of contacts.all()) contacts.touched(id);
      const begin = (): void => {
        delivery.wakeAll();
        wanted();
      };
      options.wantOverlay().then(begin, (error: unknown) => {
        const reason = error instanceof Error ? error.message : 'Veilid is not running.';
        for (const { id } of contacts.all()) contacts.setStatus(id, reason);
      });
    },
  });
  const upkeep = createUpkeep({
    tasks: [
      { name: 'routes', run: () => rotation.renew() },
      { name: 'records', run: () => records.publishAll() },
      { name: 'invites', run: () => invites.publishAll() },
      { name: 'public card', run: () => publicCard.publish() },
      { name: 'old routes', run: () => rotation.release(records.publishedAt()) },
      { name: 'ended records', run: () => endings.run(signal) },
      { name: 'mailboxes', run: () => mailboxOut.tidyAll() },
      { name: 'configuration', run: () => entries.check() },
    ],
    daily: () => forgetOld({ store, own, contacts, sessions, invites, now: now() }),
    dueIn: () => earliest(records.dueIn(), publicCard.dueIn()),
    isOnline,
    log,
  });
  // Where the program ended between accepting somebody and answering, the answer is still owed.
  for (const { id, state } of contacts.all()) if (state === 'active') await outgoing.owed(id, owed(id));

  carriage.resume();

  return {
    ...createDoor({
      approach,
      attention,
      backups,
      buffers,
      connect,
      contacts,
      delivery,
      drops,
      entries,
      introductions,
      invites,
      outgoing,
      own,
      people,
      presence,
      publicCard,
      readReceipts,
      resend,
      started,
      wanted,
    }),
    stop: async () => {
      lifetime.abort();
      for (const end of detach) end();
      receiver.stop();
      spare.stop();
      invites.stop();
      drops.flush();
      await Promise.all([carriage.stop(), presence.stop(), upkeep.stop(), queue.idle()]);
    },
    renewRoutes: async () => {
      rotation.want();
      await rotation.renew();
      wanted();
    },
    rotateIdentity: () =>
      readable(
        (async () => {
          await own.rotate();
          await invites.endAll();
          for (const { id, state } of contacts.all()) {
            const sending = sessions.sending(id);
            if (sending && state === 'active') await news.isDue(id, sending);
          }
          delivery.wakeAll();
          wanted();
        })(),
      ),
    needsOverlay: () => contacts.all().length > 0 || invites.anyGiven() || publicCard.view().link !== null,
    useOverlay: (next) => {
      for (const end of detach) end();
      overlay = next;
      next.onDatagram((packet, at) => receiver.take(packet, at));
      const changed = (): void => {
        if (next.state().phase !== 'ready') return;
        rotation.announced(addresses());
        carriage.online();
        upkeep.kick();
        presence.online();
      };
      detach = [next.onState(changed), next.onAddresses(changed)];
      delivery.wakeAll();
      changed();
    },
    configure: (next) => {
      settings = next;
      carriage.reconsider();
      for (const { id } of contacts.all()) contacts.touched(id);
      presence.reconsider();
    },
    applyConfig: async (next) => {
      await entries.apply(next);
      upkeep.kick();
    },
  };
}

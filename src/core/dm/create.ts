/** Puts the parts of private messages together: who we are, who we know, what waits, what arrives. */
import type { DmEvent } from '../../contract/chat.ts';
import { ContractError } from '../../contract/errors.ts';
import type { ContactId, MessageId } from '../../contract/ids.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { shortFingerprint } from '../../pq/identity.ts';
import { REPLACE_INTERVAL_MS } from '../../pq/admission.ts';
import { KEEP_RETIRED_MS, StoreError, type Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import { sameBytes } from './bytes.ts';
import { createConnect } from './connect.ts';
import { createContacts, nameOf } from './contacts.ts';
import { createDelivery } from './delivery.ts';
import type { Dm } from './dm.ts';
import { createDrops } from './drops.ts';
import { createEndings } from './endings.ts';
import { createEntries } from './entries.ts';
import { createEstablish, requestCard } from './establish.ts';
import { createGossip } from './gossip.ts';
import { createIdentityNews } from './identityNews.ts';
import { createInvites } from './invites.ts';
import { createNote, wentBack } from './notes.ts';
import { createOutgoing } from './outgoing.ts';
import { loadOwn } from './own.ts';
import { createPeople } from './people.ts';
import { createSerialQueue } from './queue.ts';
import { loadRandom } from './randomness.ts';
import { createReceiver } from './receive.ts';
import { createRecords } from './records.ts';
import { createReread } from './reread.ts';
import { createRotation } from './rotation.ts';
import { createSealing } from './sealing.ts';
import { createSessions } from './sessions.ts';
import { createSpareRatchet } from './spareRatchet.ts';
import { createUpkeep } from './upkeep.ts';

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

/** The store's errors as the user reads them; the text that was typed stays with the page. */
async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ContractError(error.code === 'limit' ? 'limit' : 'storage', error.message, { cause: error });
  }
}

export async function createDm(options: Options): Promise<Dm> {
  const { store, buffers, nextMessageId, now, onEvent, log } = options;
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const random = await loadRandom(store);
  const spare = createSpareRatchet(random);
  const started = now();
  const drops = createDrops({ now, log });
  const note = createNote({ nextMessageId, now });
  const own = await loadOwn(store, random, now);
  let overlay: Overlay | null = null;
  let detach: (() => void)[] = [];
  const currentOverlay = (): Overlay | null => overlay;
  const addresses = (): Uint8Array[] => overlay?.addresses().map((address) => address.bytes) ?? [];
  const isOnline = (): boolean => overlay?.state().phase === 'ready' && !signal.aborted;

  const queue = createSerialQueue();
  const serial: typeof queue.run = (key, task) => queue.run(key, task);
  const sessions = createSessions(store);
  const damaged = await sessions.load();
  for (const { id, contact } of damaged) {
    // The next hello says which session it replaces; written first, since afterwards nothing tells of it.
    await store.updateContact({ id: contact, change: { replaces: id } });
    await store.removeSession(id);
    drops.drop('damagedSession');
  }
  if (options.rolledBack) {
    for (const { id } of await store.listContacts()) {
      const lost = sessions.sending(id);
      if (lost) await store.updateContact({ id, change: { replaces: lost.id } });
      sessions.retired(sessions.ofContact(id).map((loaded) => loaded.id));
    }
    await store.retireSessions(null);
    log('private.db is older than this profile: every conversation starts a new session');
  }
  const contacts = createContacts({ store, buffers, shortFingerprint, onEvent });
  await contacts.load();
  const endings = createEndings({ store, overlay: currentOverlay });
  await endings.load();
  const wanted = (): void => {
    upkeep.kick();
  };
  const records = createRecords({
    own,
    contacts,
    overlay: currentOverlay,
    signal,
    onMade: async (contact) => {
      await outgoing.profile(contact);
    },
    isTold: (row) => news.isTold(row),
    wanted,
    log,
  });
  const invites = createInvites({ store, own, endings, overlay: currentOverlay, signal, random, now, log });
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
  const outgoing = createOutgoing({
    store,
    buffers,
    contacts,
    own,
    records,
    addresses,
    random,
    now,
    nextMessageId,
    onEvent,
    queued: (contact) => {
      if (overlay) delivery.added(contact);
      else want(contact);
    },
  });
  const news = createIdentityNews({ store, own: own.keys, contacts, sessions, outgoing });
  const rotation = createRotation({ overlay: currentOverlay, signal });
  const people = createPeople({
    store,
    buffers,
    contacts,
    sessions,
    outgoing,
    endings,
    own,
    now,
    deliver: (contact) => {
      delivery.retry(contact);
    },
    forget: (contact) => {
      delivery.forget(contact);
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
    overlay: currentOverlay,
    random,
    ratchet: spare.take,
    isDue: (contact, sending) => news.isDue(contact, sending),
    now,
    serial,
    unblock: (fingerprint) => store.unblockFingerprint(fingerprint),
    commitHello: async (contact, made, replaced) => {
      const mid = await outgoing.profile(contact.id);
      const recordKey = contact.ownRecord?.key ?? null;
      const body = { kind: 'profile' as const, nickname: own.nickname(), addresses: addresses(), recordKey };
      await sealing.sealFirst(contact, made, mid, body, replaced);
      wanted();
    },
    merge: (from, into) => people.merge(from, into),
    giveUp: (contact, reason) => people.giveUp(contact, reason),
  });
  const delivery = createDelivery({
    store,
    contacts,
    overlay: currentOverlay,
    now,
    random: () => Math.random(),
    establish,
    renewIn: (contact) => establish.renewIn(contact),
    waiting: (contact) => sealing.waiting(contact),
    seal: (contact, row) => sealing.seal(contact, row),
    reread: createReread({ contacts, records, now }),
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
    addresses,
    random,
    now,
    nextMessageId,
    serial,
    onEvent,
    heard: (contact) => {
      delivery.heard(contact);
    },
    greet: async (contact) => {
      await outgoing.openBuffer(contact);
      await outgoing.profile(contact);
    },
    confirm: async (contact) => {
      await outgoing.profile(contact);
    },
    behind: (contact, seq) => news.tell(contact, seq),
    wentBack: async (contact, loaded) => {
      const isTooSoon = contact.renewed !== null && now() - contact.renewed < REPLACE_INTERVAL_MS;
      if (isTooSoon || contact.state !== 'active' || contact.level === 'changed') return;
      await contacts.change(contact.id, { replaces: sessions.sending(contact.id)?.id ?? loaded.id, renewed: now() });
      await store.retireSessions(contact.id);
      sessions.retired(sessions.ofContact(contact.id).map(({ id }) => id));
      const buffer = buffers.ofContact(contact.id);
      if (buffer) buffers.add(buffer.id, { ...note(wentBack(nameOf(contact))), msgid: null });
      delivery.retry(contact.id);
    },
    gossip: createGossip({ own: own.keys, note, drop: (what) => drops.drop(what) }),
    note,
    ratchet: spare.take,
    drop: (what) => drops.drop(what),
    log,
  });
  const connect = createConnect({ contacts, own, outgoing, now, want });
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
  const upkeep = createUpkeep({
    tasks: [
      { name: 'routes', run: () => rotation.renew() },
      { name: 'records', run: () => records.publishAll() },
      { name: 'invites', run: () => invites.publishAll() },
      { name: 'old routes', run: () => rotation.release() },
      { name: 'ended records', run: () => endings.run(signal) },
      { name: 'configuration', run: () => entries.check() },
    ],
    daily: async () => {
      await invites.prune();
      // Prekeys first: their hellos are remembered as long as they can be used.
      own.prune();
      await store.prune(now());
      sessions.removed(await store.removeIdleSessions(now() - KEEP_RETIRED_MS));
      const all = contacts.all().flatMap(({ id }) => sessions.ofContact(id));
      await own.keys.dropOld((fingerprint) => all.some(({ state }) => sameBytes(state.ownFingerprint, fingerprint)));
    },
    isOnline,
    log,
  });
  // Where the program ended between accepting somebody and answering, the answer is still owed.
  for (const { id, state } of contacts.all()) {
    const session = sessions.sending(id)?.state;
    if (state === 'active' && session && !session.initiator && session.send.n === 0) await outgoing.owed(id);
  }

  return {
    stop: async () => {
      lifetime.abort();
      for (const end of detach) end();
      receiver.stop();
      spare.stop();
      drops.flush();
      await Promise.all([delivery.stop(), upkeep.stop(), queue.idle()]);
    },
    setNickname: (nickname) => {
      own.setNickname(nickname);
      wanted();
    },
    fingerprint: () => shortFingerprint(own.fingerprint),
    diagnostics: () => ({ since: started, dropped: drops.views() }),
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
    contacts: () => contacts.views(),
    requests: () => contacts.requests(),
    serverViews: () => entries.views(),
    needsOverlay: () => contacts.all().length > 0 || invites.anyGiven(),
    useOverlay: (next) => {
      for (const end of detach) end();
      overlay = next;
      next.onDatagram((packet, at) => receiver.take(packet, at));
      const changed = (): void => {
        if (next.state().phase !== 'ready') return;
        delivery.wakeAll();
        upkeep.kick();
      };
      detach = [next.onState(changed), next.onAddresses(changed)];
      delivery.wakeAll();
      changed();
    },
    applyConfig: async (next) => {
      await entries.apply(next);
      upkeep.kick();
    },
    connect: (text) => readable(connect(text, null)),
    createInvite: (callSignal) => readable(invites.create(callSignal)),
    send: (contact, form, text) => readable(outgoing.text(contact, form, text)),
    accept: (contact) => readable(people.accept(contact)),
    open: async (contact) => {
      if (contacts.require(contact).state === 'request') throw new ContractError('badInput', 'Accept the request first.');
      return readable(outgoing.openBuffer(contact));
    },
    block: (contact) => readable(people.block(contact)),
    rename: (contact, nickname) => readable(people.rename(contact, nickname)),
    remove: (contact) => readable(people.remove(contact, false)),
    safetyNumber: (contact) => Promise.resolve(people.safetyNumber(contact)),
    verify: (contact, verified) => readable(people.verify(contact, verified)),
    retry: (contact) => {
      delivery.retry(contact);
    },
  };
}

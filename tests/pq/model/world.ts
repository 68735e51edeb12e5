/** Two people, the network between them, and what must hold whatever happens to both. A broken promise throws. */
import { verifyReply, wipeReplaced } from '../../../src/pq/session.ts';
import { compareLogHead } from '../../../src/pq/identityLog.ts';
import type { Body, RatchetSession } from '../../../src/pq/types.ts';
import { NOW, counter, text } from '../people.ts';
import { at, other, people, ratchets, type Name } from './cast.ts';
import { digest, reread, toHex, type Disk, type Row } from './disk.ts';
import * as policy from './policy.ts';
import type { Published, Surroundings, Taken } from './policy.ts';

const CHAINS = 5;
const HOUR = 3_600_000;
/** Rounds of a clean network, a quarter of an hour each, in which everything must have come right. */
const ROUNDS = 28;

/** A genuine packet on its way. */
export interface Flight {
  from: Name;
  packet: Uint8Array;
  mid: string;
  session: string;
  chain: number;
  isHello: boolean;
}

/** A session that somebody else began in the name of one side, as it is held by who did. */
export interface Forged {
  to: Name;
  session: RatchetSession;
}

export interface Options {
  /** Makes every run different. */
  chance: number;
  /** Both have talked before (`meeting`); null: they have never met. */
  start: Start | null;
  /** Ratchet keys are made ahead of time. */
  prepared?: boolean;
  /** What a commit replaced is overwritten. Nothing may go back in time then. */
  wipes?: boolean;
  /** Told what becomes of each packet: to look at one schedule. */
  trace?: (line: string) => void;
}

function broken(promise: string): never {
  throw new Error(promise);
}

const empty = (prekeys: Disk['prekeys']): Disk => ({
  rotations: 0,
  prekeys,
  peer: null,
  sessions: new Map(),
  stateLost: false,
  lastReplaced: null,
  lastReset: null,
  hellos: new Map(),
  received: new Set(),
  shown: [],
  outbox: [],
});

/** Where schedules may begin: values, shared by all of them. */
export interface Start {
  now: number;
  disks: Record<Name, Disk>;
  history: Flight[];
  sent: [string, { from: Name; words: string }][];
  committed: string[];
}
export type World = ReturnType<typeof createWorld>;

export function createWorld(options: Options) {
  const { chance } = options;
  const random = counter(`world ${chance}`);
  const ratchet = ratchets(random, options.prepared === true && options.wipes !== true);
  let now = NOW;
  const prekeysUsed = { a: 0, b: 0 };
  const freshPrekey = (name: Name): Disk['prekeys'][number] => {
    const { secret, signed } = at(people[name].prekeys, prekeysUsed[name]++ % people[name].prekeys.length);
    const facts = { id: random(8), notBefore: now, notAfter: now + 7 * policy.DAY };
    return { secret: { ...secret, ...facts }, signed: { ...signed, ...facts }, made: now };
  };
  const disks: Record<Name, Disk> = { a: empty([freshPrekey('a')]), b: empty([freshPrekey('b')]) };
  const saved: Record<Name, Disk[]> = { a: [], b: [] };
  const flying: Flight[] = [];
  const history: Flight[] = [];
  /** Every text by its id. */
  const sent = new Map<string, { from: Name; words: string }>();
  /** `receiver:mid` of everything that any disk of the receiver ever held. */
  const committed = new Set<string>();
  /** Packets each side has opened since its disk was last set back. */
  const opened: Record<Name, Set<Uint8Array>> = { a: new Set(), b: new Set() };
  /** Sessions of which one side's state is not what it was. */
  const tainted = new Set<string>();
  /** What a disk that went back has forgotten: these texts may be missing in the end. */
  const forgiven = new Set<string>();
  const count = {
    opened: 0,
    duplicate: 0,
    dropped: 0,
    rollback: 0,
    replaces: 0,
    older: 0,
    first: 0,
    resets: 0,
    manual: 0,
    late: 0,
    lost: 0,
    forged: 0,
    deceived: 0,
  };
  const forged: Forged[] = [];
  const isForged = (id: string): boolean => forged.some(({ session }) => toHex(session.id) === id);
  let wentBackUnseen = false;

  const around = (name: Name): Surroundings => ({ person: people[name], random, ratchet, now });
  const published = (name: Name): Published => {
    const { rotations, prekeys } = disks[name];
    const { public: identity, fingerprint } = at(people[name].identities, rotations);
    const log = people[name].log.slice(0, rotations + 1);
    return { identity, fingerprint, prekey: at(prekeys, 0).signed, head: at(log, rotations).head, log };
  };

  const set = (name: Name, next: Disk): void => {
    const before = disks[name];
    disks[name] = next;
    for (const { session } of forged)
      if (next.sessions.get(toHex(session.id))?.state.confirmed) broken('a session of somebody who lied is confirmed');
    if (!options.wipes) return;
    for (const [id, { state }] of before.sessions) {
      const after = next.sessions.get(id)?.state;
      if (after && after !== state) wipeReplaced(state, after);
    }
  };

  const flightOf = (from: Name, { mid, sealed }: Row): Flight[] => {
    if (!sealed) return [];
    const { packet, session, chain } = sealed;
    return [{ from, packet, mid, session, chain, isHello: packet[36] === 0x59 }];
  };
  /** Seals and commits; the packets that are new. */
  const sealed = (name: Name): Flight[] => {
    const before = new Set(disks[name].outbox.map((row) => row.sealed?.packet));
    const isSure = [...disks[name].sessions].some(
      ([id, { active, state }]) => active && (state.confirmed || state.initiator) && !isForged(id),
    );
    set(name, policy.sealAll(disks[name], around(name)));
    const made = disks[name].outbox.filter((row) => row.sealed && !before.has(row.sealed.packet)).flatMap((row) => flightOf(name, row));
    history.push(...made);
    if (isSure && made.some(({ mid, session }) => sent.has(mid) && isForged(session)))
      broken('a text went to somebody who lied, past a confirmed session');
    return made;
  };
  const begin = (name: Name): void => {
    const begun = policy.begin(disks[name], published(other(name)), around(name));
    if (begun) set(name, begun);
  };

  const acknowledge = (name: Name, mids: readonly string[]): void => {
    for (const mid of mids) {
      if (committed.has(`${other(name)}:${mid}`)) continue;
      if (wentBackUnseen) forgiven.add(mid);
      else broken('a message was acknowledged that nobody committed');
    }
  };
  const reply = (name: Name, flight: Flight, bytes: Uint8Array): void => {
    const row = disks[name].outbox.find(({ mid }) => mid === flight.mid);
    if (!row?.sealed || row.sealed.packet !== flight.packet) return;
    if (!verifyReply(bytes, row.sealed.tag)) broken('a reply to a packet that opened is not the one its sender expects');
    acknowledge(name, [row.mid]);
    set(name, { ...disks[name], outbox: disks[name].outbox.filter((waiting) => waiting !== row) });
  };

  /** Why a genuine packet may fail to open. Anything else is a defect. */
  const excuse = (name: Name, { from, session, chain, isHello }: Flight, taken: Taken): string | null => {
    const disk = disks[name];
    if (isForged(session)) return 'it is for somebody else';
    if (tainted.has(session)) return 'one side went back in time';
    if (taken.kind !== 'dropped') return null;
    const held = disk.sessions.get(session);
    if (held) {
      const newest = held.state.receive?.number ?? 0;
      return newest - chain >= CHAINS ? 'five chains' : null;
    }
    if (!isHello || taken.why === 'replay') return dropped[name].has(session) ? 'session idle for seven days' : null;
    if (taken.why === 'full') return [...disk.sessions.keys()].some(isForged) ? 'as many wait as may' : null;
    if (taken.why === 'refused') return disk.lastReplaced !== null && now - disk.lastReplaced < HOUR ? 'one replacement an hour' : null;
    if (taken.why === 'stranger') return disks[from].rotations > 0 ? 'identity not known yet' : null;
    return taken.why === 'unknownPrekey' && dropped[name].size + prekeysUsed[name] > 1 ? 'prekey gone' : null;
  };
  const dropped: Record<Name, Set<string>> = { a: new Set(), b: new Set() };

  const check = (name: Name, before: Disk, taken: Taken & { kind: 'opened' }, flight: Flight): void => {
    const { payload } = taken;
    if (toHex(payload.mid) !== flight.mid) broken('a packet opened as another message');
    const known = sent.get(flight.mid);
    if (payload.body.kind === 'text' && (known?.words !== payload.body.text || known.from === name))
      broken('a text is not what was written');
    const shown = taken.disk.shown.filter(({ mid }) => mid === flight.mid).length;
    if (shown > 1 || (shown === 1 && before.received.has(flight.mid) && taken.disk.shown.length > before.shown.length))
      broken('a text is shown twice');
    const heads = people[name].log
      .slice(0, before.rotations + 1)
      .map(({ head }) => head)
      .reverse();
    const view = compareLogHead(heads, payload.logHead);
    if (view !== 'same' && view !== 'behind') broken(`an honest log looks like '${view}'`);
  };

  /** How far the receiver gets with a packet before the power goes. */
  type Fate = 'answered' | 'crash before commit' | 'crash before answer';

  const deliver = (flight: Flight, fate: Fate = 'answered'): void => {
    const name = other(flight.from);
    const before = disks[name];
    const bytes = digest(before);
    const taken = policy.take(before, flight.packet, around(name));
    if (digest(before) !== bytes) broken('opening a packet changed the state it was given');
    if (fate === 'crash before commit') {
      set(name, reread(before));
      return;
    }
    count[taken.kind] += 1;
    const outcome = taken.kind === 'dropped' ? taken.why : taken.kind === 'opened' ? (taken.admission ?? '') : '';
    options.trace?.(
      `${name} gets ${flight.isHello ? 'hello ' : ''}${flight.session.slice(0, 6)} chain ${flight.chain}: ${taken.kind} ${outcome}`,
    );
    switch (taken.kind) {
      case 'opened': {
        check(name, before, taken, flight);
        if (opened[name].has(flight.packet)) broken('a packet opened twice');
        opened[name].add(flight.packet);
        if (taken.admission) count[taken.admission === 'refused' ? 'dropped' : taken.admission] += 1;
        acknowledge(name, taken.acknowledged);
        committed.add(`${name}:${flight.mid}`);
        set(name, taken.disk);
        if (fate === 'answered') reply(flight.from, flight, taken.reply);
        else set(name, reread(disks[name]));
        return;
      }
      case 'duplicate':
        if (!committed.has(`${name}:${flight.mid}`)) broken('a duplicate of what was never committed');
        if (fate === 'answered' && taken.reply) reply(flight.from, flight, taken.reply);
        return;
      case 'rollback': {
        if (excuse(name, flight, taken) === null) broken('a rollback was seen where nobody went back');
        const next = policy.reset(before, taken.session, published(flight.from), around(name));
        if (!next) return;
        count.resets += 1;
        set(name, next);
        flying.push(...sealed(name));
        return;
      }
      case 'dropped':
        if (excuse(name, flight, taken) === null) broken(`a genuine packet did not open: ${taken.why}`);
    }
  };

  /** Hands over a packet of who lies about its name, and tells whether it opened. */
  const deceive = (forgery: Forged, packet: Uint8Array): boolean => {
    const before = disks[forgery.to];
    const taken = policy.take(before, packet, around(forgery.to));
    options.trace?.(`${forgery.to} is deceived: ${taken.kind} ${taken.kind === 'opened' ? (taken.admission ?? '') : ''}`);
    if (taken.kind === 'rollback') broken('a forged packet looks like a rollback');
    if (taken.kind !== 'opened') return false;
    if (!isForged(taken.session)) forged.push(forgery);
    count.deceived += 1;
    if (taken.admission) count[taken.admission === 'refused' ? 'dropped' : taken.admission] += 1;
    set(forgery.to, taken.disk);
    return true;
  };

  const write = (name: Name, body: Body, mid = random(16)): string => {
    if (body.kind === 'text') sent.set(toHex(mid), { from: name, words: body.text });
    set(name, policy.queue(disks[name], mid, body));
    if (policy.sendingOf(disks[name]) === null) begin(name);
    return toHex(mid);
  };

  const upkeep = (name: Name): void => {
    const before = disks[name];
    set(
      name,
      policy.upkeep(before, published(other(name)), () => freshPrekey(name), around(name)),
    );
    for (const id of before.sessions.keys()) if (!disks[name].sessions.has(id)) dropped[name].add(id);
  };

  const setBack = (name: Name, how: 'restore' | 'seen' | 'unseen', pick: number): boolean => {
    const choices = saved[name].filter(({ rotations }) => rotations === disks[name].rotations);
    const back = choices.length > 0 ? at(choices, pick % choices.length) : undefined;
    if (!back) return false;
    const from = disks[name];
    for (const id of [...from.sessions.keys(), ...back.sessions.keys()]) tainted.add(id);
    const waiting = new Set(back.outbox.map(({ mid }) => mid));
    for (const [mid, { from: author }] of sent) {
      if (author === name && !waiting.has(mid)) forgiven.add(mid);
      if (author !== name && from.received.has(mid) && !back.received.has(mid)) forgiven.add(mid);
    }
    opened[name] = new Set();
    if (how === 'unseen') {
      wentBackUnseen = true;
      set(name, reread(back));
      return true;
    }
    const outbox = back.outbox.filter(({ body, on }) => body.kind !== 'identity' && on === null).map((row) => ({ ...row, sealed: null }));
    const kept = how === 'restore' ? [] : [...reread(back).sessions];
    // What went back never sends again: it would use keys a second time.
    const sessions = new Map(kept.map(([id, held]) => [id, { ...held, active: false }]));
    const gone = { stateLost: true, hellos: new Map<string, string>(), lastReplaced: null, lastReset: null };
    set(name, { ...back, ...gone, sessions, outbox, prekeys: [freshPrekey(name)] });
    begin(name);
    return true;
  };

  const isSettled = (): boolean => {
    const [a, b] = [disks.a, disks.b];
    // Whoever lied never acknowledges the answer it got, and whoever has forgotten its hello does not either.
    const isEmpty = [a, b].every(({ outbox, sessions }) =>
      outbox.every(({ on }) => on !== null && sessions.get(on)?.state.confirmed !== true),
    );
    const ids = [a, b].map(policy.sendingOf);
    const states = [a, b].map((disk) => disk.sessions.get(policy.sendingOf(disk) ?? '')?.state);
    return isEmpty && ids[0] === ids[1] && states.every((state) => state === undefined || state.confirmed);
  };
  /** One round of a network that works. */
  const round = (): void => {
    for (const name of ['a', 'b'] as const) upkeep(name);
    for (const name of ['a', 'b'] as const) {
      sealed(name);
      const flights = disks[name].outbox.flatMap((row) => flightOf(name, row));
      for (const flight of flights) deliver(flight);
      set(
        name,
        policy.failed(
          disks[name],
          flights.map(({ packet }) => packet),
        ),
      );
    }
    // What a delivery set going, such as a reset, leaves with the next round.
    flying.length = 0;
    now += 15 * 60_000;
  };
  const settle = (rounds: number): boolean => {
    for (let left = rounds; left > 0 && !isSettled(); left--) round();
    return isSettled();
  };

  /**
   * Longer takes only what somebody waits for by the clock: a hello of ours that the other can no longer open, and room among the
   * hellos that wait, which somebody who lied filled within a day.
   */
  const settleLate = (): boolean => {
    const isByTheClock = (): boolean =>
      [disks.a, disks.b].some((disk) => {
        const state = disk.sessions.get(policy.sendingOf(disk) ?? '')?.state;
        return state?.initiator === true && !state.confirmed;
      });
    if (!isByTheClock()) return false;
    count.late += 1;
    now += policy.RENEW_UNANSWERED_MS;
    return settle(ROUNDS);
  };

  /** The network is clean from now on: both must find one session, and everything must arrive. */
  const end = (): void => {
    for (const flight of flying.splice(0)) deliver(flight);
    for (const name of ['a', 'b'] as const) write(name, text(`last words of ${name}`));
    if (!settle(ROUNDS) && !settleLate()) {
      if (!wentBackUnseen) broken(`they did not come together: ${describe()}`);
      // A rollback that neither side can see is the user's to end: `/reset`.
      count.manual += 1;
      begin('a');
      if (!settle(ROUNDS)) broken(`a reset by hand did not help: ${describe()}`);
    }
    for (const [mid, { from, words }] of sent) {
      const shown = disks[other(from)].shown.filter((line) => line.mid === mid);
      if (shown.length > 1) broken('a text is shown twice');
      if (shown.length === 0 && !forgiven.has(mid)) broken(`a text was lost: ${words.slice(0, 40)}`);
      if (shown.length === 0) count.lost += 1;
      if (shown.some((line) => line.text !== words)) broken('a text is not what was written');
    }
    const ids = [disks.a, disks.b].map(policy.sendingOf);
    if (ids[0] !== ids[1] || ids[0] === null) broken('the two send on different sessions');
  };
  const describe = (): string =>
    (['a', 'b'] as const)
      .map((name) => {
        const { outbox, sessions } = disks[name];
        const sending = policy.sendingOf(disks[name]);
        const state = sending === null ? undefined : sessions.get(sending)?.state;
        return `${name} sends on ${sending?.slice(0, 6) ?? 'none'}${state?.initiator ? ' (its own)' : ''}${state?.confirmed ? '' : ' unconfirmed'}, ${outbox.length} waiting, holds ${[...sessions.keys()].map((id) => id.slice(0, 6)).join(' ')}`;
      })
      .join('; ');

  const { start } = options;
  if (start) {
    const fresh = options.wipes ? reread : (disk: Disk): Disk => disk;
    now = start.now;
    disks.a = fresh(start.disks.a);
    disks.b = fresh(start.disks.b);
    history.push(...start.history);
    for (const [mid, what] of start.sent) sent.set(mid, what);
    for (const mid of start.committed) committed.add(mid);
  }
  saved.a.push(disks.a);
  saved.b.push(disks.b);

  return {
    disks,
    flying,
    history,
    count,
    random,
    get now() {
      return now;
    },
    pass: (ms: number) => {
      now += ms;
      for (const name of ['a', 'b'] as const) upkeep(name);
    },
    write,
    /** Seals and sends what waits; without `leaves` the power goes between the commit and the network. */
    send: (name: Name, leaves = true) => {
      const made = sealed(name);
      if (leaves) flying.push(...made);
      else set(name, reread(disks[name]));
    },
    /** Sends everything that waits once more, the same bytes. */
    resend: (name: Name) => {
      sealed(name);
      flying.push(...disks[name].outbox.flatMap((row) => flightOf(name, row)));
    },
    deliver,
    forged,
    deceive,
    reset: begin,
    save: (name: Name) => {
      saved[name].push(disks[name]);
    },
    setBack,
    rotate: (name: Name): boolean => {
      if (disks[name].rotations + 1 >= people[name].identities.length) return false;
      const { secret, signed } = freshPrekey(name);
      set(name, policy.rotateIdentity(disks[name], around(name), signed, secret));
      return true;
    },
    upkeep,
    end,
    around,
    published,
    /** Exactly these bytes were opened, by the state there is now. */
    hasOpened: (name: Name, packet: Uint8Array): boolean => opened[name].has(packet),
    settle: () => settle(ROUNDS),
    start: (): Start => ({ now, disks: { ...disks }, history: [...history], sent: [...sent], committed: [...committed] }),
  };
}

/** Two people who have talked. */
export function meeting(): Start {
  const world = createWorld({ chance: -1, start: null });
  world.write('a', text('hello'));
  if (!world.settle()) broken('a first conversation did not settle');
  return world.start();
}

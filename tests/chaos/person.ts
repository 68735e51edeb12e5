/** One side of a chaos run: a core that is started again whenever it dies, and somebody who says every text once. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ContractError } from '../../src/contract/errors.ts';
import type { BufferId } from '../../src/contract/ids.ts';
import type { Message, ReceiptState } from '../../src/contract/message.ts';
import type { Client } from '../../src/contract/rpc/client.ts';
import { spawnHeadless, type Host } from '../support/headless.ts';
import type { Random } from './random.ts';
import type { CoreSpec } from './spec.ts';

const coreEntry = fileURLToPath(new URL('./core.ts', import.meta.url));
/** Texts that may be under way; a person does not paste a thousand. */
const WINDOW = 24;
const STEP_MS = 200;
/** How long a dead core stays dead. */
const MAX_REST_MS = 2_000;
const PAGE_LINES = 200;
/** Commits that a core lives to make, at most, before the next one may end it; the first lives are short: so first contact is met. */
const MAX_AFTER_EARLY = 8;
const EARLY_POINTS = 10;
const MAX_AFTER = 60;
const MAX_AFTER_AGAIN = 200;
/** How often, in a hundred lives, any commit will do instead of a new point. */
const AGAIN = 25;

export interface PersonOptions {
  name: 'a' | 'b';
  directory: string;
  seed: string;
  random: Random;
  /** In order; each once. */
  texts: readonly string[];
  core: Omit<CoreSpec, 'kill'>;
  maxKills: number;
  /** Resolves to the other's route; null for who waits to be asked. */
  route: (() => Promise<string>) | null;
  log: (line: string) => void;
}

/** What stands in a history: own texts with their receipts, theirs with how often they stand there. */
export interface Told {
  own: Map<string, ReceiptState | 'none'>;
  ownTwice: number;
  theirs: Map<string, number>;
}

export interface Person {
  readonly name: 'a' | 'b';
  /** Runs until `signal` aborts; rejects when the core cannot be used. */
  run(signal: AbortSignal): Promise<void>;
  /** The newest own route, once there is one. */
  ownRoute(): Promise<string>;
  told(): Promise<Told>;
  isConnected(): Promise<boolean>;
  status(): Promise<string>;
  taken(): ReadonlySet<string>;
  /** No more deaths from now on: a plan that is under way may still end the present core. */
  spare(): void;
  points(): readonly string[];
  /** Events that showed a line again in one connection, or under a second id. */
  shownAgain(): number;
  log(): readonly string[];
  lives(): number;
  memory(): number;
}

const isText = (line: Message): boolean => line.kind === 'privmsg';

export function createPerson(options: PersonOptions): Person {
  const { name, directory, random, texts, log } = options;
  const pointsFile = join(directory, `${name}-points`);
  const logs: string[] = [];
  const shown = new Map<string, number>();
  let shownAgain = 0;
  let client: Client | null = null;
  let host: Host | null = null;
  let lives = 0;
  let sparing = false;
  /** Texts that the core said it had taken, or that stood in its history. */
  const taken = new Set<string>();

  const points = (): string[] => (existsSync(pointsFile) ? readFileSync(pointsFile, 'utf8').trim().split('\n') : []);

  const nextKill = (): CoreSpec['kill'] => {
    const done = points();
    if (sparing || done.length >= options.maxKills) return null;
    const again = random.below(100) < AGAIN;
    const late = again ? MAX_AFTER_AGAIN : MAX_AFTER;
    const after = random.below(done.length < Math.min(EARLY_POINTS, options.maxKills / 2) ? MAX_AFTER_EARLY : late);
    return { seed: `${options.seed} ${name} ${lives}`, after, done, file: pointsFile, again };
  };

  const see = (lines: readonly Message[], seen: Set<number>): void => {
    for (const line of lines) {
      if (line.self || !isText(line)) continue;
      const first = shown.get(line.text);
      if (seen.has(line.id) || (first !== undefined && first !== line.id)) shownAgain += 1;
      seen.add(line.id);
      shown.set(line.text, first ?? line.id);
    }
  };

  /** One life of the core, from its start to its end. */
  const live = async (signal: AbortSignal): Promise<void> => {
    lives += 1;
    const spec: CoreSpec = { ...options.core, kill: nextKill() };
    const program = [coreEntry, JSON.stringify(spec)];
    const profile = join(directory, name);
    const started = await spawnHeadless({ directory: profile, program, ...(lives === 1 ? { config: '' } : {}) }).catch((error: unknown) => {
      // it died before it greeted
      if (error instanceof ContractError && error.code === 'closed') return null;
      throw error;
    });
    if (started === null) return;
    host = started;
    const ended = new Promise<void>((resolve) => {
      started.client.onClose(resolve);
    });
    const seen = new Set<number>();
    started.client.onEvent((event) => {
      if (event.name === 'messages') see(event.payload.messages, seen);
    });
    client = started.client;
    const stop = (): void => {
      void started.stop();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await ended;
    signal.removeEventListener('abort', stop);
    client = null;
    const code = await started.stop();
    logs.push(...started.log);
    const byPlan = started.process.signalCode === 'SIGKILL' && spec.kill !== null;
    if (!byPlan && !(signal.aborted && code === 0)) {
      throw new Error(`${name} ended by itself (${code ?? started.process.signalCode ?? '?'}): ${started.log.slice(-5).join(' | ')}`);
    }
  };

  const need = (): Client => {
    if (client === null) throw new ContractError('closed', 'The core is away.');
    return client;
  };
  const bufferOf = async (from: Client): Promise<BufferId | null> => {
    const { contacts } = await from.call('app.snapshot', {});
    return contacts[0]?.buffer ?? null;
  };
  const history = async (from: Client): Promise<Message[]> => {
    const buffer = await bufferOf(from);
    if (buffer === null) return [];
    const lines: Message[] = [];
    for (let more = true; more;) {
      const [oldest] = lines;
      const before = oldest ? { time: oldest.time, id: oldest.id } : null;
      const page = await from.call('buffer.page', { buffer, before, limit: PAGE_LINES });
      lines.unshift(...page.messages);
      more = page.more;
    }
    return lines.filter(isText);
  };

  /** Gets to know the other one. Resolves to the conversation once there is one. */
  const meet = async (from: Client): Promise<BufferId | null> => {
    const { contacts, requests } = await from.call('app.snapshot', {});
    const known = contacts[0];
    if (known) return known.buffer ?? (await from.call('contact.open', { contact: known.id })).buffer;
    const [request] = requests;
    if (request) return (await from.call('contact.accept', { contact: request.contact })).buffer;
    if (options.route === null) await from.call('route.get', {});
    else await from.call('contact.connect', { text: await options.route() });
    return null;
  };

  /** What one core is told to do until it dies. */
  const speak = async (from: Client): Promise<void> => {
    let buffer: BufferId | null = null;
    while (buffer === null) {
      if (client !== from) return;
      buffer = await meet(from);
      await pause(STEP_MS);
    }
    await from.call('buffers.show', { buffers: [buffer] });
    const said = new Set((await history(from)).filter((line) => line.self).map((line) => line.text));
    for (const text of said) taken.add(text);
    const left = texts.filter((text) => !said.has(text));
    while (client === from) {
      const { messages } = await from.call('buffer.page', { buffer, before: null, limit: PAGE_LINES });
      const waiting = messages.filter((line) => line.self && isText(line) && !['delivered', 'read'].includes(line.receipt?.state ?? ''));
      for (const text of left.splice(0, Math.max(0, WINDOW - waiting.length))) {
        await from.call('buffer.input', { buffer, text });
        taken.add(text);
      }
      await pause(STEP_MS);
    }
  };

  const talk = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const from = client;
      if (from !== null) {
        await speak(from).catch((error: unknown) => {
          if (!(error instanceof ContractError)) throw error;
          if (error.code !== 'closed' && error.code !== 'unavailable') log(`${name}: ${error.code}: ${error.message}`);
        });
      }
      await pause(STEP_MS);
    }
  };

  return {
    name,
    run: async (signal) => {
      const keepAlive = async (): Promise<void> => {
        const isOver = (): boolean => signal.aborted;
        while (!isOver()) {
          await live(signal);
          if (!isOver()) await pause(random.between(0, MAX_REST_MS));
        }
      };
      await Promise.all([keepAlive(), talk(signal)]);
    },
    ownRoute: async () => (await need().call('route.get', {})).text,
    told: async () => {
      const own = new Map<string, ReceiptState | 'none'>();
      const theirs = new Map<string, number>();
      let ownTwice = 0;
      for (const line of await history(need())) {
        if (!line.self) theirs.set(line.text, (theirs.get(line.text) ?? 0) + 1);
        else if (own.has(line.text)) ownTwice += 1;
        else own.set(line.text, line.receipt?.state ?? 'none');
      }
      return { own, ownTwice, theirs };
    },
    isConnected: async () => {
      const [contact] = (await need().call('app.snapshot', {})).contacts;
      return contact !== undefined && !contact.waiting && ['not-verified', 'invite-pinned'].includes(contact.shield);
    },
    status: async () => {
      const { contacts, node } = await need().call('app.snapshot', {});
      return `${node.phase}; ${contacts.map((contact) => `${contact.shield}: ${contact.status}`).join(', ')}`;
    },
    taken: () => taken,
    spare: () => {
      sparing = true;
    },
    points,
    shownAgain: () => shownAgain,
    log: () => [...logs, ...(host?.log ?? [])],
    lives: () => lives,
    memory: () => {
      const status = host?.process.pid === undefined ? '' : readFileSync(`/proc/${host.process.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    },
  };
}

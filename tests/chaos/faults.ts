/** What goes wrong between Sotto and its node, how often, and what each line is. */
import { isMembers } from '../../src/overlay/veilid/protocol.ts';
import type { Random } from './random.ts';

export type Fault =
  | 'pass'
  /** Never handed on; requests are told `Timeout` five seconds later, as a node tells of a lost call. */
  | 'lost'
  /** Handed on and carried out, but the answer is lost: `Timeout`, though it happened. */
  | 'answerLost'
  /** Not carried out, `TryAgain` at once. */
  | 'tryAgain'
  /** Not carried out, `NoConnection` at once. */
  | 'noConnection'
  /** Handed on twice. */
  | 'twice'
  | 'late'
  /** Overtaken by the next lines. */
  | 'overtaken'
  /** Neither handed on nor ever answered. */
  | 'swallowed';

/** In a thousand lines of the kind; the rest pass. */
type Rates = Partial<Record<Fault, number>>;

const CALL: Rates = { lost: 30, answerLost: 30, tryAgain: 10, noConnection: 10, twice: 40, late: 60, overtaken: 60, swallowed: 2 };
const REPLY: Rates = { lost: 30, twice: 20, late: 40, overtaken: 40 };
const RECORD: Rates = { lost: 20, answerLost: 30, tryAgain: 30, late: 60 };
const ROUTE: Rates = { tryAgain: 40, late: 60 };
const OTHER: Rates = { late: 50 };
const ARRIVAL: Rates = { lost: 25, twice: 40, late: 60, overtaken: 60 };
const NOTICE: Rates = { lost: 20, twice: 30, late: 60 };
const ANSWER: Rates = { twice: 20, late: 40, overtaken: 40 };

/** The longest a line is held back, in milliseconds: calls are still answered in time, mostly. */
export const MAX_LATE_MS = 3_000;
/** A node's own limit of a call. */
export const CALL_TIMEOUT_MS = 5_000;

export interface Line {
  text: string;
  /** `request` to the node; the rest from it. */
  kind: 'request' | 'answer' | 'arrival' | 'notice' | 'hello' | 'unknown';
  /** Operation of a request, kind of an update. */
  op: string;
  id: number | null;
  members: Record<string, unknown>;
}

export function readLine(text: string, from: 'core' | 'node'): Line {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // older libraries print notes
  }
  const members = isMembers(value) ? value : {};
  const id = typeof members['id'] === 'number' ? members['id'] : null;
  const named = (name: string): string => (typeof members[name] === 'string' ? members[name] : '');
  const line = (kind: Line['kind'], op: string): Line => ({ text, kind, op, id, members });
  if (from === 'core') return line(id === null ? 'unknown' : 'request', named('op') === 'RoutingContext' ? named('rc_op') : named('op'));
  switch (named('type')) {
    case 'Response':
      return line('answer', named('op'));
    case 'Update':
      return line(named('kind') === 'AppCall' ? 'arrival' : 'notice', named('kind'));
    case 'Hello':
      return line('hello', '');
    default:
      return line('unknown', '');
  }
}

function ratesOf({ kind, op }: Line): Rates {
  switch (kind) {
    case 'request':
      if (op === 'AppCall') return CALL;
      if (op === 'AppCallReply') return REPLY;
      if (op.includes('Dht')) return RECORD;
      return op === 'NewPrivateRoute' ? ROUTE : OTHER;
    case 'answer':
      return ANSWER;
    case 'arrival':
      return ARRIVAL;
    case 'notice':
      return NOTICE;
    case 'hello':
    case 'unknown':
      return {};
  }
}

const ALL: readonly Fault[] = ['lost', 'answerLost', 'tryAgain', 'noConnection', 'twice', 'late', 'overtaken', 'swallowed'];

export function chooseFault(line: Line, random: Random): Fault {
  const rates = ratesOf(line);
  let at = random.next() * 1_000;
  for (const fault of ALL) {
    at -= rates[fault] ?? 0;
    if (at < 0) return fault;
  }
  return 'pass';
}

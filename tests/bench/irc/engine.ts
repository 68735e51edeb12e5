/** The engine by itself: lines in, events out, no socket, no store. */
import { createLineReader } from '../../../src/irc/wire/reader.ts';
import { parseLine } from '../../../src/irc/wire/parse.ts';
import { onlineHarness, type SessionHarness } from '../../support/irc/session.ts';
import { quantile, round, timed, type Figure } from '../figures.ts';
import { crowd, hostile, quits, traffic } from './lines.ts';
import { floorParse, frameworkClient, frameworkParse } from './peer.ts';

const LINES = 20_000;
const RUNS = 7;
const WARM = 2;
/** Of each hostile line, each before a fresh session; the median counts. */
const HOSTILE_RUNS = 5;

/** Lines a second, by the median run. */
async function rate(lines: readonly string[], task: () => unknown): Promise<number> {
  return lines.length / (quantile(await timed(RUNS, WARM, task), 0.5) / 1_000);
}

async function parsing(lines: readonly string[]): Promise<Figure[]> {
  // Results are kept for a moment, as a session would: nothing may be optimised away.
  let kept: unknown = null;
  const each = (parse: (line: string) => unknown) => () => {
    for (const line of lines) kept = parse(line);
  };
  const [floor, own, peer] = [
    await rate(lines, each(floorParse)),
    await rate(lines, each(parseLine)),
    await rate(lines, each(frameworkParse)),
  ];
  if (kept === null) throw new Error('nothing was parsed');
  return [
    {
      name: 'IRC lines parsed',
      value: round(own),
      unit: 'lines/s',
      aim: '>= 0.9 x irc-framework',
      beside: `irc-framework ${round(peer)} (${round(own / peer)} x), indexOf alone ${round(floor)} (${round(own / floor)} x)`,
    },
  ];
}

/** Lines as bytes of a socket. */
const asBytes = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join(''));
const CHUNK = 16_384;
function pour(made: SessionHarness, bytes: Uint8Array): void {
  const reader = createLineReader((line) => {
    made.session.receive(line);
  });
  for (let at = 0; at < bytes.length; at += CHUNK) {
    reader.push(bytes.subarray(at, at + CHUNK));
    // The core does not collect events either.
    made.events.length = 0;
    made.sent.length = 0;
  }
}

const USERS = 500;
const CHANNELS = 5;
async function throughput(lines: readonly string[]): Promise<Figure[]> {
  const made = onlineHarness(
    {},
    'account-tag away-notify batch echo-message extended-join message-tags multi-prefix server-time userhost-in-names',
  );
  for (let index = 0; index < CHANNELS; index += 1) pour(made, asBytes(crowd(`#c${index}`, USERS)));
  const bytes = asBytes(lines);
  const own = await rate(lines, () => {
    pour(made, bytes);
  });
  const peer = frameworkClient();
  const framework = await rate(lines, () => {
    peer.feed(lines);
  });
  return [
    {
      name: 'IRC lines through bytes, session and state',
      value: round(own),
      unit: 'lines/s',
      aim: '>= 200000',
      beside: `irc-framework from the line on, without state ${round(framework)} (${round(own / framework)} x)`,
    },
  ];
}

async function joining(users: number): Promise<number> {
  const bytes = asBytes(crowd('#big', users));
  const samples = await timed(RUNS, WARM, () => {
    pour(onlineHarness({}, 'multi-prefix userhost-in-names'), bytes);
  });
  return quantile(samples, 0.5);
}

const SPLIT_USERS = 5_000;
const SPLIT_CHANNELS = 20;
function netsplit(): Figure {
  const made = onlineHarness({}, 'multi-prefix userhost-in-names');
  const gone = asBytes(quits(SPLIT_USERS));
  const arrive = (): void => {
    for (let index = 0; index < SPLIT_CHANNELS; index += 1) pour(made, asBytes(crowd(`#c${index}`, SPLIT_USERS)));
  };
  const samples: number[] = [];
  for (let run = -1; run < 3; run += 1) {
    arrive();
    const begin = performance.now();
    pour(made, gone);
    if (run >= 0) samples.push(performance.now() - begin);
  }
  const left = made.session.members('#c0').length;
  if (left > 1) throw new Error(`${left} are still there after the netsplit`);
  return {
    name: `netsplit of ${SPLIT_USERS} quits in ${SPLIT_CHANNELS} channels, session and state`,
    value: round(quantile(samples, 0.5)),
    unit: 'ms',
    aim: '< 250 with the whole core',
  };
}

function hostileLines(): Figure {
  const costs = hostile.map(({ name, before = [], line }) => {
    const samples = Array.from({ length: HOSTILE_RUNS }, () => {
      const made = onlineHarness({ channels: [] });
      made.feed(...crowd('#c0', 200), ...before);
      const begin = performance.now();
      pour(made, asBytes([line]));
      return performance.now() - begin;
    });
    return { name, ms: quantile(samples, 0.5), parse: line };
  });
  const worst = costs.reduce((dearest, one) => (one.ms > dearest.ms ? one : dearest));
  const begin = performance.now();
  parseLine(worst.parse);
  const alone = performance.now() - begin;
  return {
    name: `dearest of ${hostile.length} hostile lines of 8,700 bytes: ${worst.name}`,
    value: round(worst.ms),
    unit: 'ms',
    aim: '< 50',
    beside: `parsing it alone ${round(alone)} ms; median of all ${round(
      quantile(
        costs.map(({ ms }) => ms),
        0.5,
      ),
    )} ms`,
  };
}

export async function benchEngine(): Promise<Figure[]> {
  const lines = traffic(LINES, USERS, CHANNELS);
  const [two, ten] = [await joining(2_000), await joining(10_000)];
  return [
    ...(await parsing(lines)),
    ...(await throughput(lines)),
    { name: 'joining a channel of 2,000 users, session and state', value: round(two), unit: 'ms' },
    { name: 'joining a channel of 10,000 users, session and state', value: round(ten), unit: 'ms' },
    netsplit(),
    hostileLines(),
  ];
}

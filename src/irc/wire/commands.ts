/** Commands with the parameters without which a line of theirs means nothing. Those that are not named need none; other numerics need our nick. */
const minimums = {
  ACCOUNT: 1,
  AUTHENTICATE: 1,
  AWAY: 0,
  BATCH: 1,
  CAP: 2,
  CHGHOST: 2,
  FAIL: 3,
  INVITE: 2,
  JOIN: 1,
  KICK: 2,
  KILL: 1,
  MODE: 2,
  NICK: 1,
  NOTE: 3,
  NOTICE: 2,
  PART: 1,
  PING: 0,
  PRIVMSG: 2,
  QUIT: 0,
  SETNAME: 1,
  TAGMSG: 1,
  TOPIC: 2,
  WARN: 3,
  '221': 2,
  '301': 3,
  '311': 5,
  '312': 3,
  '314': 5,
  '317': 3,
  '319': 3,
  '324': 3,
  '329': 3,
  '330': 3,
  '331': 2,
  '332': 3,
  '333': 3,
  '341': 3,
  '352': 7,
  '353': 4,
  '366': 2,
  '367': 3,
  '401': 2,
  '403': 2,
  '404': 2,
  '433': 2,
  '900': 3,
};

export interface Command {
  /** Upper-cased word or three digits. */
  readonly name: string;
  readonly minimumParams: number;
}

const FORM = /^(?:[A-Za-z]{1,32}|[0-9]{3})$/;
const NUMERIC = /^[0-9]{3}$/;
const known: ReadonlyMap<string, Command> = new Map(
  Object.entries(minimums).map(([name, minimumParams]) => [name, { name, minimumParams }]),
);

/**
 * The command a word of a line stands for; null where it is none. The name of a known command is one and the same string for all lines:
 * everything that looks it up or compares it afterwards is fast.
 */
export function readCommand(word: string): Command | null {
  const found = known.get(word);
  if (found) return found;
  if (!FORM.test(word)) return null;
  const name = word.toUpperCase();
  return known.get(name) ?? { name, minimumParams: NUMERIC.test(name) ? 1 : 0 };
}

export const knownCommands: readonly string[] = [...known.keys()];

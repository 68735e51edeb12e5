/** Parameters without which a line means nothing. Commands that are not named need none; other numerics need our nick. */
const counts = {
  ACCOUNT: 1,
  AUTHENTICATE: 1,
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
  PRIVMSG: 2,
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
const minimums: ReadonlyMap<string, number> = new Map(Object.entries(counts));

const NUMERIC = /^[0-9]{3}$/;

export const minimumParams = (command: string): number => minimums.get(command) ?? (NUMERIC.test(command) ? 1 : 0);

export const knownCommands: readonly string[] = [...minimums.keys()];

/** Plays steps to a session behind a link, and checks what holds whatever a server says. */
import type { IrcEvent } from '../../../src/contract/chat.ts';
import { IrcError } from '../../../src/irc/errors.ts';
import { createLink } from '../../../src/irc/wire/link.ts';
import { parseLine } from '../../../src/irc/wire/parse.ts';
import type { Stream } from '../../../src/net/stream.ts';
import { chance } from '../../pq/fuzz/chance.ts';
import { harness } from '../../support/irc/session.ts';
import type { Step } from './grammar.ts';

/** Events one line may cause. */
const MAX_EVENTS = 2_000;
/** Characters of all events of one line, beside what the line itself has. */
const EVENT_FLOOR = 200_000;
const EVENT_FACTOR = 64;
/** Lines the client may answer one line with, as long as nothing waits in its buckets. */
const MAX_ANSWERS = 64;
/** CPU of this thread that one step may cost: a busy computer makes it late, not dear. */
const DEAR_MS = 250;

export const secrets = { server: 'server-PASS-word', nick: 'nickserv-PASS-word', sasl: 'sasl-PASS-word' };
const encoder = new TextEncoder();

class Found extends Error {}

const base64 = (text: string): string => btoa(text).replace(/=+$/, '');
/** PLAIN's payload ends in the password: its base64 at each of the three offsets, without the edges. */
const hidden = [0, 1, 2].map((offset) => base64('x'.repeat(offset) + secrets.sasl).slice(4, -4));

/** Where each secret may stand in what we send. */
function checkSent(line: string, limit: number): void {
  // eslint-disable-next-line no-control-regex -- exactly these are meant
  if (/[\r\n\u0000]/.test(line)) throw new Found(`a line of ours holds a line end: ${JSON.stringify(line)}`);
  const body = line.startsWith('@') ? line.slice(line.indexOf(' ') + 1) : line;
  if (encoder.encode(body).length > limit) throw new Found(`a line of ours is too long: ${JSON.stringify(body.slice(0, 100))}`);
  if (!/^[A-Z0-9]+(?: |$)/.test(body)) throw new Found(`not a line: ${JSON.stringify(line)}`);
  if (line.includes(secrets.server) && !body.startsWith('PASS ')) throw new Found(`the server password in ${body.split(' ')[0] ?? ''}`);
  if (line.includes(secrets.sasl) || (hidden.some((part) => line.includes(part)) && !body.startsWith('AUTHENTICATE ')))
    throw new Found(`the SASL password in ${body.split(' ')[0] ?? ''}`);
  if (line.includes(secrets.nick) && !/^(?:PRIVMSG NickServ(?:@\S+)? :|NICKSERV |NS )/i.test(body))
    throw new Found('the NickServ password went elsewhere');
}

function checkEvents(events: readonly IrcEvent[], length: number): void {
  if (events.length > MAX_EVENTS) throw new Found(`${events.length} events of one line`);
  const text = JSON.stringify(events);
  if (text.length > EVENT_FLOOR + EVENT_FACTOR * length) throw new Found(`events of ${text.length} characters from a line of ${length}`);
  for (const secret of Object.values(secrets)) if (text.includes(secret)) throw new Found('a secret in an event');
  // An IrcError says that an answer could not be sent as it stood, which is the server's doing; anything else is a fault of a handler.
  const failed = /could not be understood \((?!IrcError)(\w+)\)/.exec(text);
  if (failed) throw new Found(`a handler failed: ${failed[1] ?? ''}`);
  if (!text.isWellFormed()) throw new Found('a lone surrogate in an event');
}

/** Users and channels point at each other, under the keys they have now. */
function checkRoster({ session }: ReturnType<typeof harness>): void {
  const { roster } = session;
  const keys = new Set<string>();
  for (const channel of roster.channels()) {
    const key = roster.channelKey(channel.name);
    if (keys.has(key)) throw new Found(`two channels under one key: ${channel.name}`);
    keys.add(key);
    if (roster.channel(channel.name) !== channel) throw new Found(`a channel that is not found: ${channel.name}`);
    for (const [nickKey, { user }] of channel.members) {
      if (roster.nickKey(user.nick) !== nickKey) throw new Found(`a member under a wrong key: ${JSON.stringify(user.nick)}`);
      if (roster.user(user.nick) !== user) throw new Found(`a member who is another user: ${JSON.stringify(user.nick)}`);
      if (!user.channels.has(channel)) throw new Found(`a member who is not in the channel: ${JSON.stringify(user.nick)}`);
    }
    for (const { user } of channel.members.values())
      for (const other of user.channels) if (roster.channel(other.name) !== other) throw new Found('a user in a channel that is gone');
    if (session.members(channel.name).length !== channel.members.size) throw new Found('members are told wrongly');
  }
}

/** Who and where we are, and who else is there. */
const standing = ({ session }: ReturnType<typeof harness>): string =>
  JSON.stringify([
    session.nick(),
    session.roster
      .channels()
      .map(({ name, topic, members }) => [name, topic, [...members.values()].map(({ user, prefix }) => [user.nick, prefix])]),
  ]);
/** Batches of these names are histories, or not open at all: neither is anything but the past. */
const PAST = /^@batch=[hi];/;

/** Throws an Error that says what went wrong; `seed` decides where packets are cut. */
export function play(steps: readonly Step[], seed: string): void {
  const cuts = chance(seed);
  const made = harness({
    password: secrets.server,
    nickPassword: secrets.nick,
    sasl: [{ kind: 'password', account: 'me', password: secrets.sasl, plain: true, required: cuts.once(8) }],
    channels: [{ name: '#room', key: null }],
    monitor: ['ann', 'bob'],
    metadata: { 'display-name': 'Me' },
  });
  let feed: (bytes: Uint8Array) => void = () => undefined;
  const stream: Stream = {
    tls: 'TLSv1.3',
    onData: (handler) => {
      feed = handler;
    },
    onClose: () => undefined,
    send: () => undefined,
    waiting: () => 0,
    close: () => undefined,
    destroy: () => undefined,
  };
  createLink(stream, {
    onLine: (text) => {
      made.session.receive(text);
    },
    onClose: () => undefined,
  });
  const deliver = (bytes: Uint8Array): void => {
    let rest = bytes;
    while (rest.length > 0) {
      const length = cuts.once(4) ? 1 + cuts.integer(rest.length) : rest.length;
      feed(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
  /** Else what comes is the rest of a line that bytes have begun. */
  let isLineStart = true;
  for (const step of steps) {
    let length = 0;
    const before = step.kind === 'line' && isLineStart && PAST.test(step.text) ? standing(made) : null;
    const begin = process.threadCpuUsage();
    switch (step.kind) {
      case 'line': {
        const bytes = encoder.encode(`${step.text}\r\n`);
        ({ length } = bytes);
        deliver(bytes);
        isLineStart = true;
        break;
      }
      case 'bytes':
        ({ length } = step.bytes);
        deliver(step.bytes);
        if (length > 0) isLineStart = step.bytes.at(-1) === 10;
        break;
      case 'wait':
        made.clock.advance(step.ms);
        break;
      case 'act':
        try {
          made.session.act(step.action);
        } catch (error) {
          if (!(error instanceof IrcError)) throw error;
        }
    }
    const { user, system } = process.threadCpuUsage(begin);
    if (user + system > DEAR_MS * 1_000) throw new Found(`a step cost more than ${DEAR_MS} ms: ${JSON.stringify(step).slice(0, 200)}`);
    for (const line of made.sent) checkSent(line, Math.max(510, made.session.isupport.lineLength - 2));
    if (step.kind === 'line' && made.sent.length > MAX_ANSWERS) throw new Found(`${made.sent.length} lines in answer to one`);
    checkEvents(made.events, length);
    if (before !== null && before !== standing(made)) throw new Found('a line of a history changed the present');
    made.sent.length = 0;
    made.events.length = 0;
    checkRoster(made);
  }
  made.session.close();
  checkEvents(made.events, 0);
  // What was asked for is still understood: the session is over, not the program.
  if (parseLine('PING :x') === null) throw new Found('the parser is broken');
}

/** As few of the steps as still fail, found by leaving out ever smaller parts. */
export function reduce(steps: readonly Step[], seed: string): readonly Step[] {
  const fails = (some: readonly Step[]): boolean => {
    try {
      play(some, seed);
      return false;
    } catch {
      return true;
    }
  };
  let kept = steps;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < kept.length;) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (fewer.length > 0 && fails(fewer)) kept = fewer;
      else at += size;
    }
  }
  return kept;
}

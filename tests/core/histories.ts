/** A server that plays histories, and a whole core with its real store that talks to it. */
import type { BufferId } from '../../src/contract/ids.ts';
import type { Message } from '../../src/contract/message.ts';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { startPerson, until, type Person } from '../support/cores.ts';
import type { Scripted } from '../support/irc/scripted.ts';
import { network } from './pair.ts';

export const CAPS =
  'batch cap-notify draft/chathistory draft/event-playback draft/message-redaction draft/read-marker echo-message labeled-response message-tags server-time';
export const ISUPPORT = 'CHATHISTORY=50 MSGREFTYPES=timestamp,msgid';
export const PERSON = 'ann!a@h.test';
export const START = Date.now() - 3 * 3_600_000;
/** Minutes after a moment three hours ago; from 190 on after the connection began, by a clock that is ahead of ours. */
export const time = (minute: number): string => new Date(START + minute * 60_000).toISOString();
export const said = (minute: number, text: string, msgid: string | null = `m${minute}`, target = '#room'): string =>
  `@${msgid === null ? '' : `msgid=${msgid};`}time=${time(minute)} :${PERSON} PRIVMSG ${target} :${text}`;
export const inBatch = (id: string, line: string): string => line.replace('@', `@batch=${id};`);

export const config = (port: number, keys = '', tables = ''): string =>
  `[servers.test]\nnickname = "me"\nserver = "127.0.0.1"\nport = ${port}\nuse_tls = false\nchannels = ["#room"]\nanti_flood = 100\nreconnect_delay = 1\n${keys}\n${tables}`;

export async function begin(irc: Scripted, more: { keys?: string; tables?: string; directory?: string } = {}): Promise<Person> {
  const net = network();
  return startPerson({
    name: 'me',
    overlay: () => createLoopbackOverlay(net),
    ...(more.directory === undefined ? { config: config(irc.port, more.keys, more.tables) } : { directory: more.directory }),
  });
}
/** Registers the person and lets them into #room. */
export async function welcome(irc: Scripted, caps = CAPS, isupport = ISUPPORT): Promise<void> {
  await irc.greet({ caps, isupport });
  await irc.hear(/^JOIN /);
  irc.say(':me!me@host.test JOIN #room', ':irc.test 353 me = #room :me @ann', ':irc.test 366 me #room :End');
}
/** Answers the next request that fits with these lines. */
export async function answer(irc: Scripted, request: RegExp, target: string, lines: readonly string[], tags = ''): Promise<string> {
  const line = await irc.hear(request);
  const label = /label=([^; ]+)/.exec(line)?.[1] ?? '';
  irc.say(
    `@label=${label}${tags} :irc.test BATCH +h chathistory ${target}`,
    ...lines.map((one) => inBatch('h', one)),
    ':irc.test BATCH -h',
  );
  return line.replace(/^@\S+ /, '');
}
/** Nothing was said in private. */
export async function noTargets(irc: Scripted): Promise<void> {
  const label = /label=([^; ]+)/.exec(await irc.hear(/CHATHISTORY TARGETS/))?.[1] ?? '';
  irc.say(`@label=${label} :irc.test BATCH +t draft/chathistory-targets`, ':irc.test BATCH -t');
}
export const room = async (person: Person): Promise<BufferId> => {
  const found = await until('#room', async () => (await person.snapshot()).buffers.find(({ name, joined }) => name === '#room' && joined));
  return found.id;
};
export const texts = async (person: Person, buffer: BufferId): Promise<string[]> =>
  (await person.lines(buffer)).filter(({ kind }) => kind === 'privmsg' || kind === 'notice').map(({ text }) => text);
export const shows = async (person: Person, buffer: BufferId, wanted: readonly string[]): Promise<void> => {
  await until(`the lines ${wanted.join(', ')}`, async () => (await texts(person, buffer)).join('\n') === wanted.join('\n'));
};
export const lineOf = async (person: Person, buffer: BufferId, text: string): Promise<Message> =>
  until(`the line ${text}`, async () => (await person.lines(buffer)).find((line) => line.text === text));
export const unread = async (person: Person, buffer: BufferId): Promise<number | undefined> =>
  (await person.snapshot()).buffers.find(({ id }) => id === buffer)?.unread;

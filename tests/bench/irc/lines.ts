/** What a day on IRC looks like, the same in each run. */
const WORDS = 'it works here but not over there since the last update of the thing that nobody wanted to touch'.split(' ');

const text = (index: number): string =>
  Array.from({ length: 4 + (index % 12) }, (_unused, at) => WORDS[(index * 7 + at * 3) % WORDS.length]).join(' ');

const user = (index: number): string => `nick${index}!~user${index}@host-${index}.isp.example`;

/**
 * Lines of `users` people in `#c0` … of `channels`, who are there already (see `crowd`): three of five are tagged texts, the others come and go,
 * change nicks and modes. Whoever leaves returns, so that the channels stay full. About 145 bytes each.
 */
export function traffic(count: number, users: number, channels: number): string[] {
  const lines: string[] = [];
  for (let index = 0; lines.length < count; index += 1) {
    const who = (index * 31) % users;
    const channel = `#c${index % channels}`;
    const time = `2026-06-01T12:${String(Math.floor(index / 60) % 60).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}.000Z`;
    const tags = `@time=${time};msgid=m${index.toString(36)};account=acc${who}`;
    switch (index % 10) {
      case 0:
        lines.push(`${tags} :${user(who)} PART ${channel} :bye`, `${tags} :${user(who)} JOIN ${channel} acc${who} :Real Name ${who}`);
        break;
      case 1:
        lines.push(`@time=${time} :${user(who)} AWAY :gone fishing`, `@time=${time} :${user(who)} AWAY`);
        break;
      case 2:
        lines.push(`@time=${time} :op!op@host MODE ${channel} +v nick${who}`, `@time=${time} :op!op@host MODE ${channel} -v nick${who}`);
        break;
      case 3:
        lines.push(`${tags} :${user(who)} NOTICE ${channel} :${text(index)}`);
        break;
      default:
        lines.push(`${tags};+typing=done :${user(who)} PRIVMSG ${channel} :${text(index)}`);
    }
  }
  return lines.slice(0, count);
}

/** NAMES of a channel as a server with userhost-in-names sends it: lines of at most 510 bytes. */
export function names(channel: string, users: number, first = 0): string[] {
  const lines: string[] = [];
  const head = `:irc.test 353 me = ${channel} :`;
  let line = head;
  for (let index = first; index < first + users; index += 1) {
    const entry = `${index % 50 === 0 ? '@' : index % 20 === 0 ? '+' : ''}${user(index)} `;
    if (line.length + entry.length > 510) {
      lines.push(line);
      line = head;
    }
    line += entry;
  }
  return [...lines, line, `:irc.test 366 me ${channel} :End of /NAMES list.`];
}

/** Our own join and the nick list after it. */
export const crowd = (channel: string, users: number, first = 0): string[] => [
  `:me!user@host JOIN ${channel}`,
  ...names(channel, users, first),
];

export const quits = (users: number): string[] =>
  Array.from({ length: users }, (_unused, index) => `:${user(index)} QUIT :hub.example leaf.example`);

/** One line each that costs as much as a line can, of 8,700 bytes. `before` is what has to be there first. */
export const hostile: readonly { name: string; before?: readonly string[]; line: string }[] = [
  { name: '378 of @', line: `:irc.test 378 me nick :is connecting from ${'@'.repeat(8_650)}` },
  { name: '378 of @a', line: `:irc.test 378 me nick :is connecting from ${'@a'.repeat(4_325)}` },
  { name: '005 PREFIX', line: `:irc.test 005 me PREFIX=${'('.repeat(8_650)} :are supported` },
  { name: '005 tokens', line: `:irc.test 005 me ${'A=1 '.repeat(2_160)}:are supported` },
  { name: '005 CHANMODES', line: `:irc.test 005 me CHANMODES=${'b,'.repeat(4_320)} :are supported` },
  {
    name: 'NAMES after a PREFIX of 8,600',
    before: [`:irc.test 005 me PREFIX=(${'o'.repeat(4_300)})${'@'.repeat(4_300)} :are supported`],
    line: `:irc.test 353 me = #c0 :${'@'.repeat(8_650)}`,
  },
  { name: 'NAMES', line: `:irc.test 353 me = #c0 :${'a '.repeat(4_330)}` },
  { name: 'MODE letters', line: `:op!o@h MODE #c0 +${'o'.repeat(8_650)}` },
  { name: 'MODE parameters', line: `:op!o@h MODE #c0 +${'o'.repeat(60)} ${'nick1 '.repeat(1_400)}` },
  { name: '324', line: `:irc.test 324 me #c0 +${'k'.repeat(8_600)}` },
  { name: '352', line: `:irc.test 352 me #c0 ${'u '.repeat(4_300)}` },
  { name: 'tags', line: `@${'a=b;'.repeat(2_040)} :nick1!u@h PRIVMSG #c0 :x` },
  { name: 'tag escapes', line: `@a=${'\\s'.repeat(4_050)} :nick1!u@h PRIVMSG #c0 :x` },
  { name: 'parameters', line: `PRIVMSG ${'a '.repeat(4_340)}` },
  { name: 'spaces', line: `PRIVMSG ${' '.repeat(8_600)} :a` },
  { name: 'text of controls', line: `:nick1!u@h PRIVMSG #c0 :${'\u0003'.repeat(8_650)}` },
  { name: 'CTCP', line: `:nick1!u@h PRIVMSG me :${'\u0001'.repeat(8_650)}` },
  { name: 'combining marks', line: `:nick1!u@h PRIVMSG #c0 :e${'\u0301'.repeat(4_300)}` },
  { name: 'source of ! and @', line: `:${'!@'.repeat(4_300)} PRIVMSG #c0 :x` },
  { name: 'CAP LS', line: `:irc.test CAP me NEW :${'a=b '.repeat(2_160)}` },
  { name: 'MONITOR', line: `:irc.test 730 me :${'a!b@c,'.repeat(1_440)}` },
  { name: 'whois channels', line: `:irc.test 319 me nick :${'@#a '.repeat(2_160)}` },
  { name: 'JOIN of many', line: `:nick1!u@h JOIN ${'#a,'.repeat(2_880)}` },
  { name: 'BOUNCER attributes', line: `BOUNCER NETWORK 1 ${'a=\\s;'.repeat(1_730)}` },
];

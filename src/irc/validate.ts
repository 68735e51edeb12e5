import { IrcError } from './errors.ts';
import type { NetworkOptions } from './options.ts';
import { encodeLine } from './wire/encode.ts';

/** A sentence on what in the options cannot be sent over IRC; null where all is well. Values are not repeated: some are secret. */
export function checkOptions(options: NetworkOptions): string | null {
  const checks: [string, () => unknown][] = [
    ['nickname', () => [options.nick, ...options.altNicks].map((nick) => encodeLine('NICK', [word(nick)]))],
    ['username', () => encodeLine('USER', [options.username, '0', '*', ''])],
    ['realname', () => encodeLine('USER', ['x', '0', '*', options.realname])],
    ['password', () => options.password !== null && encodeLine('PASS', [options.password])],
    ['nick_password', () => options.nickPassword !== null && encodeLine('NICKSERV', ['IDENTIFY', options.nickPassword])],
    ['channels', () => options.channels.map(({ name, key }) => encodeLine('JOIN', [word(name), word(key ?? 'x')]))],
    [
      'sasl',
      () => {
        for (const login of options.sasl) noNul(login.account + (login.kind === 'password' ? login.password : ''));
      },
    ],
  ];
  for (const [key, check] of checks) {
    try {
      check();
    } catch (error) {
      return `${key} in the configuration cannot be sent over IRC: ${error instanceof IrcError ? error.message : 'it is not valid'}`;
    }
  }
  return null;
}

const word = (text: string): string => {
  if (text === '' || /[\s,]/.test(text)) throw new IrcError('badInput', 'A name on IRC cannot be empty, hold spaces or commas.');
  return text;
};

const noNul = (text: string): void => {
  if (text.includes('\0')) throw new IrcError('badInput', 'NUL cannot be part of it.');
};

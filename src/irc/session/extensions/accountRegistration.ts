/** REGISTER and VERIFY (IRCv3 draft/account-registration): an account is made without talking to a bot. */
import { IrcError } from '../../errors.ts';
import { cleanName, cleanText } from '../../wire/clean.ts';
import { nameParam, param, type CreateExtension, type Incoming } from '../context.ts';

export const ACCOUNT_REGISTRATION = 'draft/account-registration';
/** So that the password also fits where services are spoken to in lines (the specification's advice). */
const MAX_PASSWORD_BYTES = 300;

const hasKey = (value: string, key: string): boolean => value.split(',').some((token) => token.split('=', 1)[0] === key);

export const createAccountRegistration: CreateExtension = (context) => {
  /** What is asked for, oldest first; the server answers in order. */
  let asked: { command: 'REGISTER' | 'VERIFY'; account: string }[] = [];

  const value = (): string => {
    const offered = context.caps.offered(ACCOUNT_REGISTRATION);
    if (offered === undefined) throw new IrcError('unsupported', 'No accounts can be made on this server this way.');
    return offered;
  };
  const answered = (command: string, account: string): void => {
    const index = asked.findIndex((one) => one.command === command);
    if (index !== -1) asked = asked.filter((_one, other) => other !== index);
    if (account !== '' && account !== '*') context.me.account = account;
  };
  const reply = (incoming: Incoming): void => {
    const command = incoming.line.command;
    // Nobody asked: a server that says so by itself changes nothing.
    if (!asked.some((one) => one.command === command)) return;
    const account = nameParam(incoming, 1);
    const text = cleanText(param(incoming, 2));
    switch (param(incoming, 0).toUpperCase()) {
      case 'SUCCESS':
        answered(command, account);
        context.emit({ kind: 'accountRegistration', state: 'done', account, text });
        return;
      case 'VERIFICATION_REQUIRED':
        answered(command, '');
        context.emit({ kind: 'accountRegistration', state: 'verify', account, text });
    }
  };

  return {
    handlers: {
      REGISTER: (_context, incoming) => {
        reply(incoming);
      },
      VERIFY: (_context, incoming) => {
        reply(incoming);
      },
    },
    standardReply: (incoming) => {
      const command = param(incoming, 0);
      const mine = asked.find((one) => one.command === command);
      if (incoming.line.command !== 'FAIL' || !mine) return false;
      answered(command, '');
      const told = incoming.line.params.length > 3 ? cleanName(param(incoming, 2)) : '';
      const account = told === '' || told === '*' ? mine.account : told;
      const text = cleanText(incoming.line.params.at(-1) ?? '') || cleanText(param(incoming, 1));
      context.emit({ kind: 'accountRegistration', state: 'failed', account, text });
      return true;
    },
    act: (action) => {
      if (action.kind === 'registerAccount') {
        const keys = value();
        if (!context.link.mayCarrySecrets)
          throw new IrcError('badInput', 'This connection is not encrypted: a password would be readable on its way. Set use_tls first.');
        if (action.account !== null && action.account !== context.me.nick && !hasKey(keys, 'custom-account-name'))
          throw new IrcError('badInput', `On this server an account has the name of your nick: take the nick ${action.account} first.`);
        if (action.email === null && hasKey(keys, 'email-required'))
          throw new IrcError('badInput', 'This server wants an e-mail address for an account.');
        if (new TextEncoder().encode(action.password).length > MAX_PASSWORD_BYTES)
          throw new IrcError('tooLong', `A password may have at most ${MAX_PASSWORD_BYTES} bytes.`);
        context.send('user', 'REGISTER', [action.account ?? '*', action.email ?? '*', action.password]);
        asked.push({ command: 'REGISTER', account: action.account ?? context.me.nick });
        return true;
      }
      if (action.kind !== 'verifyAccount') return false;
      value();
      context.send('user', 'VERIFY', [action.account, action.code]);
      asked.push({ command: 'VERIFY', account: action.account });
      return true;
    },
    onClose: () => {
      for (const { account } of asked)
        context.emit({ kind: 'accountRegistration', state: 'failed', account, text: 'The connection ended before the server answered.' });
      asked = [];
    },
  };
};

/** The server takes REGISTER before the registration of the connection is over. */
export const registersEarly = (offered: string | undefined): boolean => offered !== undefined && hasKey(offered, 'before-connect');

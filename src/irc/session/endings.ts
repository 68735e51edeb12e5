import type { Ending } from './context.ts';

/** What a server says when it ends the connection, first match counts; and whether coming back makes sense. */
const endings: readonly { form: RegExp; kind: 'slow' | 'final'; text: string }[] = [
  {
    form: /\bsasl\b.*\b(?:need|requir|must|only)|\b(?:need|requir|must).*\bsasl\b/i,
    kind: 'final',
    text: 'The server lets you in only with SASL',
  },
  {
    form: /\b(?:tls|ssl)\b.*\b(?:need|requir|must|only)|\b(?:need|requir|must|use)\b.*\b(?:tls|ssl)\b/i,
    kind: 'final',
    text: 'The server lets you in only over TLS',
  },
  // Before bans: "Reconnecting too fast" of some servers names a temporary line as well.
  {
    form: /throttl|too fast|too many|clones?\b|limit (?:exceeded|reached)|(?:server|class) is full|no more connections/i,
    kind: 'slow',
    text: 'The server wants fewer connections',
  },
  {
    form: /\b(?:[kgzdx]|ak|qu?|shun)[ -]?lined?\b|\bbanned\b|\bblacklist|\bdnsbl\b|\bdrone(?:bl)?\b|not welcome|\bproxy\b.*(?:detect|not allowed)/i,
    kind: 'final',
    text: 'The server has banned you',
  },
  {
    form: /\b(?:bad|wrong|invalid|incorrect) (?:server )?password|password (?:mismatch|incorrect|required)|access denied|\bunauthori[sz]ed\b|not authori[sz]ed/i,
    kind: 'final',
    text: 'The server does not let you in, perhaps for want of the right password',
  },
];
const MAX_SAID = 300;

/** What the server said when it ended the connection (ERROR). */
export function readEnding(text: string): Ending {
  const said = text.slice(0, MAX_SAID);
  const found = endings.find(({ form }) => form.test(said));
  return found ? { kind: found.kind, text: `${found.text}: ${said}` } : { kind: 'retry', text: `The server ended the connection: ${said}` };
}

/** Numerics that come right before the end. */
const refusals: Readonly<Record<string, string>> = {
  '463': 'The server does not take connections from this address',
  '464': 'The server password is wrong',
  '465': 'The server has banned you',
};

/** Null where the numeric ends nothing. */
export const readRefusal = (command: string, text: string): Ending | null =>
  Object.hasOwn(refusals, command) ? { kind: 'final', text: `${refusals[command] ?? ''}: ${text.slice(0, MAX_SAID)}` } : null;

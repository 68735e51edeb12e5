import type { Ending } from './context.ts';

/** What the server said when it ended the connection (ERROR, or 465), and whether coming back makes sense. */
export function readEnding(text: string): Ending {
  const said = text.slice(0, 300);
  if (/\b(?:[kgzdx]|ak|qu?)[ -]?lined?\b|\bbanned\b|\bblacklist|\bdnsbl\b|not welcome/i.test(text))
    return { kind: 'final', text: `The server has banned you: ${said}` };
  if (/\bsasl\b/i.test(text) && /need|requir|must/i.test(text))
    return { kind: 'final', text: `The server lets you in only with SASL: ${said}` };
  if (/throttl|too fast|too many|clones?\b|limit exceeded/i.test(text))
    return { kind: 'slow', text: `The server wants fewer connections: ${said}` };
  return { kind: 'retry', text: `The server ended the connection: ${said}` };
}

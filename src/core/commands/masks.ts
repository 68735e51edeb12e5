/** Masks for bans and the like, from what is known of a user. */
import { fullMask } from '../../irc/wire/mask.ts';
import type { CommandContext } from './command.ts';

/**
 * The mask for a nick: their account where the server bans by account, else their host, else the nick. What is a mask already (`*!*@host`,
 * `host@…`, an extended ban such as `$a:name`) stays, filled up with *.
 */
export function maskFor(context: CommandContext, text: string): string {
  const { extban, accountExtban } = context.isupport();
  if (/[!@*?]/.test(text)) return isExtended(context, text) ? text : fullMask(text);
  if (isExtended(context, text)) return text;
  const user = context.userOf(text);
  const [byAccount] = accountExtban;
  if (extban !== null && byAccount !== undefined && user?.account !== null && user?.account !== undefined)
    return `${extban.prefix}${byAccount}:${user.account}`;
  return user?.host === null || user?.host === undefined ? `${text}!*@*` : `*!*@${user.host}`;
}

/** `$a:x`, `~account:x`, or on servers without a prefix `m:x`. */
function isExtended(context: CommandContext, text: string): boolean {
  const { extban } = context.isupport();
  if (extban === null || !text.includes(':')) return extban !== null && extban.prefix !== '' && text.startsWith(extban.prefix);
  return extban.prefix === '' ? /^!?[A-Za-z]+:/.test(text) : text.startsWith(extban.prefix);
}

/** How this server silences somebody without a ban: a list mode of its own or an extended ban; null where it cannot. */
export function quietOf(context: CommandContext, mask: string): { mode: string; mask: string } | null {
  const { chanModes, prefixes, extban } = context.isupport();
  if (chanModes.list.includes('q') && !prefixes.some(({ mode }) => mode === 'q')) return { mode: 'q', mask };
  if (extban?.prefix === '' && extban.types.includes('m')) return { mode: 'b', mask: `m:${mask}` };
  if (extban?.prefix === '~' && extban.types.includes('q')) return { mode: 'b', mask: `~q:${mask}` };
  return null;
}

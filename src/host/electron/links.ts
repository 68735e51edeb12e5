/** Addresses that a page wants opened: the one way from a page to another program (E7). */

/** UTF-16 units; longer is refused. Browsers cut at about this length too. */
export const MAX_LINK_LENGTH = 2_048;
/** As long as Chromium's transient activation (HTML Living Standard, section 6.4.1). */
export const GESTURE_MS = 5_000;

const system: ReadonlySet<string> = new Set(['https:', 'http:', 'mailto:']);
/** Sotto's own: they go to the core, which shows a dialog and never acts. */
const own: ReadonlySet<string> = new Set(['irc:', 'ircs:', 'sotto:']);

export type LinkTarget =
  /** `host` is set where the name is not what it looks like: it is written in letters that can be taken for others. */
  { kind: 'system'; address: string; host: string | null } | { kind: 'own'; address: string };

// Controls, blanks, and what changes the direction of writing or is not seen (Unicode 16, general categories Cc, Cf, Z, and default-ignorables).
const invisible = /[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/** Null: refused. What is opened is always written anew by the parser that judged it, never the text of the page. */
export function linkTarget(text: string): LinkTarget | null {
  if (text.length > MAX_LINK_LENGTH || invisible.test(text) || text.includes('\\')) return null;
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return null;
  if (own.has(url.protocol)) return { kind: 'own', address: text };
  if (!system.has(url.protocol) || url.href.length > MAX_LINK_LENGTH) return null;
  // Fields of a mail can name files to attach.
  if (url.protocol === 'mailto:') return { kind: 'system', address: `mailto:${url.pathname}`, host: null };
  const disguised = url.hostname.split('.').some((label) => label.startsWith('xn--'));
  return { kind: 'system', address: url.href, host: disguised ? url.hostname : null };
}

export interface LinkOpener {
  /** `gesture`: the person has just pressed something in the page. */
  open(text: string, gesture: boolean): void;
}

export interface LinkOptions {
  /** Electron's `shell.openExternal`; nothing else in the program has it. */
  openExternal: (address: string) => Promise<void>;
  /** Asks the person whether this host is the one that is meant. */
  confirm: (host: string) => Promise<boolean>;
  onOwn: (address: string) => void;
  log: (line: string) => void;
}

export function createLinkOpener({ openExternal, confirm, onOwn, log }: LinkOptions): LinkOpener {
  let asking = false;
  const ask = async (host: string): Promise<boolean> => {
    if (asking) return false;
    asking = true;
    try {
      return await confirm(host);
    } finally {
      asking = false;
    }
  };
  const openSystem = async (address: string, host: string | null): Promise<void> => {
    if (host === null || (await ask(host))) await openExternal(address);
  };
  return {
    open: (text, gesture) => {
      const target = gesture ? linkTarget(text) : null;
      if (target === null) log(gesture ? 'a link was not opened: its address is not allowed' : 'a link was not opened: nobody pressed it');
      else if (target.kind === 'own') onOwn(target.address);
      else {
        openSystem(target.address, target.host).catch(() => {
          log('a link was not opened: the system has no program for it');
        });
      }
    },
  };
}

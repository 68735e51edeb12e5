/** Capability negotiation (IRCv3 CAP 302). Pure: lines' parameters in, lines to send out. */
import { MAX_OUT_BYTES } from '../wire/encode.ts';

/** Only these are asked for: servers offer bait to clients that take everything. */
export const WANTED_CAPABILITIES: readonly string[] = [
  'account-notify',
  'account-tag',
  'away-notify',
  'batch',
  'cap-notify',
  'chghost',
  'draft/account-registration',
  'draft/channel-rename',
  'draft/chathistory',
  'draft/event-playback',
  'draft/extended-isupport',
  'draft/message-redaction',
  'draft/metadata-2',
  'draft/multiline',
  'draft/no-implicit-names',
  'draft/oper-tag',
  'draft/pre-away',
  'draft/read-marker',
  'draft/relaymsg',
  'draft/whoami',
  'echo-message',
  'extended-join',
  'extended-monitor',
  'invite-notify',
  'labeled-response',
  'message-tags',
  'multi-prefix',
  'no-implicit-names',
  'server-time',
  'setname',
  'soju.im/bouncer-networks',
  'soju.im/bouncer-networks-notify',
  'soju.im/no-implicit-names',
  'soju.im/search',
  'standard-replies',
  'userhost-in-names',
  'znc.in/playback',
  'znc.in/self-message',
  'znc.in/server-time-iso',
];
/** Never asked for, whoever wants them: `sts` is a notice (IRCv3 sts), `tls` would begin TLS after plain text. */
const NEVER: ReadonlySet<string> = new Set(['sts', 'draft/sts', 'tls']);
/** What a capability needs beside itself to be of use: it is asked for together with these, and counts only while they do. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  // Without news of later logins the account told at joining grows stale.
  'extended-join': ['account-notify'],
  'labeled-response': ['batch'],
  'draft/chathistory': ['batch', 'server-time', 'message-tags'],
  'draft/event-playback': ['draft/chathistory'],
  'draft/message-redaction': ['message-tags'],
  'draft/multiline': ['batch', 'message-tags'],
  'draft/metadata-2': ['batch'],
  'soju.im/search': ['batch'],
};
/** Capabilities remembered of what a server offers. */
const MAX_OFFERED = 512;
/** Lines one CAP LS may have. */
const MAX_LS_LINES = 64;
const REQ_ROOM = MAX_OUT_BYTES - 'CAP REQ :'.length;

export interface Capabilities {
  /** Parameters of a CAP line after the target, e.g. ['LS', '*', 'batch sasl']. Returns the requests to send (`CAP REQ :…`). */
  apply(params: readonly string[]): string[];
  /** LS is complete and every request was answered. */
  settled(): boolean;
  /** LS is complete. */
  listed(): boolean;
  /** The server has said anything at all about capabilities. */
  known(): boolean;
  /** Enabled, and everything it needs too. */
  has(name: string): boolean;
  /** Value of an offered capability (`sasl=PLAIN` → 'PLAIN'); undefined where it is not offered. */
  offered(name: string): string | undefined;
}

/** `doNotRequest`: names the user does not want; a name without a vendor also stands for its draft (`multiline` for `draft/multiline`). */
export function createCapabilities(wanted: readonly string[], doNotRequest: readonly string[] = []): Capabilities {
  const unwanted = new Set(doNotRequest.map((name) => name.toLowerCase()));
  const isUnwanted = (name: string): boolean =>
    unwanted.has(name) || unwanted.has(name.replace(/^[^/]*\//, '')) || unwanted.has(name.replace(/^[^/]*\//, '').replace(/-[0-9]+$/, ''));
  const requestable = new Set(wanted.filter((name) => !NEVER.has(name) && !isUnwanted(name)));
  const offered = new Map<string, string>();
  const enabled = new Set<string>();
  const refused = new Set<string>();
  let pending: Set<string>[] = [];
  let lsLines = 0;
  let lsDone = false;

  const isPending = (name: string): boolean => pending.some((group) => group.has(name));
  const isPossible = (name: string): boolean =>
    requestable.has(name) && offered.has(name) && !refused.has(name) && (NEEDS[name] ?? []).every(isPossible);
  const has = (name: string): boolean => enabled.has(name) && (NEEDS[name] ?? []).every(has);

  const request = (names: readonly string[]): string[] => {
    const lines: string[] = [];
    let group: string[] = [];
    const flush = (): void => {
      if (group.length === 0) return;
      pending.push(new Set(group));
      lines.push(group.join(' '));
      group = [];
    };
    for (const name of names) {
      if ([...group, name].join(' ').length > REQ_ROOM) flush();
      group.push(name);
    }
    flush();
    return lines;
  };

  const requestWanted = (): string[] =>
    request([...requestable].filter((name) => isPossible(name) && !enabled.has(name) && !isPending(name)));

  const offer = (list: string): void => {
    for (const word of list.split(' ')) {
      const cut = word.indexOf('=');
      const name = cut === -1 ? word : word.slice(0, cut);
      if (name !== '' && (offered.size < MAX_OFFERED || offered.has(name))) offered.set(name, cut === -1 ? '' : word.slice(cut + 1));
    }
  };

  const settle = (name: string): void => {
    for (const group of pending) group.delete(name);
    pending = pending.filter((group) => group.size > 0);
  };

  return {
    apply: ([subcommand = '', ...rest]) => {
      const list = rest.at(-1) ?? '';
      switch (subcommand.toUpperCase()) {
        case 'LS': {
          lsLines += 1;
          offer(list);
          if (rest.length > 1 && rest[0] === '*' && lsLines < MAX_LS_LINES) return [];
          lsDone = true;
          return requestWanted();
        }
        case 'NEW':
          offer(list);
          for (const word of list.split(' ')) refused.delete(word.split('=')[0] ?? '');
          return lsDone ? requestWanted() : [];
        case 'DEL':
          for (const name of list.split(' ')) {
            if (NEVER.has(name)) continue;
            offered.delete(name);
            enabled.delete(name);
          }
          return [];
        case 'ACK':
          for (const word of list.split(' ')) {
            const name = word.replace(/^[-~=]+/, '');
            // Never take for granted what was not asked for.
            if (word.startsWith('-')) enabled.delete(name);
            else if (isPending(name)) enabled.add(name);
            settle(name);
          }
          return [];
        case 'NAK': {
          const names = list.split(' ').filter((name) => name !== '');
          const group = pending.find((one) => names.some((name) => one.has(name))) ?? pending[0];
          if (!group) return [];
          pending = pending.filter((one) => one !== group);
          const all = [...group];
          // One name may have spoilt the request: each half is asked for again, down to the one that did.
          const half = Math.ceil(all.length / 2);
          if (all.length > 1) return [...request(all.slice(0, half)), ...request(all.slice(half))];
          for (const name of all) refused.add(name);
          return [];
        }
        default:
          return [];
      }
    },
    settled: () => lsDone && pending.length === 0,
    listed: () => lsDone,
    known: () => lsLines > 0,
    has,
    offered: (name) => offered.get(name),
  };
}

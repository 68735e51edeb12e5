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
  'echo-message',
  'extended-join',
  'invite-notify',
  'message-tags',
  'multi-prefix',
  'server-time',
  'setname',
  'userhost-in-names',
];
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
  /** The server has said anything at all about capabilities. */
  known(): boolean;
  has(name: string): boolean;
  /** Value of an offered capability (`sasl=PLAIN` → 'PLAIN'); undefined where it is not offered. */
  offered(name: string): string | undefined;
}

export function createCapabilities(wanted: readonly string[]): Capabilities {
  const offered = new Map<string, string>();
  const enabled = new Set<string>();
  const refused = new Set<string>();
  let pending: Set<string>[] = [];
  let lsLines = 0;
  let lsDone = false;

  const isPending = (name: string): boolean => pending.some((group) => group.has(name));

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
    request(wanted.filter((name) => offered.has(name) && !enabled.has(name) && !refused.has(name) && !isPending(name)));

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
          // One name may have spoilt the request: each is asked for once more, alone.
          if (group.size > 1) return [...group].flatMap((name) => request([name]));
          for (const name of group) refused.add(name);
          return [];
        }
        default:
          return [];
      }
    },
    settled: () => lsDone && pending.length === 0,
    known: () => lsLines > 0,
    has: (name) => enabled.has(name),
    offered: (name) => offered.get(name),
  };
}

/** Networks behind a bouncer (soju.im/bouncer-networks): their list on the bouncer's own connection, and changes to it. */
import { IrcError } from '../../errors.ts';
import { cleanLine, cleanName } from '../../wire/clean.ts';
import { nameParam, param, type CreateExtension } from '../context.ts';

const CAPABILITY = 'soju.im/bouncer-networks';
const NOTIFY = 'soju.im/bouncer-networks-notify';
/** Networks of one bouncer, and attributes of one network, that are kept. */
export const MAX_NETWORKS = 128;
const MAX_ATTRIBUTES = 32;
const MAX_VALUE = 512;
/** It goes into a line and into names. */
const NETWORK_ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const ATTRIBUTE = /^[a-z0-9-]{1,32}$/;

const UNESCAPES: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n', '\\': '\\' };
const ESCAPES: Readonly<Record<string, string>> = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };

/** `name=My\sNetwork;state=connected` by the rules of message tags. An attribute without value is gone: ''. Unknown ones are kept. */
export function readAttributes(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(';', MAX_ATTRIBUTES)) {
    const cut = part.indexOf('=');
    const name = cut === -1 ? part : part.slice(0, cut);
    if (!ATTRIBUTE.test(name)) continue;
    const value =
      cut === -1 ? '' : part.slice(cut + 1, cut + 1 + 2 * MAX_VALUE).replace(/\\(.?)/g, (_all, sign: string) => UNESCAPES[sign] ?? sign);
    found.set(name, cleanLine(value).slice(0, MAX_VALUE).toWellFormed());
  }
  return found;
}

const writeAttributes = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => `${name}=${value.replace(/[; \\\r\n]/g, (sign) => ESCAPES[sign] ?? sign)}`)
    .join(';');

export const createBouncer: CreateExtension = (context) => {
  const networks = new Map<string, Map<string, string>>();
  let isAsked = false;

  /** This connection is the bouncer's own, not one of its networks. */
  const isOwn = (): boolean =>
    context.caps.has(CAPABILITY) && context.isupport.bouncerNetId === null && context.options.bouncerNetwork === null;
  const ask = (): void => {
    if (isAsked || !isOwn()) return;
    isAsked = true;
    // With notifications the list comes by itself.
    if (!context.caps.has(NOTIFY)) context.send('background', 'BOUNCER', ['LISTNETWORKS']);
  };
  let isReady = false;

  return {
    onReady: () => {
      isReady = true;
      ask();
    },
    onCapabilities: () => {
      if (isReady) ask();
    },
    handlers: {
      BOUNCER: (_context, incoming) => {
        if (param(incoming, 0).toUpperCase() !== 'NETWORK' || !isOwn() || !incoming.from.server) return;
        const id = nameParam(incoming, 1);
        if (!NETWORK_ID.test(id)) return;
        const text = param(incoming, 2);
        if (text === '*') {
          if (networks.delete(id)) context.emit({ kind: 'bouncerNetwork', id, attributes: null });
          return;
        }
        const known = networks.get(id) ?? new Map<string, string>();
        if (!networks.has(id) && networks.size >= MAX_NETWORKS) return;
        for (const [name, value] of readAttributes(text)) {
          if (value === '') known.delete(name);
          else if (known.size < MAX_ATTRIBUTES || known.has(name)) known.set(name, value);
        }
        // Never shown and never needed: it would only be one more place for a secret.
        known.delete('pass');
        networks.set(id, known);
        context.emit({ kind: 'bouncerNetwork', id, attributes: Object.fromEntries(known) });
      },
    },
    act: (action) => {
      if (action.kind !== 'bouncer') return false;
      if (!isOwn()) throw new IrcError('unsupported', 'This is not the connection of a bouncer.');
      const { change, id, attributes } = action;
      if (id !== null && !NETWORK_ID.test(id)) throw new IrcError('badInput', 'A bouncer has no network of this name.');
      for (const [name, value] of Object.entries(attributes))
        if (!ATTRIBUTE.test(name) || value.includes('\u0000'))
          throw new IrcError('badInput', `${cleanName(name)} is not an attribute of a network.`);
      if (change !== 'add' && id === null) throw new IrcError('badInput', 'Say which network.');
      if (change === 'add') context.send('user', 'BOUNCER', ['ADDNETWORK', writeAttributes(attributes)]);
      else if (change === 'change') context.send('user', 'BOUNCER', ['CHANGENETWORK', id ?? '', writeAttributes(attributes)]);
      else context.send('user', 'BOUNCER', ['DELNETWORK', id ?? '']);
      return true;
    },
  };
};

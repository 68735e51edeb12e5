/** Where the session bus is (D-Bus Specification, "Server Addresses"). */
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Paths of the session bus's sockets, in the order to try; `\0` begins an abstract one. Addresses of other kinds are left out. */
export function busAddresses(env: Environment): string[] {
  const given = env['DBUS_SESSION_BUS_ADDRESS'];
  const runtime = env['XDG_RUNTIME_DIR'];
  if (given === undefined || given === '') return runtime === undefined || runtime === '' ? [] : [join(runtime, 'bus')];
  return given.split(';').flatMap((address) => {
    const [transport, pairs = ''] = address.split(':');
    if (transport !== 'unix') return [];
    const values = new Map(pairs.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
    const decode = (text: string): string[] => {
      try {
        return [decodeURIComponent(text)];
      } catch {
        return [];
      }
    };
    const path = values.get('path');
    const abstract = values.get('abstract');
    if (path !== undefined) return decode(path);
    return abstract === undefined ? [] : decode(abstract).map((name) => `\0${name}`);
  });
}

/** Where Sotto may connect for a file that a stranger offers: to the public network only. */
import { BlockList, isIP } from 'node:net';

/** Programs of the system listen below: a browser's or a mail server's port must not be reached through us. */
const FIRST_PORT = 1_024;

const list = (ranges: readonly (readonly [address: string, bits: number])[]): BlockList => {
  const made = new BlockList();
  for (const [address, bits] of ranges) made.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');
  return made;
};
const loopback = list([
  ['127.0.0.0', 8],
  ['::1', 128],
]);
/** RFC 1918, RFC 4193. */
const lan = list([
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
]);
/** RFC 6890 and its successors: this network, shared, link-local, protocol assignments, documentation, benchmarks, multicast, reserved, translated. */
const never = list([
  ['0.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
]);

export interface AllowedAddresses {
  lan: boolean;
  /** For tests only. */
  loopback: boolean;
}

/** A sentence why not, or null where Sotto may connect. IPv4 inside IPv6 is judged as IPv4. */
export function refusal(address: string, port: number, allowed: AllowedAddresses): string | null {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const ip = mapped ?? address;
  const version = isIP(ip);
  if (version === 0) return 'The address they offer the file at is none.';
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (loopback.check(ip, family)) return allowed.loopback ? null : 'They offer the file at an address of this computer itself.';
  // What is left of the IPv4-mapped and IPv4-compatible forms is written to deceive.
  if (family === 'ipv6' && /^(?:0*:){2,}(?:ffff:)?/i.test(ip) && ip.startsWith('::'))
    return 'They offer the file at an address that is no public one.';
  if (never.check(ip, family)) return 'They offer the file at an address that is no public one.';
  if (lan.check(ip, family) && !allowed.lan)
    return 'They offer the file at a private address. `allow_lan` under `[file_transfer]` lets Sotto connect to those.';
  if (port < FIRST_PORT) return `They offer the file at port ${port}; Sotto connects to ports from ${FIRST_PORT} on.`;
  return null;
}

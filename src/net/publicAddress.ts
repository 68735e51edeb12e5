/** Which addresses belong to the public internet: everything that is not on IANA's special-purpose lists (RFC 6890). */
import { BlockList, isIP } from 'node:net';

const special4 = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared by a provider's customers
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local, and the metadata services of clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16],
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
] as const;
/** Inside 2000::/3, the only part that is given out. */
const special6 = [
  ['2001::', 23], // Teredo, ORCHID, benchmarks
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: an IPv4 address inside
  ['3fff::', 20], // documentation
] as const;

const blocked = new BlockList();
for (const [net, prefix] of special4) blocked.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of special6) blocked.addSubnet(net, prefix, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
/** RFC 6052: an IPv4 address in the last 32 bits, behind a translator. */
const translated = new BlockList();
translated.addSubnet('64:ff9b::', 96, 'ipv6');

/** The last 32 bits of an IPv6 address as IPv4. */
function embedded(address: string): string {
  // The URL parser writes every form of an address in the shortest one, in hex.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':').slice(-2);
  return groups
    .map((group) => Number.parseInt(group === '' ? '0' : group, 16))
    .flatMap((value) => [value >> 8, value & 0xff])
    .join('.');
}

/** RFC 5214 §6.1: an interface identifier that is an IPv4 address. */
const ISATAP = /:(200:)?5efe:[0-9a-f]{0,4}:[0-9a-f]{0,4}$/;

/** `address`: an IPv4 or IPv6 address as a resolver gives it. Anything else is not public. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !blocked.check(address, 'ipv4');
  if (isIP(address) !== 6 || address.includes('%')) return false;
  if (translated.check(address, 'ipv6')) return isPublicAddress(embedded(address));
  if (ISATAP.test(new URL(`http://[${address}]/`).hostname.slice(1, -1))) return false;
  return global6.check(address, 'ipv6') && !blocked.check(address, 'ipv6');
}

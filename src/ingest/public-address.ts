import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Addresses that are not of the public Internet: this machine, its networks, and what is reserved (IANA special-purpose
 * registries, RFC 6890 with later additions).
 */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
  ] as const),
  ...([
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
  ] as const),
  ...([
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
  ] as const),
  ...([
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');
/** All of IPv6 that is public now; of it, what leads to IPv4 addresses or is for documents is not. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
const NOT_GLOBAL = new BlockList();
for (const [network, prefix] of [
  ...([
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ] as const),
] as const)
  NOT_GLOBAL.addSubnet(network, prefix, 'ipv6');

/**
 * Whether an IP address is one of the public Internet and none of this machine (`own`, by default what its interfaces
 * have now). An IPv4 address inside an IPv6 one is looked at as itself.
 */
export function isPublicAddress(address: string, own: readonly string[] = ownAddresses()): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublicAddress(mapped, own);
  if (isIP(address) === 4) return !PRIVATE.check(address, 'ipv4') && !isOneOf(own, address, 'ipv4');
  if (isIP(address) !== 6) return false;
  if (!GLOBAL.check(address, 'ipv6') || NOT_GLOBAL.check(address, 'ipv6')) return false;
  return !isOneOf(own, address, 'ipv6');
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
}

/** Compared as numbers: an IPv6 address has many spellings. */
function isOneOf(addresses: readonly string[], address: string, family: 'ipv4' | 'ipv6'): boolean {
  const list = new BlockList();
  for (const one of addresses) if (isIP(one) === (family === 'ipv4' ? 4 : 6)) list.addAddress(one, family);
  return list.check(address, family);
}

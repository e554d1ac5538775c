import { isIP, isIPv6 } from 'node:net';

/** Some proxies add the port: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
const WITH_PORT = /^(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9a-f:.]+)\])(?::\d+)?$/i;

/**
 * Where a request comes from. What a trusted proxy forwards and is no address is not believed: then it is the proxy's
 * own, so that no text of a stranger's stands in lists or makes him a new caller each time.
 *
 * @param ip what the server believes; undefined: it has no opinion
 */
export function clientAddress(
  ip: string | undefined,
  { remoteAddress = '' }: { readonly remoteAddress?: string | undefined },
): string {
  if (ip === undefined) return remoteAddress;
  if (isIP(ip) !== 0) return ip;
  const [, v4, v6] = WITH_PORT.exec(ip) ?? [];
  const bare = v4 ?? v6 ?? '';
  return isIP(bare) === 0 ? remoteAddress : bare;
}

/**
 * What counts as one caller: an IPv4 address, or the /64 of an IPv6 address, since everybody has 2^64 of those. The
 * two spellings of an IPv4 address are one.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [bare = ''] = address.split('%', 1);
  if (!isIPv6(bare)) return address;
  const [left = '', right] = new URL(`http://[${bare}]`).hostname.slice(1, -1).split('::');
  const groups = (half: string): string[] => (half === '' ? [] : half.split(':'));
  const [head, tail] = [groups(left), groups(right ?? '')];
  const zeros = right === undefined ? 0 : 8 - head.length - tail.length;
  const all = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail];
  return `${all.slice(0, 4).join(':')}::/64`;
}

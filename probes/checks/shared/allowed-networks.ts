// Owns the networks that a local mesh may check besides public addresses, written as CIDRs (RFC 4632). Pure.
// Does not know what a probe may always connect to: the address guard does.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Private blocks as people write them, for a suggestion. RFC 1918, RFC 6598, RFC 4193. */
const KNOWN_BLOCKS = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fd00::/8',
  'fc00::/7',
];

/** Ranges of ipaddr.js that no option allows. Link-local ones include the metadata services of clouds. */
const NEVER_ALLOWED: ReadonlySet<string> = new Set(['unspecified', 'broadcast', 'multicast', 'linkLocal']);

/** Metadata and platform addresses of clouds inside ranges that can be allowed: AWS, Google, Alibaba, Oracle, Azure. */
const METADATA_NETWORKS = [
  'fd00:ec2::/32',
  'fd20:ce::/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
];

const MAX_CIDRS = 32;

/** The CIDRs of a list with commas or spaces, or what is wrong with the first bad one, and the fix. */
export function parseCidrs(text: string): readonly string[] | { readonly error: string } {
  const cidrs = text.split(/[\s,]+/).filter(Boolean);
  if (cidrs.length === 0) return { error: 'has no network. Write CIDRs such as 10.0.0.0/8,192.168.0.0/16.' };
  if (cidrs.length > MAX_CIDRS)
    return { error: `has ${cidrs.length} networks, but at most ${MAX_CIDRS} are allowed. Join some.` };
  for (const cidr of cidrs) {
    const problem = cidrError(cidr);
    if (problem !== null) return { error: `has "${cidr}". ${problem}` };
  }
  return [...new Set(cidrs.map((cidr) => cidr.toLowerCase()))];
}

/** What is wrong with a CIDR, and the fix; null if it is valid. */
export function cidrError(cidr: string): string | null {
  const [, address = '', prefix] = /^([^/]*)(?:\/(.*))?$/s.exec(cidr) ?? [];
  const isIpv4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!isIpv4 && !(ipaddr.IPv6.isValid(address) && !address.includes('%')))
    return 'This is not a network. Write an address and the length of its prefix, such as 10.0.0.0/8 or fd00::/8.';
  const bits = isIpv4 ? 32 : 128;
  if (prefix === undefined)
    return `The length of the prefix is missing. Write ${address}/${bits} for this address alone.`;
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)
    return `The length of the prefix must be a whole number from 0 to ${bits}.`;
  const { first, last } = endsOf(cidr, isIpv4);
  if (ipaddr.parse(address).toString() !== first.toString())
    return `The address has bits beyond the prefix. Write ${first}/${prefix} for the network, or ${address}/${bits} for this address alone.`;
  return first.range() === last.range() && NEVER_ALLOWED.has(first.range())
    ? 'Probes never connect to this range: it is unspecified, broadcast, multicast or link-local. Remove it.'
    : null;
}

function endsOf(cidr: string, isIpv4: boolean): { first: Address; last: Address } {
  if (isIpv4)
    return {
      first: ipaddr.IPv4.networkAddressFromCIDR(cidr),
      last: ipaddr.IPv4.broadcastAddressFromCIDR(cidr),
    };
  return {
    first: ipaddr.IPv6.networkAddressFromCIDR(cidr),
    last: ipaddr.IPv6.broadcastAddressFromCIDR(cidr),
  };
}

/** An option may allow this address: it is not link-local, multicast or a metadata service. */
export const isAllowable = (address: Address): boolean =>
  !NEVER_ALLOWED.has(address.range()) && !isMetadata(address);

/** A metadata service or the platform of a cloud, at an address that its range does not show. */
export const isMetadata = (address: Address): boolean => isInside(address, METADATA_NETWORKS);

type Network = [Address, number];

/** The lists are few and never change, and parsing costs more than all the rest of the guard. */
const parsedLists = new WeakMap<readonly string[], readonly Network[]>();

function networksOf(cidrs: readonly string[]): readonly Network[] {
  const known = parsedLists.get(cidrs);
  if (known) return known;
  const networks = cidrs.map((cidr): Network => ipaddr.parseCIDR(cidr));
  parsedLists.set(cidrs, networks);
  return networks;
}

/** Expects valid CIDRs. An IPv4 network contains no IPv6 form of its addresses. */
export const isInside = (address: Address, cidrs: readonly string[]): boolean =>
  networksOf(cidrs).some(
    (network) => network[0].kind() === address.kind() && address.match(network as [ipaddr.IPv4, number]),
  );

/** The block to allow for an address: the well-known one, or the address alone. */
export const suggestedCidr = (address: Address): string =>
  KNOWN_BLOCKS.find((block) => isInside(address, [block])) ??
  `${address.toString()}/${address.kind() === 'ipv4' ? 32 : 128}`;

// Owns which addresses a probe may connect to: public unicast, and in a local mesh loopback and chosen networks. Pure.
// Ranges: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), through ipaddr.js.
import ipaddr from 'ipaddr.js';
import { isAllowable, isInside, isMetadata, suggestedCidr } from './allowed-networks.ts';

export interface Allowed {
  /** The local mesh checks targets on its own machine. */
  readonly loopback: boolean;
  /** Valid CIDRs that the local mesh may check besides. Undefined where no option can allow any. */
  readonly cidrs?: readonly string[] | undefined;
}

/** The only IPv6 range that IANA assigns as public unicast (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Readable names for ranges that ipaddr.js names in camel case. */
const RANGE_NAMES: Readonly<Record<string, string>> = {
  uniqueLocal: 'private',
  linkLocal: 'link-local',
  carrierGradeNat: 'carrier-grade NAT',
  deprecatedSiteLocal: 'site-local',
};

/**
 * Why a probe must not connect to this literal address, and the fix; null if it may, or if this is not a literal address.
 * Forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo, ISATAP) follow the rule for that address.
 */
export function forbiddenReason(address: string, allow: Allowed): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.parse(address);
  const range = rangeOf(parsed);
  if (range === 'unicast') return null;
  if (range === 'loopback' && allow.loopback) return null;
  const isDisguised = parsed instanceof ipaddr.IPv6 && embeddedIpv4(parsed) !== null;
  if (allow.cidrs !== undefined && !isDisguised && isAllowable(parsed)) {
    if (isInside(parsed, allow.cidrs)) return null;
    return `${address} is a ${range} address. Start with --allow-cidrs ${suggestedCidr(parsed)} to watch it.`;
  }
  return `${address} is a ${range} address, and probes connect to public addresses only. Use a public address or host name.`;
}

function rangeOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address instanceof ipaddr.IPv6) {
    const inner = embeddedIpv4(address);
    // Loopback is allowed under its own two names only.
    if (inner) return inner.range() === 'loopback' ? 'disguised loopback' : rangeOf(inner);
  }
  if (isMetadata(address)) return 'cloud metadata';
  const range = address.range();
  if (range !== 'unicast') return RANGE_NAMES[range] ?? range;
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? 'reserved' : range;
}

/** The IPv4 address inside an IPv6 address, if it has one. */
function embeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  const bytes = address.toByteArray();
  const at = (start: number): ipaddr.IPv4 => new ipaddr.IPv4(bytes.slice(start, start + 4));
  switch (address.range() as string) {
    case 'ipv4Mapped':
    case 'rfc6145':
    case 'rfc6052':
      return at(12);
    case '6to4':
      return at(2);
    case 'teredo':
      return new ipaddr.IPv4(bytes.slice(12, 16).map((byte) => byte ^ 0xff));
    default:
      // In any other range, the range itself forbids the address.
      return address.match(GLOBAL_UNICAST) && isIsatap(bytes) ? at(12) : null;
  }
}

/** RFC 5214, section 6.1: the interface id 0000:5efe or 0200:5efe, then the IPv4 address. */
const isIsatap = (bytes: readonly number[]): boolean =>
  ((bytes[8] ?? 0) & ~0x02) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;

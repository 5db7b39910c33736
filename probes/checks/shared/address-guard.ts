// Which addresses a probe may connect to: public unicast only, and loopback where it is allowed. Pure.
// Ranges: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), through ipaddr.js.
import ipaddr from 'ipaddr.js';

export interface Allowed {
  /** The embedded local mesh watches targets on its own machine. */
  readonly loopback: boolean;
}

/** The only IPv6 range that IANA gives out as public unicast (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** ipaddr.js's names of ranges, where a person would not know them. */
const WORDS: Readonly<Record<string, string>> = {
  uniqueLocal: 'private',
  linkLocal: 'link-local',
  carrierGradeNat: 'carrier-grade NAT',
  deprecatedSiteLocal: 'site-local',
};

/**
 * Why this literal address must not be connected to; null when it may be, or when it is no literal address.
 * Forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo) are judged by that address too.
 */
export function forbiddenReason(address: string, allow: Allowed): string | null {
  if (!ipaddr.isValid(address)) return null;
  const parsed = ipaddr.parse(address);
  const range = rangeOf(parsed);
  if (range === 'unicast') return null;
  if (range === 'loopback' && allow.loopback) return null;
  return `${address} is a ${range} address, and probes connect to public ones only. Write a public address or host name.`;
}

function rangeOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address instanceof ipaddr.IPv6) {
    const inner = embeddedIpv4(address);
    // Loopback is allowed under its own two names only.
    if (inner) return inner.range() === 'loopback' ? 'disguised loopback' : rangeOf(inner);
  }
  const range = address.range();
  if (range !== 'unicast') return WORDS[range] ?? range;
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? 'reserved' : range;
}

/** The IPv4 address inside an IPv6 one, where there is one. */
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
      return null;
  }
}

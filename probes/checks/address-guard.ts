// Which addresses a probe may connect to: public unicast only, and loopback where it is allowed. Pure.
// Ranges: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), through ipaddr.js.
import ipaddr from 'ipaddr.js';

export interface Allowed {
  /** The embedded local mesh watches targets on its own machine. */
  readonly loopback: boolean;
}

/** Ranges that ipaddr.js counts as unicast, and that are not the public internet. */
const ALSO_RESERVED: [string, string][] = [
  ['192.0.0.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['198.18.0.0/15', 'benchmarking'],
  ['fec0::/10', 'site-local'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'reserved'],
];

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
  for (const [cidr, name] of ALSO_RESERVED) {
    const [base, bits] = ipaddr.parseCIDR(cidr);
    if (base.kind() === address.kind() && address.match(base, bits)) return name;
  }
  if (address instanceof ipaddr.IPv6) {
    const inner = embeddedIpv4(address);
    if (inner) return rangeOf(inner) === 'unicast' ? 'unicast' : rangeOf(inner);
  }
  const range = address.range();
  return { uniqueLocal: 'private', linkLocal: 'link-local', carrierGradeNat: 'carrier-grade NAT' }[range as string] ?? range;
}

/** The IPv4 address inside an IPv6 one, where there is one. */
function embeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | null {
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  const at = (start: number): ipaddr.IPv4 => new ipaddr.IPv4(bytes.slice(start, start + 4));
  switch (address.range()) {
    case '6to4':
      return at(2);
    case 'rfc6052':
      return at(12);
    case 'teredo':
      return new ipaddr.IPv4(bytes.slice(12, 16).map((byte) => byte ^ 0xff));
    default:
      // IPv4-compatible (::a.b.c.d), long deprecated and still routed by some stacks.
      return bytes.slice(0, 12).every((byte) => byte === 0) && bytes[12] !== 0 ? at(12) : null;
  }
}

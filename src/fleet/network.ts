// Owns the network of an address: targets in one /24 or /48 usually fail together.
import ipaddr from 'ipaddr.js';

/** `203.0.113.0/24`, `2001:db8:1::/48`; an IPv4 address in IPv6 form counts as IPv4. Undefined for any other text. */
export function networkOf(address: string): string | undefined {
  // A probe does not write short forms such as 127.1.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4'
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/24`).toString()}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/48`).toString()}/48`;
}

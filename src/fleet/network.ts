// Which network an address is on: what lies in one /24 or /48 usually fails together.
import ipaddr from 'ipaddr.js';

/** `203.0.113.0/24`, `2001:db8:1::/48`; an IPv4 address in IPv6 form counts as IPv4. Undefined for what is no address. */
export function networkOf(address: string): string | undefined {
  // Short forms such as 127.1 are no address that a probe writes.
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv4'
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/24`).toString()}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/48`).toString()}/48`;
}

// An address and a port as people write them.
import net from 'node:net';

export const formatEndpoint = (address: string, port: number): string =>
  net.isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

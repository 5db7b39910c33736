// Owns the loopback address of each location, so that targets and firewalls can distinguish locations.
import { createServer } from 'node:net';

/** 127.0.0.11, .12, … if the system allows connections from there; otherwise (macOS) 127.0.0.1. */
export async function sourceAddressOf(index: number): Promise<string> {
  const wanted = `127.0.0.${11 + index}`;
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, wanted, () => resolve(true));
  });
  if (!bound) return '127.0.0.1';
  await new Promise((resolve) => server.close(resolve));
  return wanted;
}

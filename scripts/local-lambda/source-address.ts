// Where a location's connections come from, so that a target or a firewall can tell locations apart.
import { createServer } from 'node:net';

/** 127.0.0.11, .12, … where the system lets connections start there; 127.0.0.1 where it does not (macOS). */
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

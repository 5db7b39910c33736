// Owns the question whether a receiver accepts a connection at all. Only for the local runtime, whose fetch does not show it.
// A deployed Worker's sockets reach other addresses than its fetch, so their answer would prove nothing there.
import { connect } from 'cloudflare:sockets';

const PATIENCE_MS = 1_000;

/** False only if the connection is refused, or the host has no address. */
export async function canConnect(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ hostname: name, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
  socket.closed.catch(() => undefined);
  const opened = socket.opened.then(
    () => true,
    () => false,
  );
  const patience = new Promise<boolean>((resolve) => setTimeout(() => resolve(true), PATIENCE_MS));
  const answer = await Promise.race([opened, patience]);
  socket.close().catch(() => undefined);
  return answer;
}

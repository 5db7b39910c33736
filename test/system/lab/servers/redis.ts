// Owns Redis, in memory only.
import type { Namespace } from '../namespace.ts';
import { programPath } from '../packages.ts';
import { freePort, type LabServer, startServer } from './process.ts';

interface Place {
  readonly inside?: Namespace;
  readonly address?: string;
  readonly port?: number;
  /** Clients must send it with AUTH. Undefined: no password. */
  readonly password?: string;
}

export async function startRedis(place: Place = {}): Promise<LabServer> {
  const { inside, address = '127.0.0.1', port = await freePort(), password } = place;
  const options = [
    ...['--bind', address, '--port', `${port}`, '--protected-mode', 'no'],
    ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    ...(password === undefined ? [] : ['--requirepass', password]),
  ];
  return startServer({ command: [programPath('redis'), ...options], port, inside });
}

// Owns the targets of a mixed batch: services that respond, services that stay silent, and a port that drops packets.
import type { ChildProcess } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import net from 'node:net';
import { join } from 'node:path';
import { end, findProgram, spawnOwn } from './spawn.ts';
import { FIRST_SERVICE_PORT, FULL_PORT } from './workload.ts';

export interface MixedTargets {
  /** Check types without a target on this machine, with the reason. */
  readonly without: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A connection that is not established within this time counts as dropped. */
const CONNECT_WAIT_MS = 300;

export async function openMixedTargets(host: string, scratch: string): Promise<MixedTargets> {
  const hasOpenssl = findProgram('openssl') !== null;
  if (hasOpenssl) makeCertificate(scratch);
  const folder = hasOpenssl ? [scratch] : [];
  const services = await spawnOwn('./services.ts', [host, String(FIRST_SERVICE_PORT), ...folder], {
    side: 'around',
  });
  const full = await spawnOwn('./listeners.ts', [host, String(FULL_PORT), '1', '1'], { side: 'around' });
  const fillers = await fill(full, host);
  return {
    without: hasOpenssl ? {} : { tls: 'the certificate needs openssl (Debian: openssl)' },
    async close() {
      for (const filler of fillers) filler.destroy();
      await end(full);
      await end(services);
    },
  };
}

/** Stops the process and connects until the accept queue is full. */
async function fill(listener: ChildProcess, host: string): Promise<net.Socket[]> {
  listener.kill('SIGSTOP');
  const fillers: net.Socket[] = [];
  for (let isFull = false; !isFull; ) {
    const filler = net.connect({ host, port: FULL_PORT });
    // Closing the port resets waiting connections.
    filler.on('error', () => {});
    fillers.push(filler);
    isFull = await new Promise<boolean>((resolve) => {
      filler.once('connect', () => resolve(false));
      setTimeout(resolve, CONNECT_WAIT_MS, true);
    });
  }
  return fillers;
}

function makeCertificate(folder: string): void {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', '/CN=probemesh bench', '-days', '90', '-keyout', key, '-out', cert],
    ],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`openssl did not create a certificate: ${made.stderr.slice(-300)}`);
}

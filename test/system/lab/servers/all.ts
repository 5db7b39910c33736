// Owns starting every server of the lab at once, for tests of hanging servers and of many concurrent checks.
import { type Authority, createAuthority } from '../../../support/net/certificates.ts';
import { type Folder, makeFolder } from '../folder.ts';
import { labProblem } from '../packages.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { startMail } from './mail.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { startNsd } from './nsd.ts';
import type { LabServer } from './process.ts';
import { startRedis } from './redis.ts';
import { startSshd } from './sshd.ts';

export interface Servers {
  readonly authority: Authority;
  /** Of shop.localhost. */
  readonly certificate: Certificate;
  readonly nginx: Nginx;
  readonly nsd: LabServer;
  readonly sshd: LabServer;
  readonly redis: LabServer;
  readonly mail: LabServer;
  close(): Promise<void>;
}

/** Why they cannot start here; null if they can. */
export const serversProblem = (): string | null =>
  labProblem('nginx', 'openssl', 'nsd', 'sshd', 'redis', 'smtpd');

export async function startServers(): Promise<Servers> {
  const folder = makeFolder();
  const started: LabServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.close()));
    folder.remove();
  };
  try {
    return { ...(await start(folder, started)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start({ path }: Folder, started: LabServer[]): Promise<Omit<Servers, 'close'>> {
  const kept = async <T extends LabServer>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  const authority = await createAuthority();
  const certificate = await makeCertificate(authority, path, 'shop.localhost', 90);
  return {
    authority,
    certificate,
    nginx: await kept(startNginx(path, [certificate])),
    nsd: await kept(startNsd(path)),
    sshd: await kept(startSshd(path)),
    redis: await kept(startRedis()),
    mail: await kept(startMail(certificate)),
  };
}

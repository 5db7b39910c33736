// Owns a mail server with STARTTLS that discards all mail: aiosmtpd, which is small and does not replace the machine's MTA.
import { programPath } from '../packages.ts';
import type { Certificate } from './certificate.ts';
import { freePort, type LabServer, startServer } from './process.ts';

export async function startMail({ certificatePath, keyPath }: Certificate): Promise<LabServer> {
  const port = await freePort();
  const options = ['--nosetuid', '--listen', `127.0.0.1:${port}`, '--class', 'aiosmtpd.handlers.Sink'];
  const tls = ['--tlscert', certificatePath, '--tlskey', keyPath, '--no-requiretls'];
  return startServer({ command: [programPath('smtpd'), ...options, ...tls], port });
}

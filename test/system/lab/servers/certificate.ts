// Owns certificates as files, for servers that read files.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '../../../support/net/certificates.ts';
import { programPath } from '../packages.ts';

export interface Certificate {
  readonly name: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** SHA-256 in hex with colons, as openssl prints it. */
  readonly fingerprint: string;
}

/** For a name and for 127.0.0.1. With negative `days` it has expired. */
export async function makeCertificate(
  authority: Authority,
  folder: string,
  name: string,
  days: number,
): Promise<Certificate> {
  const { key, cert } = await authority.issue(`DNS:${name},IP:127.0.0.1`, -2, days);
  const [certificatePath, keyPath] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  writeFileSync(certificatePath, cert);
  writeFileSync(keyPath, key);
  const args = ['x509', '-in', certificatePath, '-noout', '-fingerprint', '-sha256'];
  const printed = execFileSync(programPath('openssl'), args, { encoding: 'utf8' });
  return { name, certificatePath, keyPath, fingerprint: printed.trim().replace(/^.*=/, '') };
}

// Certificates of the lab: an authority of its own, and what it signs, made by openssl in a folder.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';

export interface Certificate {
  readonly name: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** SHA-256 in hex with colons, as openssl prints it. */
  readonly fingerprint: string;
}

export interface Authority {
  /** Its own certificate in PEM, as a check's options take it. */
  readonly pem: string;
  /** For a name, and for 127.0.0.1; with fewer than no days it has expired. */
  sign(name: string, days: number): Certificate;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export function makeAuthority(folder: string): Authority {
  const path = (file: string): string => join(folder, file);
  const files = ['-keyout', path('authority.key'), '-out', path('authority.pem')];
  openssl('req', '-x509', ...NEW_KEY, '-days', '3650', '-subj', '/CN=Lab authority', ...files);
  const signing = ['-CA', path('authority.pem'), '-CAkey', path('authority.key'), '-CAcreateserial'];
  return {
    pem: readFileSync(path('authority.pem'), 'utf8'),
    sign(name, days) {
      const [keyPath, requestPath] = [path(`${name}.key`), path(`${name}.csr`)];
      const [certificatePath, namesPath] = [path(`${name}.pem`), path(`${name}.names`)];
      openssl('req', ...NEW_KEY, '-subj', `/O=Lab/CN=${name}`, '-keyout', keyPath, '-out', requestPath);
      // RFC 5280, section 4.2.1.6.
      writeFileSync(namesPath, `subjectAltName=DNS:${name},IP:127.0.0.1\n`);
      const request = ['-req', '-in', requestPath, '-days', `${days}`, '-extfile', namesPath];
      openssl('x509', ...request, ...signing, '-out', certificatePath);
      const printed = openssl('x509', '-in', certificatePath, '-noout', '-fingerprint', '-sha256');
      return { name, certificatePath, keyPath, fingerprint: printed.trim().replace(/^.*=/, '') };
    },
  };
}

function openssl(...args: string[]): string {
  const done = spawnSync(programPath('openssl'), args, { encoding: 'utf8' });
  if (done.status === 0) return done.stdout;
  throw new Error(`openssl ${args[0]} failed: ${done.error?.message ?? done.stderr}`);
}

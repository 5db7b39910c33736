// Certificates of the lab: an authority of its own and one server certificate, made by openssl in a folder.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../packages.ts';

export interface Certificate {
  /** PEM of the authority that signed it, as a check's options take it. */
  readonly authority: string;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** SHA-256 in hex with colons, as openssl prints it. */
  readonly fingerprint: string;
}

/** Names and addresses as subjectAltName takes them (RFC 5280, section 4.2.1.6). */
export const LAB_NAMES = 'DNS:shop.localhost,DNS:*.lab.localhost,IP:127.0.0.1';

export function makeCertificate(folder: string, days: number, names = LAB_NAMES): Certificate {
  const path = (name: string): string => join(folder, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    ...['req', '-x509', ...key, '-days', '3650', '-subj', '/CN=Lab authority'],
    ...['-keyout', path('authority.key'), '-out', path('authority.pem')],
  );
  openssl(
    ...['req', ...key, '-subj', '/O=Lab/CN=shop.localhost'],
    ...['-keyout', path('server.key'), '-out', path('server.csr')],
  );
  writeFileSync(path('names'), `subjectAltName=${names}\n`);
  openssl(
    ...['x509', '-req', '-in', path('server.csr'), '-days', `${days}`, '-extfile', path('names')],
    ...['-CA', path('authority.pem'), '-CAkey', path('authority.key'), '-CAcreateserial'],
    ...['-out', path('server.pem')],
  );
  const printed = openssl('x509', '-in', path('server.pem'), '-noout', '-fingerprint', '-sha256');
  return {
    authority: readFileSync(path('authority.pem'), 'utf8'),
    certificatePath: path('server.pem'),
    keyPath: path('server.key'),
    fingerprint: printed.trim().replace(/^.*=/, ''),
  };
}

function openssl(...args: string[]): string {
  const done = spawnSync(programPath('openssl'), args, { encoding: 'utf8' });
  if (done.status === 0) return done.stdout;
  throw new Error(`openssl ${args[0]} failed: ${done.error?.message ?? done.stderr}`);
}

// Certificates of an authority for one test run, made by the openssl command.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programProblem } from '../missing-program.ts';

const run = promisify(execFile);
const DAY_MS = 86_400_000;

export interface Pair {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** The authority's own certificate, in PEM. */
  readonly ca: string;
  readonly key: string;
  /** `from` and `to` in days from now; `names` as in subjectAltName. */
  issue(names: string, from?: number, to?: number): Promise<Pair>;
  selfSigned(names: string): Promise<Pair>;
}

/** Why tests that need certificates are skipped; null if openssl runs. */
export const noOpenssl = programProblem('openssl', 'version');

const CONFIG = `
[ca]
default_ca = main
[main]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
`;

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** `20261124093000Z` */
const stamp = (days: number): string =>
  new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');

type Openssl = (...args: string[]) => Promise<unknown>;

/** Runs openssl in a temporary folder with these files; `read` returns a file that openssl wrote. */
async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  act: (openssl: Openssl, read: (name: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  const cwd = await mkdtemp(join(tmpdir(), 'probemesh-ca-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
    return await act(
      (...args) => run('openssl', args, { cwd }),
      (name) => readFile(join(cwd, name), 'utf8'),
    );
  } finally {
    await rm(cwd, { recursive: true });
  }
}

/** A self-signed certificate. */
function selfSigned(name: string, extension: string): Promise<Pair> {
  const options = ['-config', 'conf', '-subj', `/CN=${name}`, '-addext', extension];
  return inFolder({ conf: CONFIG }, async (openssl, read) => {
    await openssl('req', '-x509', ...KEY, '-keyout', 'key', '-out', 'crt', ...options);
    return { key: await read('key'), cert: await read('crt') };
  });
}

export interface Issued {
  readonly name: string;
  /** Lines of openssl, such as `subjectAltName = DNS:localhost`. */
  readonly extensions: string;
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
}

export const AUTHORITY = 'basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash\n';
export const SERVER = 'basicConstraints = CA:FALSE\n';

/** A certificate of any kind, issued by this pair. With `key`, the new certificate is another one for the same key. */
export function issueFrom(
  issuer: Pair,
  { name, extensions, from = -1, to = 90 }: Issued,
  key?: string,
): Promise<Pair> {
  const files = {
    ...{ conf: CONFIG, 'index.txt': '', 'ca.key': issuer.key, 'ca.crt': issuer.cert, ext: extensions },
    ...(key === undefined ? {} : { key }),
  };
  return inFolder(files, async (openssl, read) => {
    const subject = ['-config', 'conf', '-subj', `/CN=${name}`, '-utf8', '-out', 'csr'];
    if (key === undefined) await openssl('req', '-new', ...KEY, '-keyout', 'key', ...subject);
    else await openssl('req', '-new', '-key', 'key', ...subject);
    const signing = ['-batch', '-notext', '-config', 'conf', '-cert', 'ca.crt', '-keyfile', 'ca.key'];
    const span = ['-startdate', stamp(from), '-enddate', stamp(to)];
    await openssl('ca', ...signing, '-in', 'csr', '-out', 'crt', '-extfile', 'ext', ...span);
    return { key: await read('key'), cert: await read('crt') };
  });
}

export async function createAuthority(): Promise<Authority> {
  const authority = await selfSigned('Test Authority', 'basicConstraints=critical,CA:TRUE');
  let count = 0;
  return {
    ca: authority.cert,
    key: authority.key,
    issue(names, from = -1, to = 90) {
      count += 1;
      const extensions = `subjectAltName = ${names}\n${SERVER}`;
      return issueFrom(
        { key: authority.key, cert: authority.cert },
        { name: `leaf ${count}`, extensions, from, to },
      );
    },
    selfSigned: (names) => selfSigned('Self-signed', `subjectAltName=${names}`),
  };
}

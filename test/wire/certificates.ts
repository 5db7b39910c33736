// Certificates of an authority that exists for one test run only, made by the openssl command.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DAY_MS = 86_400_000;

export interface Pair {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  /** Its own certificate, in PEM. */
  readonly ca: string;
  /** `from` and `to` in days from now; `names` as in subjectAltName. */
  issue(names: string, from?: number, to?: number): Promise<Pair>;
  selfSigned(names: string): Promise<Pair>;
}

/** Why these tests cannot run here; null when they can. */
export function opensslIsMissing(): boolean {
  try {
    execFileSync('openssl', ['version']);
    return false;
  } catch (error) {
    console.warn(`skipped: the openssl command does not run here (${String(error)})`);
    return true;
  }
}

const CONFIG = `
[ca]
default_ca = it
[it]
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

export async function createAuthority(): Promise<Authority> {
  const cwd = mkdtempSync(join(tmpdir(), 'probemesh-ca-'));
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd });
  const read = (name: string): Promise<string> => readFile(join(cwd, name), 'utf8');
  await writeFile(join(cwd, 'conf'), CONFIG);
  await writeFile(join(cwd, 'index.txt'), '');
  const subject = (name: string): string[] => ['-config', 'conf', '-subj', `/CN=${name}`];
  await openssl(
    'req',
    '-x509',
    ...KEY,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    ...subject('Test Authority'),
    '-addext',
    'basicConstraints=critical,CA:TRUE',
  );
  let count = 0;
  return {
    ca: await read('ca.crt'),
    async issue(names, from = -1, to = 90) {
      count += 1;
      const [key, csr, crt, ext] = ['key', 'csr', 'crt', 'ext'].map((kind) => `${count}.${kind}`) as [
        string,
        string,
        string,
        string,
      ];
      await openssl('req', '-new', ...KEY, '-keyout', key, '-out', csr, ...subject(`leaf ${count}`));
      await writeFile(join(cwd, ext), `subjectAltName = ${names}\nbasicConstraints = CA:FALSE\n`);
      await openssl(
        'ca',
        '-batch',
        '-notext',
        '-config',
        'conf',
        '-cert',
        'ca.crt',
        '-keyfile',
        'ca.key',
        '-in',
        csr,
        '-out',
        crt,
        '-extfile',
        ext,
        '-startdate',
        stamp(from),
        '-enddate',
        stamp(to),
      );
      return { key: await read(key), cert: await read(crt) };
    },
    async selfSigned(names) {
      count += 1;
      const [key, crt] = [`${count}.key`, `${count}.crt`];
      await openssl(
        'req',
        '-x509',
        ...KEY,
        '-keyout',
        key,
        '-out',
        crt,
        ...subject('Nobody'),
        '-addext',
        `subjectAltName=${names}`,
      );
      return { key: await read(key), cert: await read(crt) };
    },
  };
}

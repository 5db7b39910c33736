// Owns the hash of passwords: scrypt as a PHC string, so that its parameters can grow. Does not decide who may sign in.
import { Buffer } from 'node:buffer';
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

interface Parameters {
  /** Binary logarithm of the cost N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/**
 * OWASP's parameters with the least memory, 16 MiB: a Worker has 128 MB for all its requests
 * (cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html). workerd allows N · r · p up to 2^20
 * (src/workerd/io/limit-enforcer.h), and this is 655,360.
 */
export const CURRENT: Parameters = { ln: 14, r: 8, p: 5 };
const MAX_COST = 2 ** 20;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** github.com/P-H-C/phc-string-format: base64 without padding. */
const PHC =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43,86})$/;

/** A password may be typed on a device that composes letters otherwise (NIST SP 800-63B, section 3.1.1.2). */
const bytesOf = (password: string): Buffer => Buffer.from(password.normalize('NFKC'), 'utf8');

const derive = (password: string, salt: Buffer, bytes: number, { ln, r, p }: Parameters): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const N = 2 ** ln;
    scrypt(bytesOf(password), salt, bytes, { N, r, p, maxmem: 256 * N * r }, (error, key) =>
      error ? reject(error) : resolve(Buffer.from(key)),
    );
  });

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

const phc = ({ ln, r, p }: Parameters, salt: Buffer, hash: Buffer): string =>
  `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}`;

/** `parameters` for tests of a change of them. */
export async function hashPassword(password: string, parameters = CURRENT): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return phc(parameters, salt, await derive(password, salt, HASH_BYTES, parameters));
}

/** An account that does not exist costs as much time as one that does: no password has this hash. */
const NO_ONES_HASH = phc(CURRENT, Buffer.alloc(SALT_BYTES), Buffer.alloc(HASH_BYTES));

interface Parsed extends Parameters {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

function parse(stored: string): Parsed {
  const [, ln, r, p, salt = '', hash = ''] = PHC.exec(stored) ?? [];
  const parameters = { ln: Number(ln), r: Number(r), p: Number(p) };
  // A cost that production refuses would make every sign-in of the person a bug.
  if (!(2 ** parameters.ln * parameters.r * parameters.p <= MAX_COST))
    throw new Error(
      'the stored password hash is malformed, or costs more than Workers allow: set a new password',
    );
  return { ...parameters, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** `stored` null: there is no such account, or it has no password. That takes as long as a wrong password. */
export async function isPassword(password: string, stored: string | null): Promise<boolean> {
  const { salt, hash, ...parameters } = parse(stored ?? NO_ONES_HASH);
  const derived = await derive(password, salt, hash.length, parameters);
  return timingSafeEqual(derived, hash) && stored !== null;
}

/** Whether the hash was made with other parameters than today's. */
export function needsRehash(stored: string): boolean {
  const { ln, r, p } = parse(stored);
  return ln !== CURRENT.ln || r !== CURRENT.r || p !== CURRENT.p;
}

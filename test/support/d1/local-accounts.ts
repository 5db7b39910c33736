// Owns local people with credentials, for tests, and their sign-in as a browser does it.
import { Secret, TOTP } from 'otpauth';
import type { Role } from '../../../src/access/role.ts';
import { hashPassword } from '../../../src/services/local-accounts/password.ts';
import { hashRecoveryCode } from '../../../src/services/local-accounts/recovery-codes.ts';
import { newTotpSecret } from '../../../src/services/local-accounts/totp.ts';
import { hashToken, newId, newToken } from '../../../src/services/tokens.ts';
import { runBatch } from '../../../src/store/database.ts';
import { seal, totpPlace } from '../../../src/store/encryption.ts';
import { insertInvitation } from '../../../src/store/invitations.ts';
import { insertPerson, LOCAL_ISSUER, type NewPersonRow } from '../../../src/store/people.ts';
import { replaceRecoveryCodes } from '../../../src/store/recovery-codes.ts';
import type { Authenticator } from '../worker/authenticator.ts';
import { derivations } from '../worker/limited-node-crypto.ts';
import type { BrowserSession } from './browser-session.ts';
import type { Answered } from './http-mesh.ts';
import { bindings, clock } from './http-mesh.ts';

export const PASSWORD = 'four random words here';

/** These tests are about who may sign in, not about the hash. */
derivations.quick = true;

export const keys = { encryptionKey: bindings.ENCRYPTION_KEY };

let people = 0;

export interface Account {
  readonly id: string;
  readonly username: string;
  readonly totpSecret: string;
  readonly recoveryCodes: readonly string[];
}

/** A person without credentials, who can be invited. */
export async function addPerson(role: Role | null, changes: Partial<NewPersonRow> = {}): Promise<Account> {
  people += 1;
  const { now } = clock;
  const id = newId('per');
  const username = changes.username ?? `person-${people}`;
  const row = { id, issuer: LOCAL_ISSUER, subject: id, name: `Person ${people}`, username, role };
  await runBatch(bindings.DB, [
    insertPerson(bindings.DB, { ...row, createdAt: now, updatedAt: now, ...changes }),
  ]);
  return { id, username, totpSecret: '', recoveryCodes: [] };
}

/** A person with a password, an authenticator app and two recovery codes. */
export async function addPasswordAccount(
  role: Role | null = 'viewer',
  changes: Partial<NewPersonRow> = {},
): Promise<Account> {
  const passwordHash = await hashPassword(PASSWORD);
  const account = await addPerson(role, { passwordHash, ...changes });
  const totpSecret = newTotpSecret();
  const recoveryCodes = ['0000-1111-2222-3333', '4444-5555-6666-7777'];
  const hashes = await Promise.all(recoveryCodes.map((code) => hashRecoveryCode(account.id, code)));
  const sealed = await seal(keys, totpPlace(account.id), totpSecret);
  await bindings.DB.prepare('UPDATE people SET totp_secret = ? WHERE id = ?').bind(sealed, account.id).run();
  await runBatch(bindings.DB, replaceRecoveryCodes(bindings.DB, account.id, hashes, clock.now));
  return { ...account, totpSecret, recoveryCodes };
}

/** The link of an invitation. */
export async function invite(personId: string, createdAt = clock.now): Promise<string> {
  const token = newToken('pmi');
  const row = { hash: await hashToken(token), personId, createdAt, expiresAt: createdAt + 72 * 3_600_000 };
  await runBatch(bindings.DB, [insertInvitation(bindings.DB, row)]);
  return `/invitation?token=${token}`;
}

export const codeOf = (secret: string, at = clock.now): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: at });

/** Both steps with a password. */
export async function signInWithPassword(browser: BrowserSession, account: Account): Promise<Answered> {
  // The code of this moment may have been used.
  clock.now += 60_000;
  await browser.submit('/sign-in/password', { username: account.username, password: PASSWORD });
  return browser.submit('/sign-in/code', { code: codeOf(account.totpSecret) });
}

/** Sets a passkey with an invitation, and signs in by that. */
export async function enrolPasskey(
  browser: BrowserSession,
  personId: string,
  authenticator: Authenticator,
): Promise<Answered> {
  await browser.get(await invite(personId));
  const options = await browser.call('/invitation/passkey/options', {});
  const credential = await authenticator.create(options.json);
  return browser.call('/invitation/passkey', { credential, name: 'My phone' });
}

export async function signInWithPasskey(
  browser: BrowserSession,
  authenticator: Authenticator,
): Promise<Answered> {
  const { json } = await browser.call('/sign-in/passkey/options', {});
  return browser.call('/sign-in/passkey', { credential: await authenticator.get(json) });
}

/** Every action of the audit log, oldest first. */
export async function auditActions(): Promise<string[]> {
  const { results } = await bindings.DB.prepare('SELECT action FROM audit_entries ORDER BY seq').all<{
    action: string;
  }>();
  return results.map(({ action }) => action);
}

export const countRows = async (table: string, personId: string): Promise<number> =>
  (await bindings.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE person_id = ?`)
    .bind(personId)
    .first<number>('n')) ?? 0;

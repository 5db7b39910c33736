// Owns what a new passkey or a new password writes, and its entry in the audit log. Does not run the transaction.
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Statement } from '../../store/database.ts';
import { seal, totpPlace } from '../../store/encryption.ts';
import { insertPasskey } from '../../store/passkeys.ts';
import type { NewPersonRow } from '../../store/people.ts';
import { replaceRecoveryCodes } from '../../store/recovery-codes.ts';
import { hashPassword } from './password.ts';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-codes.ts';
import { totpStepOf } from './totp.ts';
import type { VerifiedPasskey } from './webauthn.ts';

type Deps = EncryptionKeys & { readonly db: D1Database };

export interface NewCredential {
  readonly method: 'passkey' | 'password';
  /** Columns of the person. */
  readonly values: Pick<NewPersonRow, 'passwordHash' | 'totpSecret' | 'totpStep'>;
  /** Rows beside the person. */
  readonly statements: readonly Statement[];
  /** For the audit log. Without secrets. */
  readonly details: Readonly<Record<string, unknown>>;
  /** To be shown once. */
  readonly recoveryCodes: readonly string[];
}

const MAX_NAME_LENGTH = 60;

/** What a person calls a passkey, in one line. */
export const passkeyName = (text: unknown): string => {
  const name = typeof text === 'string' ? text.replace(/[\p{C}\s]+/gu, ' ').trim() : '';
  return [...name].slice(0, MAX_NAME_LENGTH).join('') || 'Passkey';
};

export const newPasskey = (
  { db }: Deps,
  personId: string,
  passkey: VerifiedPasskey & { readonly name: string },
  now: number,
): NewCredential => ({
  method: 'passkey',
  values: { passwordHash: null, totpSecret: null, totpStep: 0 },
  statements: [insertPasskey(db, { ...passkey, personId, createdAt: now, lastUsedAt: null })],
  details: { passkey: passkey.name },
  recoveryCodes: [],
});

export interface TypedPassword {
  readonly password: string;
  /** Base32. */
  readonly totpSecret: string;
  /** Proves that the app has the secret. */
  readonly code: string;
}

/** Null if the code does not belong to the secret. */
export async function newPassword(
  config: Deps,
  personId: string,
  { password, totpSecret, code }: TypedPassword,
  now: number,
): Promise<NewCredential | null> {
  const totpStep = totpStepOf(totpSecret, code, now, 0);
  if (totpStep === null) return null;
  const [passwordHash, sealed, codes] = await Promise.all([
    hashPassword(password),
    seal(config, totpPlace(personId), totpSecret),
    makeRecoveryCodes(config.db, personId, now),
  ]);
  return {
    method: 'password',
    values: { passwordHash, totpSecret: sealed, totpStep },
    statements: codes.statements,
    details: { password: 'set', authenticator: 'set', recoveryCodes: codes.recoveryCodes.length },
    recoveryCodes: codes.recoveryCodes,
  };
}

/** New recovery codes, and the statements that replace the ones of before. */
export async function makeRecoveryCodes(
  db: D1Database,
  personId: string,
  now: number,
): Promise<Pick<NewCredential, 'recoveryCodes' | 'statements'>> {
  const recoveryCodes = newRecoveryCodes();
  const hashes = await Promise.all(recoveryCodes.map((code) => hashRecoveryCode(personId, code)));
  return { recoveryCodes, statements: replaceRecoveryCodes(db, personId, hashes, now) };
}

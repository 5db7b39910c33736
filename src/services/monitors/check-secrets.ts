// Owns the secrets of a check that is written: takes the values out, encrypts them, and puts them back.
// A stored value is not sent to another origin. Does not write a value into a message or a log.
import { findCheck } from '../../../probes/checks/catalogue.ts';
import { type CheckInput, secretUsesOf, secretUsesOfParsed } from '../../../probes/checks/check-input.ts';
import { describeMove, findMove } from '../../../probes/checks/shared/secret-origin.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { monitorPlace, seal, unseal } from '../../store/encryption.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import { checkSizeError } from './check-size.ts';

/** Values by name. */
export type Secrets = Readonly<Record<string, string>>;

/** The check and the encrypted values of a monitor. */
type StoredCheck = Pick<MonitorRow, 'number' | 'check' | 'secrets'>;

/** The stored values that a null in a written check stands for, or why they are unavailable. */
type StoredSecrets = { readonly values: Secrets } | { readonly unavailable: string };

const NOTHING_STORED = { unavailable: 'No value is stored under this name: write the value.' };

/**
 * The stored form of a check: null in place of each value, and the values encrypted (null if there are none). A null
 * in `check` keeps the value of `existing`. A name that is not written is deleted. If no value changes, the encrypted
 * text stays the same.
 */
export async function sealCheckSecrets(
  keys: EncryptionKeys,
  { number, check }: Pick<StoredCheck, 'number' | 'check'>,
  existing: StoredCheck | null,
): Promise<Result<Pick<MonitorRow, 'check' | 'secrets'>, ValidationError>> {
  const moved = existing && movedSecret(check, existing.check);
  if (moved) return err(moved);
  const stored = await decryptStored(keys, existing);
  // Without the key, a monitor can still be paused or renamed.
  if ('unavailable' in stored && existing?.secrets && isUnchanged(check, existing.check))
    return ok({ check, secrets: existing.secrets });
  const filled = fillIn(check, stored);
  if (!filled.ok) return filled;
  const values = filled.value;
  if (Object.keys(values).length === 0) return ok({ check, secrets: null });
  const names = Object.fromEntries(Object.keys(values).map((name) => [name, null]));
  const isSame = 'values' in stored && JSON.stringify(stored.values) === JSON.stringify(values);
  const secrets = isSame && existing ? existing.secrets : await seal(keys, monitorPlace(number), values);
  return ok({ check: { ...check, secrets: names }, secrets });
}

/** The same names, and no value written. */
function isUnchanged({ secrets = {} }: CheckInput, stored: CheckInput): boolean {
  const names = (of: unknown): string => JSON.stringify(Object.keys(of as object).sort());
  return (
    keptNames(secrets).length === Object.keys(secrets as object).length &&
    names(secrets) === names(stored.secrets ?? {})
  );
}

/** The values of a check that runs without being stored. A null takes the value of `existing`. */
export async function resolveSecrets(
  keys: EncryptionKeys,
  check: CheckInput,
  existing: StoredCheck | null,
): Promise<Result<Secrets, ValidationError>> {
  const moved = existing && movedSecret(check, existing.check);
  if (moved) return err(moved);
  return fillIn(check, await decryptStored(keys, existing));
}

/** The check as the probe needs it. */
export const withSecretValues = (check: CheckInput, secrets: Secrets): CheckInput =>
  check.secrets === undefined ? check : { ...check, secrets };

/** Names whose stored value is kept. */
const keptNames = (secrets: unknown): string[] =>
  Object.entries((secrets ?? {}) as object).flatMap(([name, value]) => (value === null ? [name] : []));

/** Names whose value is written. */
export const writtenSecretNames = ({ secrets }: CheckInput): string[] =>
  Object.entries((secrets ?? {}) as object)
    .flatMap(([name, value]) => (value === null ? [] : [name]))
    .toSorted();

/** Rejects a stored value that would be sent to an origin, or under a trust, that the value was not written for. */
function movedSecret(check: CheckInput, stored: CheckInput): ValidationError | null {
  const known = Object.keys((stored.secrets ?? {}) as object);
  const kept = keptNames(check.secrets).filter((name) => known.includes(name));
  if (kept.length === 0 || isSameCheck(check, stored)) return null;
  const before = secretUsesOf(stored);
  const after = secretUsesOfParsed(check);
  for (const name of kept) {
    const move = findMove(name, before, after);
    if (move) return { kind: 'invalid', path: ['check', 'secrets', name], message: describeMove(move) };
  }
  return null;
}

/** Spares most updates the parsing of the stored check. */
function isSameCheck(
  { secrets: _written, ...a }: CheckInput,
  { secrets: _stored, ...b }: CheckInput,
): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Does not throw for a changed key: new values can be written. */
async function decryptStored(keys: EncryptionKeys, existing: StoredCheck | null): Promise<StoredSecrets> {
  if (!existing?.secrets) return NOTHING_STORED;
  try {
    return { values: await unseal<Secrets>(keys, monitorPlace(existing.number), existing.secrets) };
  } catch {
    // The fix is the same for a wrong key and for a damaged text.
    return { unavailable: 'The stored value cannot be decrypted with this ENCRYPTION_KEY: write it again.' };
  }
}

/** Every value, in the order of names. */
function fillIn(check: CheckInput, stored: StoredSecrets): Result<Secrets, ValidationError> {
  const written = Object.entries((check.secrets ?? {}) as Record<string, string | null>);
  const values: Record<string, string> = {};
  for (const [name, given] of written.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const kept = 'values' in stored && Object.hasOwn(stored.values, name) ? stored.values[name] : undefined;
    const value = given ?? kept;
    if (value === undefined) {
      const { unavailable } = 'unavailable' in stored ? stored : NOTHING_STORED;
      return err({ kind: 'invalid', path: ['check', 'secrets', name], message: unavailable });
    }
    values[name] = value;
  }
  const filled = withSecretValues(check, values);
  const error =
    (written.some(([, given]) => given === null) ? checkError(filled) : null) ?? checkSizeError(filled);
  return error ? err(error) : ok(values);
}

/** The first parse did not include stored values: a rule may forbid one where it is used now. */
function checkError(check: CheckInput): ValidationError | null {
  const issue = findCheck(check.type)?.options.safeParse(check).error?.issues[0];
  if (!issue) return null;
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  return { kind: 'invalid', path: ['check', ...path], message: issue.message };
}

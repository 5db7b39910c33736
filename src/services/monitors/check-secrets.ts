// Takes the values of secrets out of a check that is written, seals them, and puts them back. Nothing here says a value.
import { findCheck } from '../../../probes/checks/catalogue.ts';
import type { CheckInput } from '../../../probes/checks/check-input.ts';
import type { MonitorRow } from '../../channels/webhook-body.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { seal, unseal } from '../../store/encryption.ts';

/** Values by name. */
export type Secrets = Readonly<Record<string, string>>;

/** A monitor's values as they are stored: sealed. */
type Sealed = Pick<MonitorRow, 'secrets'>;

/** What a null in a written check stands for: the stored values, or why there are none. */
type StoredSecrets = { readonly values: Secrets } | { readonly missing: string };

const NOTHING = { missing: 'Nothing is stored under this name: write the value.' };

/**
 * What is stored of a check: null in place of each value, and the values sealed (null where there are none). A null
 * that is written stands for the value that `existing` has under this name; a name that is not written is forgotten.
 * Where no value changes, the sealed text stays as it is.
 */
export async function sealCheckSecrets(
  encryptionKey: string,
  check: CheckInput,
  existing: Pick<MonitorRow, 'check' | 'secrets'> | null,
): Promise<Result<Pick<MonitorRow, 'check' | 'secrets'>, ValidationError>> {
  const known = await decryptStored(encryptionKey, existing);
  // With a key that was lost a monitor can still be paused, or given another name.
  if ('missing' in known && existing?.secrets && isUnchanged(check, existing.check))
    return ok({ check, secrets: existing.secrets });
  const completed = fillIn(check, known);
  if (!completed.ok) return completed;
  const values = completed.value;
  if (Object.keys(values).length === 0) return ok({ check, secrets: null });
  const shown = Object.fromEntries(Object.keys(values).map((name) => [name, null]));
  const isSame = 'values' in known && JSON.stringify(known.values) === JSON.stringify(values);
  const secrets = isSame && existing ? existing.secrets : await seal(encryptionKey, values);
  return ok({ check: { ...check, secrets: shown }, secrets });
}

/** The same secrets by name, and no value written. */
function isUnchanged({ secrets = {} }: CheckInput, stored: CheckInput): boolean {
  const names = (of: unknown): string => JSON.stringify(Object.keys(of as object).sort());
  return (
    Object.values(secrets as object).every((value) => value === null) &&
    names(secrets) === names(stored.secrets ?? {})
  );
}

/** The values of a check that is run without being stored; those that are null come from `existing`. */
export async function resolveSecrets(
  encryptionKey: string,
  check: CheckInput,
  existing: Sealed | null,
): Promise<Result<Secrets, ValidationError>> {
  return fillIn(check, await decryptStored(encryptionKey, existing));
}

/** As the probe needs it. */
export const withSecretValues = (check: CheckInput, secrets: Secrets): CheckInput =>
  check.secrets === undefined ? check : { ...check, secrets };

/** Nothing is thrown for a key that has changed: the values can be written anew. */
async function decryptStored(encryptionKey: string, existing: Sealed | null): Promise<StoredSecrets> {
  if (!existing?.secrets) return NOTHING;
  try {
    return { values: await unseal<Secrets>(encryptionKey, existing.secrets) };
  } catch {
    // Whatever is wrong with a sealed text, this is what can be done about it.
    return { missing: 'The stored value cannot be opened with this ENCRYPTION_KEY: write it anew.' };
  }
}

/** Every value, in the order of names. The check is judged with them, for its rules may look at what was stored. */
function fillIn(check: CheckInput, known: StoredSecrets): Result<Secrets, ValidationError> {
  const written = Object.entries((check.secrets ?? {}) as Record<string, string | null>);
  const values: Record<string, string> = {};
  for (const [name, given] of written.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const stored = 'values' in known && Object.hasOwn(known.values, name) ? known.values[name] : undefined;
    const value = given ?? stored;
    if (value === undefined) {
      const { missing } = 'missing' in known ? known : NOTHING;
      return err({ kind: 'invalid', path: ['check', 'secrets', name], message: missing });
    }
    values[name] = value;
  }
  const issue = findCheck(check.type)?.options.safeParse(withSecretValues(check, values)).error?.issues[0];
  if (!issue) return ok(values);
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  return err({ kind: 'invalid', path: ['check', ...path], message: issue.message });
}

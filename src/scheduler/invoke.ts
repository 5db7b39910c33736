// Owns the checks that a tick sends to probes: secrets in plain text, decrypted once while the isolate lives.
import type { CheckInput } from '../../probes/checks/check-input.ts';
import type { CheckRun } from '../../probes/contract/index.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { ReportedObservation } from '../engine/model/journal.ts';
import type { Fleet, InvocationResult } from '../fleet/fleet.ts';
import { log } from '../log.ts';
import { type Secrets, withSecretValues } from '../services/monitors/check-secrets.ts';
import { monitorPlace, unseal } from '../store/encryption.ts';
import { listChecks } from '../store/monitors.ts';

/** A check that is ready to be sent. Null if its secrets cannot be decrypted. */
export type ResolvedCheck = CheckInput | null;

const UNDECRYPTABLE =
  'the secrets of this check cannot be decrypted with this ENCRYPTION_KEY: restore the key, or write the secrets again';

/** Decrypted secrets by keys, monitor and encrypted text: a warm tick decrypts nothing, and a copied text is not found. */
const decryptedCache = new Map<string, Secrets>();

/** The check of each monitor, by monitor number. */
export async function loadResolvedChecks(
  db: D1Database,
  keys: EncryptionKeys,
): Promise<ReadonlyMap<number, ResolvedCheck>> {
  const rows = await listChecks(db);
  const used = new Set<string>();
  const entries = await Promise.all(
    rows.map(async ({ number, check, secrets }): Promise<[number, ResolvedCheck]> => {
      if (secrets === null) return [number, check];
      used.add(keyOf(keys, number, secrets));
      const values = await decrypt(keys, number, secrets);
      return [number, values && withSecretValues(check, values)];
    }),
  );
  for (const key of decryptedCache.keys()) if (!used.has(key)) decryptedCache.delete(key);
  const undecryptable = entries.flatMap(([number, check]) => (check === null ? [number] : []));
  if (undecryptable.length > 0)
    log.warn('tick.secrets_undecryptable', { monitors: undecryptable.slice(0, 100), error: UNDECRYPTABLE });
  return new Map(entries);
}

const keyOf = (
  { encryptionKey, previousEncryptionKey = '' }: EncryptionKeys,
  number: number,
  sealed: string,
): string => `${encryptionKey} ${previousEncryptionKey} ${number} ${sealed}`;

async function decrypt(keys: EncryptionKeys, number: number, sealed: string): Promise<Secrets | null> {
  const key = keyOf(keys, number, sealed);
  const known = decryptedCache.get(key);
  if (known) return known;
  try {
    const values = await unseal<Secrets>(keys, monitorPlace(number), sealed);
    decryptedCache.set(key, values);
    return values;
  } catch {
    // Logged once for all monitors. The fix is the same for a wrong key and for a damaged text.
    return null;
  }
}

/** A run that is due, with its check. */
export interface DueRun {
  readonly id: number;
  readonly check: ResolvedCheck;
}

/**
 * Invokes a location and returns exactly one observation for each run. A run that cannot be sent is unmeasured: that is
 * the coordinator's own fault, and it never votes.
 */
export async function invokeLocation(
  fleet: Fleet,
  to: { readonly location: string; readonly mayHang: boolean },
  due: readonly DueRun[],
  now: () => number,
): Promise<InvocationResult> {
  const undecryptable = due.filter(({ check }) => check === null);
  const runs = due.flatMap(({ id, check }): CheckRun[] => (check === null ? [] : [{ id, check }]));
  if (runs.length === 0) return notSent(undecryptable, now());
  const result = await fleet.invoke({ ...to, runs });
  const unsent = undecryptable.map(unmeasured(result.askedAt));
  return { ...result, observations: [...result.observations, ...unsent] };
}

const notSent = (runs: readonly DueRun[], at: number): InvocationResult => ({
  askedAt: at,
  answeredAt: at,
  error: UNDECRYPTABLE,
  missedDeadline: false,
  observations: runs.map(unmeasured(at)),
});

const unmeasured =
  (startedAt: number) =>
  ({ id }: DueRun): ReportedObservation => ({
    monitor: id,
    startedAt,
    outcome: 'unmeasured',
    reason: 'invoke_error',
    detail: UNDECRYPTABLE,
    timings: {},
  });

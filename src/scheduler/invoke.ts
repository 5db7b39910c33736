// Owns the checks that a tick sends to probes: secrets in plain text, decrypted once while the isolate lives.
import type { CheckInput } from '../../probes/checks/check-input.ts';
import type { CheckRun } from '../../probes/contract/index.ts';
import type { EncryptionKeys } from '../encryption-key.ts';
import type { ReportedObservation } from '../engine/model/journal.ts';
import type { Fleet, InvocationResult } from '../fleet/fleet.ts';
import { type JobLimits, splitJob } from '../fleet/split-job.ts';
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

/** One job of a planned invocation. */
export interface Part {
  readonly monitors: readonly number[];
  /** Invokes the location. Exactly one observation for each of the monitors. */
  run(): Promise<InvocationResult>;
}

/**
 * The jobs of one planned invocation. A run that cannot be sent is unmeasured, beside those of the first job: that is
 * the coordinator's own fault, and it never votes.
 */
export function splitInvocation(
  fleet: Fleet,
  to: { readonly location: string; readonly mayHang: boolean },
  due: readonly DueRun[],
  { limits, now }: { readonly limits: JobLimits; now(): number },
): Part[] {
  const unsent = due.flatMap(({ id, check }): Unsent[] =>
    check === null ? [{ id, detail: UNDECRYPTABLE }] : [],
  );
  const runs = due.flatMap(({ id, check }): CheckRun[] => (check === null ? [] : [{ id, check }]));
  const { jobs, tooLarge } = splitJob(runs, limits);
  for (const { run, bytes } of tooLarge) unsent.push({ id: run.id, detail: tooLargeDetail(bytes, limits) });
  const [first, ...others] = jobs.map(
    (job): Part => ({ monitors: job.map(({ id }) => id), run: () => fleet.invoke({ ...to, runs: job }) }),
  );
  if (unsent.length === 0) return first ? [first, ...others] : [];
  return [first ? withUnsent(first, unsent) : onlyUnsent(unsent, now), ...others];
}

interface Unsent {
  readonly id: number;
  readonly detail: string;
}

const tooLargeDetail = (bytes: number, { maxBytes }: JobLimits): string =>
  `this check has ${bytes} bytes, but a job carries at most ${maxBytes}: shorten its body, headers or steps`;

const idsOf = (unsent: readonly Unsent[]): number[] => unsent.map(({ id }) => id);

const withUnsent = ({ monitors, run }: Part, unsent: readonly Unsent[]): Part => ({
  monitors: [...monitors, ...idsOf(unsent)],
  run: async () => {
    const result = await run();
    return { ...result, observations: [...result.observations, ...unsent.map(unmeasured(result.askedAt))] };
  },
});

const onlyUnsent = (unsent: readonly Unsent[], now: () => number): Part => ({
  monitors: idsOf(unsent),
  run: async () => {
    const at = now();
    const error = unsent[0]!.detail;
    const observations = unsent.map(unmeasured(at));
    return { askedAt: at, answeredAt: at, error, missedDeadline: false, observations };
  },
});

const unmeasured =
  (startedAt: number) =>
  ({ id, detail }: Unsent): ReportedObservation => ({
    ...{ monitor: id, startedAt, outcome: 'unmeasured', reason: 'invoke_error', detail, timings: {} },
  });

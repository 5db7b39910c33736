// What a tick asks of probes: each monitor's check with its secrets in place, opened once as long as the isolate lives.
import type { CheckInput } from '../../probes/checks/check-input.ts';
import type { CheckRun } from '../../probes/contract/index.ts';
import type { ReportedObservation } from '../engine/model/journal.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { redactDeep } from '../fleet/redact.ts';
import type { InvocationResult } from '../fleet/report.ts';
import { log } from '../log.ts';
import { type Secrets, withSecretValues } from '../services/monitors/check-secrets.ts';
import { unseal } from '../store/encryption.ts';
import { monitors } from '../store/schema.ts';
import type { Database } from '../store/shard.ts';

/** A check that is ready to be sent, or null where its secrets cannot be opened. */
export interface ResolvedCheck {
  readonly check: CheckInput;
  readonly secrets: Secrets | null;
}

const UNDECRYPTABLE =
  'the secrets of this check cannot be opened with this ENCRYPTION_KEY: restore the key, or write the secrets anew';

const NO_SECRETS: Secrets = {};

/** Opened secrets by key and sealed text: a warm tick decrypts nothing. */
const decryptedCache = new Map<string, Secrets>();

/** What each monitor's check asks of the probe, by monitor number. */
export async function loadResolvedChecks(
  orm: Database,
  encryptionKey: string,
): Promise<ReadonlyMap<number, ResolvedCheck>> {
  const { number, check, secrets } = monitors;
  const rows = await orm.select({ number, check, secrets }).from(monitors);
  const used = new Set<string>();
  const entries = await Promise.all(
    rows.map(async (row): Promise<[number, ResolvedCheck]> => {
      if (row.secrets === null) return [row.number, { check: row.check, secrets: NO_SECRETS }];
      used.add(keyOf(encryptionKey, row.secrets));
      const values = await decrypt(encryptionKey, row.secrets);
      return [
        row.number,
        { check: values ? withSecretValues(row.check, values) : row.check, secrets: values },
      ];
    }),
  );
  for (const key of decryptedCache.keys()) if (!used.has(key)) decryptedCache.delete(key);
  const closed = entries.flatMap(([number, { secrets }]) => (secrets === null ? [number] : []));
  if (closed.length > 0)
    log.warn('tick.secrets_closed', { monitors: closed.slice(0, 100), error: UNDECRYPTABLE });
  return new Map(entries);
}

const keyOf = (encryptionKey: string, sealed: string): string => `${encryptionKey} ${sealed}`;

async function decrypt(encryptionKey: string, sealed: string): Promise<Secrets | null> {
  const key = keyOf(encryptionKey, sealed);
  const known = decryptedCache.get(key);
  if (known) return known;
  try {
    const values = await unseal<Secrets>(encryptionKey, sealed);
    decryptedCache.set(key, values);
    return values;
  } catch {
    // Told once for all of them; what can be done is the same, whatever is wrong with the key or the text.
    return null;
  }
}

/** One planned look, with the check it is to run. */
export interface DueRun {
  readonly id: number;
  readonly resolved: ResolvedCheck;
}

/**
 * Asks a location, and hears exactly one observation a look. What cannot be sent is unmeasured: it is the mesh's own
 * fault, and never votes. No secret comes back, whatever a probe says.
 */
export async function invokeLocation(
  fleet: Fleet,
  to: { readonly location: string; readonly mayHang: boolean },
  due: readonly DueRun[],
  now: () => number,
): Promise<InvocationResult> {
  const closed = due.filter(({ resolved }) => resolved.secrets === null);
  const runs = due.flatMap(({ id, resolved }): CheckRun[] =>
    resolved.secrets === null ? [] : [{ id, check: resolved.check }],
  );
  if (runs.length === 0) return notSent(closed, now());
  const heard = withoutSecrets(await fleet.invoke({ ...to, runs }), due);
  return { ...heard, observations: [...heard.observations, ...closed.map(undecryptable(heard.askedAt))] };
}

const notSent = (closed: readonly DueRun[], at: number): InvocationResult => ({
  askedAt: at,
  answeredAt: at,
  error: UNDECRYPTABLE,
  missedDeadline: false,
  observations: closed.map(undecryptable(at)),
});

const undecryptable =
  (startedAt: number) =>
  ({ id }: DueRun): ReportedObservation => ({
    monitor: id,
    startedAt,
    outcome: 'unmeasured',
    reason: 'invoke_error',
    detail: UNDECRYPTABLE,
    timings: {},
  });

/** A report's error may quote any part of the job. */
function withoutSecrets(heard: InvocationResult, due: readonly DueRun[]): InvocationResult {
  const secretsOf = new Map(due.map(({ id, resolved }) => [id, resolved.secrets ?? NO_SECRETS]));
  if (due.every(({ resolved }) => resolved.secrets === NO_SECRETS)) return heard;
  const error = [...secretsOf.values()].reduce((text, secrets) => redactDeep(text, secrets), heard.error);
  const observations = heard.observations.map((observation) =>
    redactDeep(observation, secretsOf.get(observation.monitor) ?? NO_SECRETS),
  );
  return { ...heard, error, observations };
}

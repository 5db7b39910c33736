// What a tick asks of probes: each monitor's check with its secrets in place, opened once as long as the isolate lives.
import type { WrittenCheck } from '../../probes/checks/check-input.ts';
import type { Look } from '../../probes/contract/index.ts';
import type { JournalObservation } from '../engine/model/journal.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { blotted } from '../fleet/redact.ts';
import type { Heard } from '../fleet/report.ts';
import { type Secrets, withValues } from '../services/monitors/check-secrets.ts';
import { unseal } from '../store/encryption.ts';
import { monitors } from '../store/schema.ts';
import type { Database } from '../store/shard.ts';

/** A check that is ready to be sent, or null where its secrets cannot be opened. */
export interface JobCheck {
  readonly check: WrittenCheck;
  readonly secrets: Secrets | null;
}

const CLOSED =
  'the secrets of this check cannot be opened with this ENCRYPTION_KEY: restore the key, or write the secrets anew';

const NONE: Secrets = {};

/** Opened secrets by key and sealed text: a warm tick decrypts nothing. */
const opened = new Map<string, Secrets>();

/** What each monitor's check asks of the probe, by monitor number. */
export async function loadJobChecks(
  orm: Database,
  encryptionKey: string,
): Promise<ReadonlyMap<number, JobCheck>> {
  const { number, check, secrets } = monitors;
  const rows = await orm.select({ number, check, secrets }).from(monitors);
  const used = new Set<string>();
  const entries = await Promise.all(
    rows.map(async (row): Promise<[number, JobCheck]> => {
      if (row.secrets === null) return [row.number, { check: row.check, secrets: NONE }];
      used.add(keyOf(encryptionKey, row.secrets));
      const values = await open(encryptionKey, row.secrets);
      return [row.number, { check: values ? withValues(row.check, values) : row.check, secrets: values }];
    }),
  );
  for (const key of opened.keys()) if (!used.has(key)) opened.delete(key);
  const closed = entries.flatMap(([number, { secrets }]) => (secrets === null ? [number] : []));
  if (closed.length > 0)
    console.warn(
      JSON.stringify({ event: 'tick.secrets_closed', monitors: closed.slice(0, 100), error: CLOSED }),
    );
  return new Map(entries);
}

const keyOf = (encryptionKey: string, sealed: string): string => `${encryptionKey} ${sealed}`;

async function open(encryptionKey: string, sealed: string): Promise<Secrets | null> {
  const key = keyOf(encryptionKey, sealed);
  const known = opened.get(key);
  if (known) return known;
  try {
    const values = await unseal<Secrets>(encryptionKey, sealed);
    opened.set(key, values);
    return values;
  } catch {
    // Told once for all of them; what can be done is the same, whatever is wrong with the key or the text.
    return null;
  }
}

/** One planned look, with the check it is to run. */
export interface DueLook {
  readonly id: number;
  readonly job: JobCheck;
}

/**
 * Asks a location, and hears exactly one observation a look. What cannot be sent is unmeasured: it is the mesh's own
 * fault, and never votes. No secret comes back, whatever a probe says.
 */
export async function askFor(
  fleet: Fleet,
  to: { readonly location: string; readonly suspect: boolean },
  due: readonly DueLook[],
  now: () => number,
): Promise<Heard> {
  const closed = due.filter(({ job }) => job.secrets === null);
  const looks = due.flatMap(({ id, job }): Look[] =>
    job.secrets === null ? [] : [{ id, check: job.check }],
  );
  if (looks.length === 0) return unsent(closed, now());
  const heard = withoutSecrets(await fleet.invoke({ ...to, looks }), due);
  return { ...heard, observations: [...heard.observations, ...closed.map(unopened(heard.askedAt))] };
}

const unsent = (closed: readonly DueLook[], at: number): Heard => ({
  askedAt: at,
  answeredAt: at,
  error: CLOSED,
  missedDeadline: false,
  observations: closed.map(unopened(at)),
});

const unopened =
  (startedAt: number) =>
  ({ id }: DueLook): JournalObservation => ({
    monitor: id,
    startedAt,
    outcome: 'unmeasured',
    reason: 'invoke_error',
    detail: CLOSED,
    timings: {},
  });

/** A report's error may quote any part of the job. */
function withoutSecrets(heard: Heard, due: readonly DueLook[]): Heard {
  const secretsOf = new Map(due.map(({ id, job }) => [id, job.secrets ?? NONE]));
  if (due.every(({ job }) => job.secrets === NONE)) return heard;
  const error = [...secretsOf.values()].reduce((text, secrets) => blotted(text, secrets), heard.error);
  const observations = heard.observations.map((seen) => blotted(seen, secretsOf.get(seen.monitor) ?? NONE));
  return { ...heard, error, observations };
}

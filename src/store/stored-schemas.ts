// Owns the schemas of the engine's data as journal and snapshot hold it: every enum and every range.
// Unknown keys pass: a newer Worker may have added them. Does not read rows.
import { z } from 'zod';
import { DEGRADED_CODES, PHASES } from '../../probes/contract/index.ts';
import type { Change } from '../engine/model/journal.ts';
import { END_REASONS, QUARANTINE_RULES } from '../engine/model/state.ts';
import { NewerFormat } from './damage.ts';

/** Ms since the epoch. */
const time = z.number().min(0).max(8.64e15);
const number = z.int().min(1);
const count = z.int().min(0);
const text = z.string();

export const policySchema = z.object({
  intervalMs: z.number().positive(),
  timeoutMs: z.number().positive(),
  quorum: z.union([z.enum(['majority', 'all', 'any']), number]),
  failures: number,
  recoveries: number,
  confirmMs: z.number().min(0),
  locations: z.union([z.literal('all'), z.array(number)]),
  dependsOn: z.array(number),
  paused: z.boolean(),
});

export const windowSchema = z.object({
  kind: z.enum(['maintenance', 'silence']),
  monitors: z.union([z.literal('all'), z.array(number)]),
  spans: z.array(z.tuple([time, time])),
});

export const incidentSchema = z.object({
  id: text.min(1),
  verdict: z.enum(['partial', 'down']),
  startedAt: time,
  detectedAt: time,
});

export const notifiedSchema = z.object({
  incident: incidentSchema,
  ended: z.object({ resolvedAt: time, reason: z.enum(END_REASONS).nullable() }).nullable(),
});

export const transitionsSchema = z.array(
  z.object({ at: time, involvesDown: z.boolean(), weight: z.union([z.literal(1), z.literal(0.5)]) }),
);

export const detachmentSchema = z.object({ at: time, monitor: number });

export const flappingSchema = z.object({ id: text.min(1), since: time });

const raisedWarning = z
  .object({
    since: time,
    limit: z.number().min(0),
    notifiedLimit: z.number().min(0).nullable(),
    endedAt: time.optional(),
  })
  .nullable();
export const warningsSchema = z.object({ degraded: raisedWarning, certificate: raisedWarning });

const locationIncident = z
  .object({
    id: text.min(1),
    kind: z.enum(['quarantined', 'lost']),
    rule: z.enum(QUARANTINE_RULES).optional(),
    startedAt: time,
    detectedAt: time,
    failedMonitors: count,
    checkedMonitors: count,
  })
  .nullable();

export const locationSchema = z.object({
  number,
  id: text.min(1),
  enabled: z.boolean(),
  addedAt: time,
  missedDeadlines: count,
  lastReportAt: time.nullable(),
  lastMeasuredAt: time.nullable(),
  unmeasuredSince: time.nullable(),
  incident: locationIncident,
  lastErrorAt: time.nullable(),
  error: text.nullable(),
});

/** Of a snapshot. Its results are checked where they are decoded. */
export const roundSchema = z.object({
  step: number,
  startsAt: time,
  asked: z.array(number),
  results: z.array(z.array(z.unknown()).min(1)),
  lastResultAt: time.nullable(),
});

const changeSchemas: { readonly [T in Change['type']]: z.ZodType } = {
  monitor: z.object({ number, policy: policySchema, host: text.optional() }),
  'monitor.target_changed': z.object({ number, policy: policySchema, host: text.optional() }),
  'monitor.deleted': z.object({ number }),
  'monitor.reevaluated': z.object({ number }),
  window: z.object({ id: text, window: windowSchema }),
  'window.deleted': z.object({ id: text }),
  location: z.object({ number, id: text.min(1), enabled: z.boolean() }),
  'clock.corrected': z.object({}),
  'state.rebuilt': z.object({ lost: count, nextMonitor: number }),
  'location.rebuilt': z.object({
    location: locationSchema.pick({ number: true, id: true, enabled: true, incident: true }),
  }),
  'monitor.rebuilt': z.object({
    monitor: z.object({
      number,
      policy: policySchema,
      network: text.nullable(),
      hostHash: count.nullable(),
      incident: incidentSchema.nullable(),
      notified: notifiedSchema.nullable(),
      transitions: transitionsSchema,
      flapping: flappingSchema.nullable(),
      noDataId: text.nullable(),
      warnings: warningsSchema.nullable(),
    }),
  }),
};

const changeSchema = z.object({ type: z.string() });

/** Throws a {@link NewerFormat} if the kind of change is unknown. */
export function checkChange(change: unknown, path: string): Change {
  const { type } = check(changeSchema, change, path);
  const schema = Object.hasOwn(changeSchemas, type) ? changeSchemas[type as Change['type']] : undefined;
  if (!schema)
    throw new NewerFormat(`${path} has the unknown type "${type.slice(0, 40)}": deploy the newer Worker.`);
  return check(schema, change, path) as Change;
}

const milliseconds = z.number().min(0);

export const degradedSchema = z.array(
  z.object({ code: z.enum(DEGRADED_CODES), limit: z.number().min(0), detail: text }),
);

/** What a journal row holds of a run in words and exact figures. */
export const figuresSchema = z.object({
  detail: text.optional(),
  timings: z
    .object({
      dnsMs: milliseconds.optional(),
      connectMs: milliseconds.optional(),
      tlsMs: milliseconds.optional(),
      firstByteMs: milliseconds.optional(),
      totalMs: milliseconds.optional(),
    })
    .optional(),
  network: text.optional(),
  degraded: degradedSchema.optional(),
  samples: z
    .object({
      sent: count.max(15),
      lost: count.max(15),
      minMs: milliseconds.optional(),
      meanMs: milliseconds.optional(),
      maxMs: milliseconds.optional(),
      jitterMs: milliseconds.optional(),
    })
    .optional(),
  phase: z.enum(PHASES).optional(),
  response: z
    .object({
      status: z.int().min(100).max(999).optional(),
      headers: z.record(text, text).optional(),
      body: text.optional(),
    })
    .optional(),
});

/** What a journal row holds of a report besides its runs. */
export const reportDetailSchema = z.object({
  asked: time,
  answered: time,
  error: text.optional(),
  missed: z.literal(true).optional(),
  runs: z.record(z.string(), z.unknown()).optional(),
});

/** The value itself, so that the order of its keys stays. Throws an error that names the first wrong field. */
export function check<S extends z.ZodType>(schema: S, value: unknown, path: string): z.output<S> {
  const { success, error } = schema.safeParse(value);
  if (success) return value as z.output<S>;
  const issue = error.issues[0];
  throw new Error(`${[path, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'invalid'}`);
}

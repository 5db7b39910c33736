// Why a verdict is what it is, on the wire: votes, streaks, quorum, the open round and the next looks.
import { z } from 'zod';
import { observationFields } from '../../../channels/observation-fields.ts';
import type { Explanation } from '../../../engine/explain/explain.ts';
import type { StoredObservation } from '../../../engine/model/state.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';
import { verdictSchema } from './schema.ts';

const observationSchema = z.strictObject({
  outcome: z.enum(['ok', 'failed', 'unmeasured']),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  observedAt: timeSchema,
  ...observationFields,
});

const warningKindSchema = z.enum(['degraded', 'certificate']);

const quorumCountSchema = z.strictObject({
  policy: z.union([z.enum(['majority', 'all', 'any']), z.int()]),
  required: z.int().meta({ description: 'Failing votes needed for `down`.' }),
  failing: z.int(),
  passing: z.int(),
  abstaining: z.int(),
});

export const explanationSchema = z
  .strictObject({
    monitor: z.string(),
    verdict: verdictSchema,
    since: timeSchema,
    why: z.string().meta({ description: 'A few sentences for people.' }),
    flapping: z.boolean(),
    suppressed: z
      .strictObject({
        by: z.enum(['maintenance', 'silence', 'dependency', 'flapping', 'paused']),
        state: z
          .enum(['down', 'confirming', 'recovered'])
          .optional()
          .meta({ description: 'The state of the dependency; absent for other reasons.' }),
        until: timeSchema.nullable(),
        id: z.string().nullable().meta({ description: 'Of the maintenance or the silence.' }),
      })
      .nullable()
      .meta({ description: 'Why nothing new is told of it right now.' }),
    quorum: quorumCountSchema,
    warnings: z
      .array(z.strictObject({ kind: warningKindSchema, since: timeSchema, notified: z.boolean() }))
      .meta({ description: 'Warnings that a quorum agrees on, and whether receivers know of them.' }),
    locations: z.array(
      z.strictObject({
        id: z.string(),
        vote: z.enum(['none', 'passing', 'failing']),
        abstainReason: z.enum(['stale', 'disabled', 'quarantined', 'no_response', 'no_vote']).nullable(),
        pending: z.boolean().meta({ description: 'Its newest observation contradicts its vote.' }),
        streak: z.strictObject({
          of: z.enum(['none', 'ok', 'failed']),
          length: z.int(),
          since: timeSchema.nullable(),
        }),
        lastMeasuredAt: timeSchema.nullable(),
        lastCheckedAt: timeSchema.nullable(),
        nextCheckAt: timeSchema.nullable(),
        warnings: z.array(warningKindSchema).meta({ description: 'What it warns of.' }),
        lastResult: observationSchema.nullable().meta({ description: 'Its newest observation.' }),
      }),
    ),
    round: z
      .strictObject({
        step: z.int(),
        startsAt: timeSchema,
        asked: z.array(z.string()),
        answered: z.array(z.string()),
      })
      .nullable()
      .meta({ description: 'The fan-out that is open, if one is.' }),
  })
  .meta({ id: 'Explanation', description: 'Why the verdict is what it is.' });
export type ExplanationBody = z.input<typeof explanationSchema>;

const toObservationResponse = (seen: StoredObservation): z.input<typeof observationSchema> => ({
  outcome: seen.outcome,
  code: seen.code ?? null,
  reason: seen.reason ?? null,
  detail: seen.detail ?? null,
  observedAt: iso(seen.startedAt),
  phase: seen.phase ?? null,
  timings: seen.timings,
  samples: seen.samples ?? null,
  degraded: [...(seen.degraded ?? [])],
  response: seen.response ?? null,
});

export function toExplanationResponse(monitor: string, explanation: Explanation): ExplanationBody {
  const { verdict, since, why, flapping, suppressed, quorum, warnings, locations, round } = explanation;
  return {
    monitor,
    verdict,
    since: iso(since),
    why,
    flapping,
    suppressed: suppressed && {
      by: suppressed.by,
      until: 'until' in suppressed ? iso(suppressed.until) : null,
      id: 'id' in suppressed ? suppressed.id.replace(/^[a-z]+:/, '') : null,
      ...('state' in suppressed ? { state: suppressed.state } : {}),
    },
    quorum,
    warnings: warnings.map(({ kind, since: from, notified }) => ({ kind, since: iso(from), notified })),
    locations: locations.map((location) => ({
      id: location.id,
      vote: location.vote,
      abstainReason: location.abstainReason,
      pending: location.pending,
      streak: { of: location.streakOf, length: location.streak, since: isoOrNull(location.since) },
      lastMeasuredAt: isoOrNull(location.lastMeasuredAt),
      lastCheckedAt: isoOrNull(location.lastCheckedAt),
      nextCheckAt: isoOrNull(location.nextCheckAt),
      warnings: [...location.warnings],
      lastResult: location.lastResult ? toObservationResponse(location.lastResult) : null,
    })),
    round: round
      ? {
          step: round.step,
          startsAt: iso(round.startsAt),
          asked: [...round.asked],
          answered: [...round.answered],
        }
      : null,
  };
}

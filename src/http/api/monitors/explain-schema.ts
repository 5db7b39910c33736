// Why a verdict is what it is, on the wire: votes, streaks, quorum, the open round and the next looks.
import { z } from 'zod';
import { seenFields } from '../../../channels/observation-fields.ts';
import type { Explanation } from '../../../engine/explain/explain.ts';
import type { Seen } from '../../../engine/model/state.ts';
import { iso, isoOrNull, timeSchema } from '../common.ts';
import { verdictSchema } from './schema.ts';

const seenSchema = z.strictObject({
  outcome: z.enum(['ok', 'failed', 'unmeasured']),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  observedAt: timeSchema,
  ...seenFields,
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
    muted: z
      .strictObject({
        by: z.enum(['maintenance', 'silence', 'flapping', 'dependency']),
        until: timeSchema.nullable(),
        id: z.string().nullable().meta({ description: 'Of the maintenance or the silence.' }),
      })
      .nullable()
      .meta({ description: 'Why nothing new is told of it right now.' }),
    quorum: quorumCountSchema,
    warnings: z
      .array(z.strictObject({ kind: warningKindSchema, since: timeSchema, told: z.boolean() }))
      .meta({ description: 'Warnings that a quorum agrees on, and whether receivers know of them.' }),
    locations: z.array(
      z.strictObject({
        id: z.string(),
        vote: z.enum(['none', 'passing', 'failing']),
        abstains: z.enum(['stale', 'disabled', 'quarantined', 'unanswered', 'no_vote']).nullable(),
        pending: z.boolean().meta({ description: 'Its newest observation contradicts its vote.' }),
        streak: z.strictObject({
          of: z.enum(['none', 'ok', 'failed']),
          length: z.int(),
          since: timeSchema.nullable(),
        }),
        measuredAt: timeSchema.nullable(),
        lookedAt: timeSchema.nullable(),
        nextLookAt: timeSchema.nullable(),
        warns: z.array(warningKindSchema).meta({ description: 'What it warns of.' }),
        seen: seenSchema.nullable().meta({ description: 'Its newest observation.' }),
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

const showSeen = (seen: Seen): z.input<typeof seenSchema> => ({
  outcome: seen.outcome,
  code: seen.code ?? null,
  reason: seen.reason ?? null,
  detail: seen.detail ?? null,
  observedAt: iso(seen.startedAt),
  phase: seen.phase ?? null,
  timings: seen.timings,
  samples: seen.samples ?? null,
  degraded: [...(seen.degraded ?? [])],
  reply: seen.reply ?? null,
});

export function showExplanation(monitor: string, explanation: Explanation): ExplanationBody {
  const { verdict, since, why, flapping, muted, quorum, warnings, locations, round } = explanation;
  return {
    monitor,
    verdict,
    since: iso(since),
    why,
    flapping,
    muted: muted && {
      by: muted.by,
      until: isoOrNull(muted.until),
      id: muted.id?.replace(/^[a-z]+:/, '') ?? null,
    },
    quorum,
    warnings: warnings.map(({ kind, since: from, told }) => ({ kind, since: iso(from), told })),
    locations: locations.map((location) => ({
      id: location.id,
      vote: location.vote,
      abstains: location.abstains,
      pending: location.pending,
      streak: { of: location.streakOf, length: location.streak, since: isoOrNull(location.since) },
      measuredAt: isoOrNull(location.measuredAt),
      lookedAt: isoOrNull(location.lookedAt),
      nextLookAt: isoOrNull(location.nextLookAt),
      warns: [...location.warns],
      seen: location.seen ? showSeen(location.seen) : null,
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

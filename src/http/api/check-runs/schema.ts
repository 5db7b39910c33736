// A debug run on the wire: a check as for a monitor, and what each location saw of it. Plain zod.
import { z } from 'zod';
import { checkInputSchema } from '../../../../probes/checks/check-input.ts';
import {
  capturedResponseSchema,
  degradedSchema,
  factsSchema,
  failureCodeSchema,
  PHASES,
  samplesSchema,
  timingsSchema,
  traceSchema,
  unmeasuredReasonSchema,
} from '../../../../probes/contract/index.ts';
import type { LocationResult } from '../../../services/check-runs/debug-run.ts';
import { allOrIds, idSchema, iso, timeSchema } from '../common.ts';

export const checkRunSchema = z
  .strictObject({
    check: checkInputSchema,
    locations: allOrIds('location', z.string().min(1).max(64).meta({ example: 'aws:eu-central-1' }))
      .default('all')
      .meta({ description: 'Where it is run.', example: 'all' }),
    monitor: idSchema.optional().meta({
      description: 'The monitor whose stored secrets a null in `check.secrets` stands for.',
      example: 'web-shop',
    }),
  })
  .meta({
    id: 'CheckRun',
    description: 'One check, now.',
    example: { check: { type: 'tcp', host: 'shop.example.com', port: 443 }, locations: ['aws:eu-central-1'] },
  });

const resultSchema = z.strictObject({
  location: z.string().meta({ example: 'aws:eu-central-1' }),
  startedAt: timeSchema,
  outcome: z.enum(['ok', 'failed', 'unmeasured']),
  code: failureCodeSchema.nullable().meta({ description: 'Why it failed.' }),
  reason: unmeasuredReasonSchema.nullable().meta({ description: 'Why nothing was measured.' }),
  detail: z.string().nullable(),
  phase: z.enum(PHASES).nullable().meta({ description: 'In which phase it failed.' }),
  address: z.string().nullable().meta({ description: 'The address that was asked, in vain or not.' }),
  timings: timingsSchema.meta({ description: 'Phases that happened, in ms.' }),
  samples: samplesSchema.nullable(),
  facts: factsSchema.nullable().meta({
    description:
      'What else the check learned, as named values such as `tls.validTo`. Times are ISO 8601 text.',
    example: [
      { name: 'http.status', value: 200 },
      { name: 'tls.validTo', value: '2027-03-31T23:59:59.000Z' },
    ],
  }),
  response: capturedResponseSchema
    .nullable()
    .meta({ description: 'What came back when it was not what it had to be.' }),
  degraded: z.array(degradedSchema).meta({ description: 'Warnings of a check that is ok.' }),
  trace: traceSchema.meta({ description: 'What happened, in ms since it began; secrets are blotted out.' }),
});
export type CheckResult = z.output<typeof resultSchema>;

export const checkResultsSchema = z
  .strictObject({ results: z.array(resultSchema) })
  .meta({ id: 'CheckResults', description: 'What each location saw, in the order asked.' });

export function toResultResponse({ location, observation }: LocationResult): CheckResult {
  const { startedAt, outcome, timings, address, samples, facts, trace } = observation;
  const failed = outcome === 'failed' ? observation : null;
  return {
    location,
    startedAt: iso(startedAt),
    outcome,
    code: failed?.code ?? null,
    reason: outcome === 'unmeasured' ? observation.reason : null,
    detail: outcome === 'ok' ? null : observation.detail,
    phase: failed?.phase ?? null,
    address: address ?? null,
    timings,
    samples: samples ?? null,
    facts: facts ?? null,
    response: failed?.response ?? null,
    degraded: outcome === 'ok' ? (observation.degraded ?? []) : [],
    trace: trace ?? [],
  };
}

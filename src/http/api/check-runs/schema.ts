// Owns debug runs as the API shows them: the check to run, and the result from each location. Plain zod.
import { z } from 'zod';
import { checkInputSchema } from '../../../../probes/checks/check-input.ts';
import { failureCodeSchema, unmeasuredReasonSchema } from '../../../../probes/contract/index.ts';
import { observationFields } from '../../../channels/observation-fields.ts';
import { HEARTBEAT_TYPE } from '../../../engine/model/heartbeat.ts';
import type { LocationResult } from '../../../services/check-runs/debug-run.ts';
import { allOrIds, idSchema, iso, timeSchema } from '../common.ts';

/** A heartbeat is no check that could run. Written without one, the messages are those of the catalogue. */
const runnableSchema = z.discriminatedUnion('type', checkInputSchema.options, {
  error: ({ input }) =>
    (input as { type?: unknown } | null | undefined)?.type === HEARTBEAT_TYPE
      ? 'No location checks a heartbeat: its job reports in. To try one, send a request to its ping address.'
      : undefined,
});

export const checkRunSchema = z
  .strictObject({
    check: runnableSchema.meta({ description: 'The check and its options.' }),
    locations: allOrIds('location', z.string().min(1).max(64).meta({ example: 'aws:eu-central-1' }))
      .default('all')
      .meta({ description: 'The locations to run the check from.', example: 'all' }),
    monitor: idSchema.optional().meta({
      description:
        'The monitor whose stored secrets replace each null in `check.secrets`. Another origin than that of its check needs the values.',
      example: 'web-shop',
    }),
  })
  .meta({
    id: 'CheckRun',
    description: 'A check to run now.',
    example: { check: { type: 'tcp', host: 'shop.example.com', port: 443 }, locations: ['aws:eu-central-1'] },
  });

const resultSchema = z.strictObject({
  location: z.string().meta({ description: 'The id of the location.', example: 'aws:eu-central-1' }),
  startedAt: timeSchema.meta({ description: 'The start of the check run.' }),
  outcome: z.enum(['ok', 'failed', 'unmeasured']).meta({
    description:
      'The outcome. `unmeasured`: the probe could not run the check, so the target is not at fault.',
  }),
  code: failureCodeSchema.nullable().meta({ description: 'The cause of a failure.' }),
  reason: unmeasuredReasonSchema.nullable().meta({ description: 'Why nothing was measured.' }),
  detail: z.string().nullable().meta({ description: 'The failure in words.' }),
  address: z
    .string()
    .nullable()
    .meta({ description: 'The resolved address that the probe connected to, or tried to.' }),
  ...observationFields,
  response: observationFields.response.meta({ description: 'The unexpected response. Null otherwise.' }),
  facts: z
    .array(
      z.strictObject({
        name: z.string().meta({ description: 'The name, such as `tls.protocol`.' }),
        value: z
          .union([z.string(), z.number(), z.boolean(), z.array(z.string())])
          .meta({ description: 'The value. Times are ISO 8601 text.' }),
      }),
    )
    .nullable()
    .meta({
      description: 'Additional values, by name.',
      example: [
        { name: 'http.status', value: 200 },
        { name: 'tls.validTo', value: '2027-03-31T23:59:59.000Z' },
      ],
    }),
  trace: z
    .array(
      z.strictObject({
        atMs: z.number().meta({ description: 'Time since the start of the run, in ms.' }),
        text: z.string().meta({ description: 'What happened.' }),
      }),
    )
    .meta({ description: 'The steps of the check. Secrets are redacted.' }),
});
export type CheckResult = z.output<typeof resultSchema>;

export const checkResultsSchema = z
  .strictObject({
    results: z.array(resultSchema).meta({ description: 'One result per location.' }),
  })
  .meta({ id: 'CheckResults', description: 'The result from each location, in the order of the request.' });

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

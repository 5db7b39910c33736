// Owns the faults that a location can have on request, for demonstrations and tests.
import { z } from 'zod';

const delayMs = z.int().min(0).max(60_000).optional();
const KINDS = ['none', 'throttle', 'fail', 'raise', 'hang', 'garbage', 'crash', 'offline'] as const;

/**
 * - throttle: 429 TooManyRequestsException; fail: 500 ServiceException; raise: the function throws;
 * - hang: no response; garbage: a response that is not a report; crash: the runtime dies during the invocation;
 * - offline: the location responds, but its network reaches nothing; cut: packets to these target ports are lost.
 *
 * `delayMs` delays every response, also that of a healthy location.
 */
export const faultSchema = z.discriminatedUnion(
  'fault',
  [
    z.strictObject({ fault: z.enum(KINDS), delayMs }),
    z.strictObject({ fault: z.literal('cut'), ports: z.array(z.int().min(1).max(65_535)).min(1), delayMs }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union' ? `must be one of ${KINDS.join(', ')}, cut` : undefined,
  },
);
export type Fault = z.output<typeof faultSchema>;

export const HEALTHY: Fault = { fault: 'none' };

/** Responses that resemble a report, each up to another depth. */
export function garbage(turn: number, event: unknown): string {
  const { version, runs } = event as { version?: number; runs?: { id: number }[] };
  const observation = { id: runs?.[0]?.id ?? 0, startedAt: Date.now(), outcome: 'ok', timings: {} };
  const report = (observations: unknown[]): string =>
    JSON.stringify({ version, build: 'garbage', receivedAt: Date.now(), observations });
  const kinds = [
    '<html>502 Bad Gateway</html>',
    JSON.stringify({ hello: 'world' }),
    report([{ ...observation, outcome: 'great' }]),
    report([observation, observation]),
    report([{ ...observation, id: observation.id + 100_000 }]),
    '\u0000\u0001\u0002',
    'null',
    '',
  ];
  return kinds[turn % kinds.length] ?? '';
}

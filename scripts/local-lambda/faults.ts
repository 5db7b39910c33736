// What can be wrong with a location, on request: for demonstrations and for tests.
import { z } from 'zod';

const delayMs = z.int().min(0).max(60_000).optional();
const KINDS = ['none', 'throttle', 'fail', 'raise', 'hang', 'garbage', 'crash', 'offline'] as const;

/**
 * - throttle: 429 TooManyRequestsException; fail: 500 ServiceException; raise: the function throws;
 * - hang: no answer; garbage: an answer that is no report; crash: the runtime dies in mid-invocation;
 * - offline: the location answers, but its network reaches nothing; cut: only these target ports are silent.
 *
 * `delayMs` holds every answer back for so long, a healthy one as well.
 */
export const faultSchema = z.discriminatedUnion(
  'fault',
  [
    z.strictObject({ fault: z.enum(KINDS), delayMs }),
    z.strictObject({ fault: z.literal('cut'), ports: z.array(z.int().min(1).max(65_535)).min(1), delayMs }),
  ],
  {
    error: (issue) => (issue.code === 'invalid_union' ? `write one of ${KINDS.join(', ')}, cut` : undefined),
  },
);
export type Fault = z.output<typeof faultSchema>;

export const HEALTHY: Fault = { fault: 'none' };

/** Answers that look like a report to different depths, and are none. */
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

// The threshold of time that most checks have, and the warning when it is crossed. Pure.
import { z } from 'zod';
import type { Degraded } from '../../contract/index.ts';

/** The description says what is measured. */
export const maxLatencySchema = (description: string) =>
  z
    .number()
    .min(1, { error: 'Write at least 1 ms.' })
    .max(15_000, { error: 'Write at most 15000 ms.' })
    .optional()
    .meta({ description });

export function latencyWarning(what: string, ms: number, limit: number | undefined): Degraded[] {
  if (limit === undefined || ms <= limit) return [];
  return [{ code: 'latency', limit, detail: `${what} took ${ms.toFixed(1)} ms, more than ${limit} ms` }];
}

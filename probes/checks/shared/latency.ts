// Owns the latency threshold that most checks have, and its warning. Pure.
import { z } from 'zod';
import type { Degraded } from '../../contract/index.ts';

const ERROR = '`maxLatencyMs` must be between 1 and 15000.';

/** The description names what the check measures. */
export const maxLatencySchema = (description: string) =>
  z.number().min(1, { error: ERROR }).max(15_000, { error: ERROR }).optional().meta({ description });

export function latencyWarning(what: string, ms: number, limit: number | undefined): Degraded[] {
  if (limit === undefined || ms <= limit) return [];
  return [{ code: 'latency', limit, detail: `${what} took ${ms.toFixed(1)} ms, more than ${limit} ms` }];
}

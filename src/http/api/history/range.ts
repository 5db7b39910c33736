// Owns the range of time that a question about the history covers: `from` and `to`, their defaults and limits.
import type { Context } from 'hono';
import { problem } from '../../problems.ts';
import { filterTime } from '../filters.ts';

const DAY_MS = 86_400_000;
const DEFAULT_RANGE_MS = 30 * DAY_MS;
const MAX_RANGE_DAYS = 800;

export const rangeQuery = {
  from: filterTime('The start of the range. Default: 30 days before `to`.'),
  to: filterTime(`The end of the range, at most ${MAX_RANGE_DAYS} days after \`from\`. Default: now.`),
};

export interface HistoryRange {
  readonly from: number;
  /** At most now. */
  readonly to: number;
}

/** The range, or the refusal of it. */
export function readRange(
  { var: { now } }: { readonly var: Pick<Context['var'], 'now'> },
  { from, to = now }: { readonly from?: number | undefined; readonly to?: number | undefined },
  maxMs = MAX_RANGE_DAYS * DAY_MS,
): HistoryRange | ReturnType<typeof problem<'invalid'>> {
  const start = from ?? to - DEFAULT_RANGE_MS;
  if (to <= start) return refusal('`to` must be after `from`.');
  if (to - start > maxMs)
    return refusal(`\`to\` must be at most ${Math.round(maxMs / DAY_MS)} days after \`from\`.`);
  if (start >= now) return refusal('`from` must be in the past.', 'from');
  return { from: start, to: Math.min(to, now) };
}

const refusal = (message: string, path = 'to') =>
  problem('invalid', message, [{ path, pointer: `/${path}`, message }]);

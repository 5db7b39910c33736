// Owns whose history a caller reads: of monitors inside the restriction, and without a restriction, of deleted ones too.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import {
  findHistoryMonitor,
  type HistoryMonitor,
  listFormerMonitors,
  listHistoryMonitors,
} from '../../store/history/monitor-histories.ts';
import { hasTag } from '../../tags.ts';
import { unknownMonitor } from '../monitors/monitors.ts';

/** One monitor. What is outside is answered like what was never there, after the same statements. */
export async function findReadableMonitor(
  db: D1Database,
  id: string,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<Result<HistoryMonitor, ValidationError>> {
  const monitor = await findHistoryMonitor(db, id);
  // Tags of a deleted monitor are those of the past, and no admin can correct them.
  const isReadable =
    monitor !== null &&
    (restriction === null || (monitor.deletedAt === null && isInside(restriction, monitor)));
  return isReadable ? ok(monitor) : err(unknownMonitor(id));
}

/** Which monitors a figure is about: all, or those with one of the ids, groups or tags (`name` or `name:value`). */
export interface HistoryScope {
  readonly monitors: 'all' | readonly string[];
  readonly groups: readonly string[];
  readonly tags: readonly string[];
}

type Scoped = Pick<HistoryMonitor, 'id' | 'group' | 'tags'>;

export const isInScope = ({ monitors, groups, tags }: HistoryScope, monitor: Scoped): boolean =>
  monitors === 'all' ||
  monitors.includes(monitor.id) ||
  (monitor.group !== null && groups.includes(monitor.group)) ||
  tags.some((tag) => hasTag(monitor.tags, tag));

/** Monitors that exist and that the caller sees, by name. */
export const listReadableMonitors = async (
  db: D1Database,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<HistoryMonitor[]> =>
  (await listHistoryMonitors(db)).filter((monitor) => isInside(restriction, monitor));

/** Deleted monitors, which only callers without a restriction read. */
export const listReadableFormerMonitors = async (
  db: D1Database,
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<HistoryMonitor[]> => (restriction === null ? await listFormerMonitors(db) : []);

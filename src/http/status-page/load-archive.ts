// Owns the loading of the archive: the incidents that began in a month (UTC), and the months beside it that have a page.
// One statement. Does not show it.
import type { Config } from '../../env.ts';
import { loadParts, type PageHead, type Requested } from './load-page.ts';
import { unknownSinceOf } from './page-components.ts';
import type { PageIncident } from './page-view.ts';

/** `2026-11` */
export type Month = string;

export interface ArchiveData {
  readonly head: PageHead;
  readonly month: Month;
  /** Newest first. Without those of planned work. */
  readonly incidents: readonly PageIncident[];
  /** The nearest month with a page. Null: there is none. */
  readonly earlier: Month | null;
  readonly later: Month | null;
  readonly unknownSince: ReturnType<typeof unknownSinceOf>;
}

const MONTH = /^(20\d\d)-(0[1-9]|1[0-2])$/;

/** Null: not a month, in the future, or before the page has anything to show. */
export async function loadArchive(
  config: Config,
  requested: Requested,
  wanted: string | null,
  now: number,
  comparedClock: () => number,
): Promise<ArchiveData | null> {
  const current = monthOf(now);
  const month = wanted ?? current;
  if (!MONTH.test(month) || month > current) return null;
  const [from, to] = [startOf(month), startOf(monthAfter(month, 1))];
  const { head, content, components, incidents } = await loadParts(config, requested, now, comparedClock, {
    ...{ from, to, now },
  });
  const first = content.firstIncidentAt === null ? current : monthOf(content.firstIncidentAt);
  if (month < first) return null;
  return {
    ...{ head, month, unknownSince: unknownSinceOf(components) },
    incidents: incidents.filter(({ startedAt }) => startedAt >= from && startedAt < to).sort(newestFirst),
    earlier: month > first ? monthAfter(month, -1) : null,
    later: month < current ? monthAfter(month, 1) : null,
  };
}

const newestFirst = (a: PageIncident, b: PageIncident): number => b.startedAt - a.startedAt;

const monthOf = (at: number): Month => new Date(at).toISOString().slice(0, 7);
const startOf = (month: Month): number => Date.parse(`${month}-01T00:00:00Z`);

function monthAfter(month: Month, count: number): Month {
  const [year, index] = month.split('-').map(Number) as [number, number];
  return monthOf(Date.UTC(year, index - 1 + count, 1));
}

// Owns the loading of the page of one monitor: its state and days, latency by location, incidents and maintenance.
// Three statements. Does not show it.
import type { Config } from '../../env.ts';
import { readDayChart, readRunChart } from '../../history/read-chart.ts';
import { readBars } from '../../store/history/bars.ts';
import { listDurations } from '../../store/pings.ts';
import type { DayBar } from '../../uptime/model.ts';
import { durationsOf } from './durations.ts';
import { latencyOfDays, latencyOfRuns } from './latency.ts';
import { loadParts, type PageHead, type Requested } from './load-page.ts';
import type { JobDurations, LocationLatency, MonitorPageView, Range } from './monitor-page-view.ts';
import { mergePage, unknownSinceOf } from './page-components.ts';

const DAY_MS = 86_400_000;
const DAYS = 90;

/** Points of the chart. */
const PARTS: Readonly<Record<Range, number>> = { '24h': 48, '7d': 84, '90d': DAYS };
const SPAN_MS: Readonly<Record<Exclude<Range, '90d'>, number>> = { '24h': DAY_MS, '7d': 7 * DAY_MS };

export interface MonitorPageData extends MonitorPageView {
  readonly head: PageHead;
  readonly unknownSince: ReturnType<typeof unknownSinceOf>;
}

/** Null: the page does not show such a monitor. */
export async function loadMonitorPage(
  config: Config,
  requested: Requested,
  { id, range }: { readonly id: string; readonly range: Range },
  now: number,
  comparedClock: () => number,
): Promise<MonitorPageData | null> {
  const since = now - DAYS * DAY_MS;
  const parts = await loadParts(config, requested, now, comparedClock, { since, now });
  const { head, mesh, components, maintenances } = parts;
  const ref = `monitor:${id}`;
  const row = components.find((one) => one.ref === ref)?.row;
  if (!row) return null;
  const isHeartbeat = mesh.state.monitors.get(row.number)?.policy.heartbeat === true;
  const read = isHeartbeat ? readJobHistory : readHistory;
  const history = await read(config, requested, row.number, range, now);
  const bars = new Map([[row.number, history.bars]]);
  const { groups } = mergePage(requested.page, mesh, components, parts.incidents, bars);
  const component = groups.flatMap((group) => group.components).find((one) => one.ref === ref)!;
  return {
    ...{ head, component, stale: head.stale, range, ...spanOf(range, now) },
    ...{ latency: history.latency, durations: history.durations },
    incidents: parts.incidents.filter((one) => one.components.some(({ component: own }) => own === ref)),
    maintenances: maintenances.filter(({ monitors }) => monitors.includes(id)),
    unknownSince: unknownSinceOf(components),
  };
}

/** Whole UTC days for 90 days, so that each point is a day. */
function spanOf(range: Range, now: number): { readonly from: number; readonly to: number } {
  if (range !== '90d') return { from: now - SPAN_MS[range], to: now };
  return { from: (Math.floor(now / DAY_MS) - DAYS + 1) * DAY_MS, to: now };
}

interface History {
  readonly bars: readonly DayBar[];
  readonly latency: readonly LocationLatency[] | null;
  readonly durations: JobDurations | null;
}

/** No location measures a job: it says itself how long it takes. */
async function readJobHistory(
  { db }: Config,
  { page }: Requested,
  number: number,
  range: Range,
  now: number,
): Promise<History> {
  const span = { ...spanOf(range, now), parts: PARTS[range] };
  // Points of whole days end with the day.
  const to = range === '90d' ? span.from + DAYS * DAY_MS : span.to;
  const [bars, runs] = await Promise.all([
    readBars(db, [number], now),
    page.config.showLatency ? listDurations(db, { number, from: span.from }) : null,
  ]);
  const durations = runs && durationsOf(runs, { ...span, to });
  return { bars: bars.get(number) ?? [], latency: null, durations };
}

async function readHistory(
  { db }: Config,
  { page }: Requested,
  number: number,
  range: Range,
  now: number,
): Promise<History> {
  const { from, to } = spanOf(range, now);
  const chart = { number, from, to, now };
  if (!page.config.showLatency)
    return { bars: (await readBars(db, [number], now)).get(number) ?? [], latency: null, durations: null };
  if (range === '90d') {
    const { bars, points } = await readDayChart(db, chart);
    return { bars, latency: latencyOfDays(points, { from, parts: PARTS[range] }), durations: null };
  }
  const { bars, points } = await readRunChart(db, chart);
  return { bars, latency: latencyOfRuns(points, { from, to, parts: PARTS[range] }), durations: null };
}

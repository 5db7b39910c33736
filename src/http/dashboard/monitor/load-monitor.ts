// Owns what the page of one monitor shows, as data: its state and its explanation, its history, incidents, windows, and who
// would be notified. Five statements with that of the session, however large the mesh is. Leaves out what is outside the
// restriction of the caller. Does not draw.
import type { Context } from 'hono';
import { isInside, isScopeInside } from '../../../access/restriction.ts';
import { type Explanation, explain } from '../../../engine/explain/explain.ts';
import type { State } from '../../../engine/model/state.ts';
import { type MonitorChart, readMonitorChart } from '../../../history/read-chart.ts';
import { bugFields, log } from '../../../log.ts';
import { decideRoutes, type RoutingSource } from '../../../routing/route.ts';
import { type Liveness, livenessOf } from '../../../services/health/liveness.ts';
import { occurrences } from '../../../services/windows/schedule.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import type { ListState } from '../../../store/monitor-list.ts';
import {
  type FormerMonitor,
  type MonitorPageRows,
  type PageChannel,
  type PageMonitor,
  type PageWindow,
  type RelatedMonitor,
  readMonitorPage,
} from '../../../store/monitor-page.ts';
import { loadMonitorPart } from '../../../store/one-monitor.ts';
import type { MomentTotals, Uptime } from '../../../uptime/model.ts';
import { sumTotals, totalsOf, uptimeOf } from '../../../uptime/moments.ts';
import { type Objective, objectiveOf } from '../../../uptime/report.ts';
import type { HttpEnv } from '../../context.ts';
import {
  type HeartbeatView,
  heartbeatRangeOf,
  heartbeatView,
  rangeStart,
} from '../heartbeat/heartbeat-view.ts';

const DAY_MS = 86_400_000;
const NO_CHART: MonitorChart = { bars: [], existed: null, spans: [], runs: [], days: [] };

const RANGES = ['24h', '7d', '90d'] as const;
export type Range = (typeof RANGES)[number];
const RANGE_DAYS: Readonly<Record<Range, number>> = { '24h': 1, '7d': 7, '90d': 90 };

export const rangeOf = (text: string | undefined): Range => RANGES.find((range) => range === text) ?? '24h';

/** The span of the chart. Whole UTC days for 90 days, so that each point is a day. */
function spanOf(range: Range, now: number): { readonly from: number; readonly to: number } {
  if (range !== '90d') return { from: now - RANGE_DAYS[range] * DAY_MS, to: now };
  return { from: (Math.floor(now / DAY_MS) - 89) * DAY_MS, to: now };
}

/** Why there is no explanation: the state cannot be read, or no commit has reached the monitor. */
type Unexplained = 'unreadable' | 'not_started';

interface ActiveWindow extends PageWindow {
  readonly from: number;
  readonly to: number;
}

interface Recipients {
  readonly source: RoutingSource;
  /** Of the first step: those that the caller sees. */
  readonly channels: readonly PageChannel[];
  /** The first step names people on call. */
  readonly hasOnCall: boolean;
  /** An outage notifies no channel that is enabled, and nobody on call. */
  readonly isNobody: boolean;
}

export interface MonitorData {
  readonly monitor: PageMonitor;
  /** Null: probes check it. */
  readonly heartbeat: HeartbeatView | null;
  readonly shown: ListState;
  readonly since: number | null;
  readonly explanation: Explanation | null;
  readonly unexplained: Unexplained | null;
  /** Ids of what suppresses notifications. Null: none, or outside. */
  readonly inhibitor: RelatedMonitor | null;
  readonly liveness: Liveness;
  readonly related: readonly RelatedMonitor[];
  readonly incidents: MonitorPageRows['incidents'];
  readonly windows: readonly ActiveWindow[];
  readonly recipients: Recipients;
  readonly history: MonitorHistory;
  readonly now: number;
  place(location: string): string;
}

interface UptimeFigure {
  readonly label: string;
  readonly uptime: Uptime;
  readonly downMs: number;
}

export interface MonitorHistory {
  readonly range: Range;
  readonly from: number;
  readonly to: number;
  readonly chart: MonitorChart;
  readonly uptime: readonly UptimeFigure[];
  /** Of 30 UTC days. Null: no objective. */
  readonly objective: Objective | null;
  /** The history cannot be read. */
  readonly isBroken: boolean;
}

export interface FormerData {
  readonly former: FormerMonitor;
  readonly incidents: MonitorPageRows['incidents'];
  readonly history: MonitorHistory;
  readonly now: number;
  place(location: string): string;
}

/** Null: it does not exist, or is outside. */
export async function loadMonitor(
  c: Context<HttpEnv>,
  id: string,
  range: Range,
): Promise<MonitorData | FormerData | null> {
  const { config, caller, now } = c.var;
  const heartbeatRange = heartbeatRangeOf(c.req.query('range'));
  const runsFrom = rangeStart(heartbeatRange, now);
  const rows = await readMonitorPage(config.db, id, now, runsFrom);
  const place = (location: string) => locationName(location, rows.locationNames);
  const { monitor, former, incidents } = rows;
  if (monitor === null) {
    // Tags of a deleted monitor are those of the past, and no admin can correct them.
    if (former === null || caller.restriction !== null) return null;
    const history = await readHistory(c, former.number, null, range);
    return { former, incidents, history, now, place };
  }
  if (!isInside(caller.restriction, monitor)) return null;
  const state = await readState(config.db, monitor.number);
  const heartbeat = heartbeatView(rows, monitor.check, heartbeatRange, now);
  const history = await readHistory(
    c,
    monitor.number,
    monitor.sloTarget,
    range,
    // What it was beside its runs. Its observations say less than its pings.
    heartbeat === null ? undefined : { from: runsFrom, to: now },
  );
  const known = state?.monitors.has(monitor.number) ? state : null;
  const explanation = known === null ? null : explain(known, monitor.number, now);
  const liveness = livenessOf(
    { state: state ?? NO_LOCATIONS, shortest: rows.shortest },
    rows.activity,
    rows.tickAt,
    now,
  );
  const related = rows.related.filter((one) => isInside(caller.restriction, one));
  const suppressor = explanation?.suppressed?.by === 'dependency' ? explanation.suppressed.monitor : null;
  const windows = windowsOf(rows, caller.restriction, now);
  const isStopped = liveness.ticks.isOver || (state !== null && liveness.measured.isOver);
  return {
    ...{ monitor, heartbeat, explanation, related, incidents, windows, history, liveness, now, place },
    ...shownState(rows, monitor, explanation, isStopped, now),
    unexplained: explanation !== null ? null : state === null ? 'unreadable' : 'not_started',
    inhibitor: related.find(({ number }) => number === suppressor) ?? null,
    recipients: recipientsOf(rows, monitor, caller.restriction, now),
  };
}

const NO_LOCATIONS: Pick<State, 'locations'> = { locations: new Map() };

/** Null if it cannot be read: the page shows what the tables have. */
async function readState(db: D1Database, number: number): Promise<State | null> {
  try {
    return (await loadMonitorPart(db, number)).state;
  } catch (error) {
    log.error('dashboard.state_unreadable', bugFields(error));
    return null;
  }
}

async function readHistory(
  { var: { config, now } }: Context<HttpEnv>,
  number: number,
  sloTarget: number | null,
  range: Range,
  withoutRuns?: { readonly from: number; readonly to: number },
): Promise<MonitorHistory> {
  const { from, to } = withoutRuns ?? spanOf(range, now);
  let chart = NO_CHART;
  let isBroken = false;
  const by = range === '90d' || withoutRuns !== undefined ? 'day' : 'run';
  try {
    chart = await readMonitorChart(config.db, { number, from, to, now }, by);
  } catch (error) {
    log.error('dashboard.history_unreadable', bugFields(error));
    isBroken = true;
  }
  const days = (count: number): MomentTotals =>
    sumTotals(
      chart.bars
        .slice(-count)
        .filter(({ day }) => day > now / DAY_MS - count)
        .map(({ totals }) => totals),
    );
  const figure = (label: string, totals: MomentTotals): UptimeFigure => ({
    ...{ label, uptime: uptimeOf(totals), downMs: totals.down },
  });
  const day = Math.max(now - DAY_MS, chart.existed?.from ?? now);
  return {
    ...{ range, from, to, chart, isBroken },
    uptime: [
      figure('24 hours', totalsOf(chart.spans, day, chart.existed?.to ?? day)),
      figure('7 days', days(7)),
      figure('30 days', days(30)),
      figure('90 days', days(90)),
    ],
    objective: sloTarget === null ? null : objectiveOf(sloTarget, days(30), 0),
  };
}

/** The same order as lists have: see `LIST_STATES`. */
function shownState(
  { windows }: MonitorPageRows,
  monitor: PageMonitor,
  explanation: Explanation | null,
  isStopped: boolean,
  now: number,
): Pick<MonitorData, 'shown' | 'since'> {
  const { listed } = monitor;
  const since = explanation?.since ?? listed?.since ?? null;
  const verdict = explanation?.verdict ?? listed?.verdict ?? 'no_data';
  const isMaintained = windows.some(
    ({ kind, schedule }) => kind === 'maintenance' && isActive(schedule, now),
  );
  if (monitor.paused) return { shown: 'paused', since };
  if (isStopped) return { shown: isMaintained ? 'maintenance' : 'no_data', since: null };
  if (verdict === 'down' || verdict === 'partial') return { shown: verdict, since };
  if (isMaintained) return { shown: 'maintenance', since };
  const isUnchecked =
    explanation === null
      ? (listed?.neverChecked ?? true)
      : explanation.locations.every(({ lastMeasuredAt }) => lastMeasuredAt === null);
  if (verdict === 'no_data') return { shown: isUnchecked ? 'pending' : 'no_data', since };
  const hasWarnings = (explanation?.warnings ?? listed?.warnings ?? []).length > 0;
  return { shown: hasWarnings ? 'degraded' : 'up', since };
}

function isActive(schedule: PageWindow['schedule'], now: number): boolean {
  const [next] = occurrences(schedule, now, 1);
  return next !== undefined && next[0] <= now;
}

/** The next occurrence of each window that the caller sees, the earliest first. */
const windowsOf = (
  { windows }: MonitorPageRows,
  restriction: readonly string[] | null,
  now: number,
): ActiveWindow[] =>
  windows
    .flatMap((window): ActiveWindow[] => {
      const [next] = occurrences(window.schedule, now, 1);
      const inside = new Set(window.listed.flatMap((one) => (isInside(restriction, one) ? [one.id] : [])));
      return next && isScopeInside(restriction, window, inside)
        ? [{ ...window, from: next[0], to: next[1] }]
        : [];
    })
    .sort((a, b) => a.from - b.from);

function recipientsOf(
  { routing, channels }: MonitorPageRows,
  monitor: PageMonitor,
  restriction: readonly string[] | null,
  at: number,
): Recipients {
  const { source, plan } = decideRoutes(
    { ...routing, schedules: new Map(), contacts: new Map() },
    { event: 'incident.opened', severity: 'critical', at, monitor },
  );
  const steps = plan.flatMap((route) => route.steps);
  const first = new Set(plan.flatMap((route) => route.steps[0]?.channels ?? []));
  const all = new Set(steps.flatMap((step) => step.channels));
  return {
    source,
    channels: channels.filter((channel) => first.has(channel.id) && isInside(restriction, channel)),
    hasOnCall: plan.some((route) => (route.steps[0]?.schedules.length ?? 0) > 0),
    isNobody:
      channels.length > 0 &&
      !monitor.paused &&
      !steps.some(({ schedules }) => schedules.length > 0) &&
      !channels.some(({ id, enabled }) => enabled && all.has(id)),
  };
}

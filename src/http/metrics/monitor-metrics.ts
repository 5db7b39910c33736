// Owns the metrics of monitors. Names and units follow https://prometheus.io/docs/practices/naming: a prefix, base units, and a
// ratio of 0 to 1. Pure. The values of labels are ids, names and tags that people chose, and a fixed set of words: no target
// and no error is a label, so a monitor has a fixed number of series.
import { DEGRADED_CODES } from '../../../probes/contract/index.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import type { DayBar, MomentTotals } from '../../uptime/model.ts';
import { sumTotals, uptimeOf } from '../../uptime/moments.ts';
import { type MeshSnapshot, type MonitorStatus, monitorStatus } from '../monitor-status.ts';
import { type NewestRun, newestRuns } from '../newest-runs.ts';
import { type Labels, type MetricFamily, type Sample, tagLabels } from './exposition.ts';

/** Spans of the uptime, in UTC days, today so far included. */
const UPTIME_DAYS = [1, 7, 30, 90] as const;
const VERDICTS = ['up', 'partial', 'down', 'no_data'] as const;
const VOTES = ['passing', 'failing', 'abstaining'] as const;
const DAY_MS = 86_400_000;

export interface MeasuredMonitor {
  readonly row: Pick<MonitorRow, 'id' | 'name' | 'group' | 'tags' | 'paused' | 'number'>;
  readonly status: MonitorStatus;
  readonly runs: readonly NewestRun[];
  readonly bars: readonly DayBar[];
  /** The earliest end of the chains that its locations see. Null: none is known. */
  readonly certificateEndsAt: number | null;
  /** Null unless it is a heartbeat. */
  readonly heartbeat: MeasuredHeartbeat | null;
}

/** What is known of the job of a heartbeat. */
export interface MeasuredHeartbeat {
  readonly lastPingAt: number | null;
  readonly lastDurationMs: number | null;
  readonly dueAt: number | null;
}

export const measuredMonitor = (
  mesh: MeshSnapshot,
  row: MonitorRow,
  bars: readonly DayBar[],
  certificateEndsAt: number | null,
  heartbeat: MeasuredHeartbeat | null,
): MeasuredMonitor => {
  const monitor = mesh.state.monitors.get(row.number);
  return {
    ...{ row, bars, certificateEndsAt, heartbeat, status: monitorStatus(mesh, row, mesh.now) },
    // No location checks a heartbeat.
    runs: monitor && heartbeat === null ? newestRuns(mesh.state, monitor) : [],
  };
};

const bit = (is: boolean): number => (is ? 1 : 0);
const seconds = (ms: number): number => ms / 1000;
const secondsOrNull = (ms: number | null | undefined): number | null =>
  ms === null || ms === undefined ? null : seconds(ms);

export function monitorMetrics(monitors: readonly MeasuredMonitor[], now: number): MetricFamily[] {
  const family = (
    name: string,
    help: string,
    samplesOf: (monitor: MeasuredMonitor) => readonly Sample[],
  ): MetricFamily => ({ name: `probemesh_${name}`, help, samples: monitors.flatMap(samplesOf) });
  const one = (name: string, help: string, valueFrom: (monitor: MeasuredMonitor) => number | null) =>
    family(name, help, (monitor) => {
      const value = valueFrom(monitor);
      return value === null ? [] : [{ labels: labelsOf(monitor), value }];
    });
  return [
    family(
      'monitor_info',
      'Always 1. Its labels are the name, the group and the tags of the monitor.',
      ({ row }) => [{ labels: infoLabels(row), value: 1 }],
    ),
    one(
      'monitor_up',
      'Whether the monitor is up: 1 for up and partial, 0 for down. Missing without data and while paused.',
      ({ status: { verdict }, row: { paused } }) =>
        paused || verdict === 'no_data' ? null : bit(verdict !== 'down'),
    ),
    family('monitor_verdict', 'Which verdict the monitor has: 1 for that of the label.', (monitor) =>
      VERDICTS.map((verdict) => ({
        labels: { ...labelsOf(monitor), verdict },
        value: bit(monitor.status.verdict === verdict),
      })),
    ),
    one(
      'monitor_verdict_start_timestamp_seconds',
      'When the verdict began, in seconds since the epoch.',
      ({ status }) => seconds(status.since),
    ),
    one('monitor_paused', 'Whether checks of the monitor are paused.', ({ row }) => bit(row.paused)),
    one('monitor_maintenance', 'Whether a maintenance of the monitor is active.', ({ status }) =>
      bit(status.maintenance),
    ),
    one(
      'monitor_flapping',
      'Whether the verdict changes so often that notifications are suppressed.',
      ({ status }) => bit(status.flapping),
    ),
    family('monitor_warning', 'Whether a quorum of locations reports the warning of the label.', (monitor) =>
      DEGRADED_CODES.map((warning) => ({
        labels: { ...labelsOf(monitor), warning },
        value: bit(monitor.status.warnings.includes(warning)),
      })),
    ),
    one(
      'monitor_certificate_earliest_expiry_timestamp_seconds',
      'When the first certificate of the chains that locations see ends, in seconds since the epoch. Missing without TLS.',
      ({ certificateEndsAt }) => (certificateEndsAt === null ? null : seconds(certificateEndsAt)),
    ),
    family('monitor_locations', 'Number of locations by their vote.', (monitor) =>
      monitor.heartbeat === null
        ? VOTES.map((vote) => ({ labels: { ...labelsOf(monitor), vote }, value: monitor.status[vote] }))
        : [],
    ),
    family(
      'monitor_uptime_ratio',
      'Uptime of 0 to 1 in the newest UTC days, today included: 1 - down / (down + partial + up). Missing without data.',
      (monitor) =>
        UPTIME_DAYS.flatMap((days) => {
          const first = Math.floor(now / DAY_MS) - days + 1;
          const value = uptimeOf(sumTotals(newestTotals(monitor.bars, first)));
          return value === null ? [] : [{ labels: { ...labelsOf(monitor), days: String(days) }, value }];
        }),
    ),
    ...runMetrics(family),
    one(
      'heartbeat_last_ping_timestamp_seconds',
      'When the newest ping of the job arrived, in seconds since the epoch. Missing before the first.',
      ({ heartbeat }) => secondsOrNull(heartbeat?.lastPingAt),
    ),
    one(
      'heartbeat_due_timestamp_seconds',
      'When the next ping of the job is due, without grace, in seconds since the epoch.',
      ({ heartbeat, row: { paused } }) => (paused ? null : secondsOrNull(heartbeat?.dueAt)),
    ),
    one(
      'heartbeat_last_duration_seconds',
      'How long the newest run of the job took that said when it began.',
      ({ heartbeat }) => secondsOrNull(heartbeat?.lastDurationMs),
    ),
  ];
}

type MakeFamily = (
  name: string,
  help: string,
  samplesOf: (monitor: MeasuredMonitor) => readonly Sample[],
) => MetricFamily;

const runMetrics = (family: MakeFamily): MetricFamily[] => {
  const each = (name: string, help: string, valueFrom: (run: NewestRun) => number | null) =>
    family(name, help, (monitor) =>
      monitor.runs.flatMap((run) => {
        const value = valueFrom(run);
        const { location } = run;
        return value === null ? [] : [{ labels: { ...labelsOf(monitor), location }, value }];
      }),
    );
  return [
    each('check_success', 'Whether the newest measured check run from the location was ok.', ({ isOk }) =>
      bit(isOk),
    ),
    each(
      'check_duration_seconds',
      'Duration of the newest measured check run from the location, if it was ok.',
      (run) => (run.milliseconds === null ? null : seconds(run.milliseconds)),
    ),
    each(
      'check_start_timestamp_seconds',
      'Start of the newest measured check run from the location.',
      ({ startedAt }) => seconds(startedAt),
    ),
  ];
};

const newestTotals = (bars: readonly DayBar[], first: number): MomentTotals[] =>
  bars.filter(({ day }) => day >= first).map(({ totals }) => totals);

const labelsOf = ({ row }: MeasuredMonitor): Labels => ({ monitor: row.id });

const infoLabels = ({ id, name, group, tags }: MeasuredMonitor['row']): Labels => ({
  ...{ monitor: id, name, group: group ?? '' },
  ...tagLabels(tags),
});

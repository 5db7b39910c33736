// Owns the shape of what the page of one monitor shows, beside what the status page shows of it.
import type { Uptime } from '../../uptime/model.ts';
import type { ComponentView, PageIncident } from './page-view.ts';
import type { PlannedMaintenance } from './status-view.ts';

export const RANGES = ['24h', '7d', '90d'] as const;
export type Range = (typeof RANGES)[number];

export interface MonitorPageView {
  readonly component: ComponentView;
  readonly stale: boolean;
  readonly range: Range;
  /** The span of the chart, ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Of each location, in the order of the page. Null if the page shows no latency. */
  readonly latency: readonly LocationLatency[] | null;
  /** Of the job of a heartbeat, in the place of latencies. Null for other monitors. */
  readonly durations: JobDurations | null;
  /** Open ones first, then those that ended within 90 days, newest first. */
  readonly incidents: readonly PageIncident[];
  readonly maintenances: readonly PlannedMaintenance[];
}

/** How long the runs of a job took that succeeded, in ms. */
export interface JobDurations extends Pick<LocationLatency, 'points' | 'p50' | 'p95' | 'p99'> {
  readonly runs: number;
}

/** Total times of runs that were ok. */
export interface LocationLatency {
  /** Its id, such as `aws:eu-central-1`. */
  readonly location: string;
  /** Medians of equal parts of the span, oldest first. Null: nothing was measured. */
  readonly points: readonly (number | null)[];
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** 1 − the time its vote failed / the time it voted. */
  readonly uptime: Uptime;
}

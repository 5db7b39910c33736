// Owns the shape of what a status page shows, in any form: HTML, feeds, the Statuspage API, Markdown, badges.
// Does not contain a text of the page, a host, a port, an address or a name of a private monitor.

import type {
  ComponentImpact,
  ComponentRef,
  Impact,
  StatusPage,
  UpdateStatus,
} from '../../status-pages/model.ts';
import type { PageState } from '../../status-pages/page-state.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { DayBar, Uptime } from '../../uptime/model.ts';
import type { MonitorView, PlannedMaintenance, StatusView } from './status-view.ts';

export interface PageView {
  readonly page: StatusPage;
  /** Path before the routes of the page: empty at the root, else `/pages/<id>`. */
  readonly base: string;
  /** Absolute address of the page, without a trailing slash. */
  readonly url: string;
  readonly now: number;
  /** The worst of what probes see and what people say, over all components. */
  readonly state: PageState;
  /** Since when the page has this state. Null if it is not known. */
  readonly since: number | null;
  /** Start of the newest measurement of a monitor of the page, and from how many locations they are checked. */
  readonly checkedAt: number | null;
  readonly locationCount: number;
  /** Names for people of every location that the page can name, by id: Frankfurt, not aws:eu-central-1. */
  readonly locationNames: Readonly<Record<string, string>>;
  /** Ticks or measurements have stopped, so the current status is unknown. */
  readonly stale: boolean;
  readonly measuredAt: number | null;
  readonly monitoring: StatusView['monitoring'];
  readonly announcements: readonly AnnouncementView[];
  /** In the order of the page. Components without a group are in a group without a name, the first. */
  readonly groups: readonly ComponentGroup[];
  /** Open ones first, then those that ended within 14 days, newest first. Without those of planned work. */
  readonly incidents: readonly PageIncident[];
  /** Running ones first, then those that begin within 30 days, in order of time. At most 50. */
  readonly maintenances: readonly PlannedMaintenance[];
  /** What is over, newest first. Empty unless all of the past was asked for. */
  readonly completed: readonly PlannedMaintenance[];
  /** Number of monitors that the page does not show. */
  readonly hidden: number;
}

export interface ComponentGroup {
  /** `group:<name>`. Null without a name. */
  readonly ref: ComponentRef | null;
  readonly name: string | null;
  /** The worst state of its components. Paused ones do not count, unless all are. */
  readonly state: PageState;
  readonly components: readonly ComponentView[];
  /** Shown closed: the configuration says so, and all is well. */
  readonly collapsed: boolean;
}

export interface ComponentView {
  readonly ref: ComponentRef;
  readonly name: string;
  readonly description: string | null;
  /** What probes see. Null for a group or a static component. */
  readonly monitor: MonitorView | null;
  /** Ids of the locations whose vote is failing while the monitor is partial, in order. Empty otherwise. */
  readonly failingLocations: readonly string[];
  /** What people say of it in an open incident: the worst impact. Null if they say nothing. */
  readonly said: Impact | null;
  /** The worse of both. A paused monitor, or one that is not measured yet, has no data. */
  readonly state: PageState;
  /** The newest 90 UTC days, today included, oldest first. Days before its history are missing. */
  readonly bars: readonly DayBar[];
  /** Over the days of `bars`. */
  readonly uptime: Uptime;
}

/** What happened, as probes measured it, as people tell it, or both. */
export interface PageIncident {
  /** Of the public incident if people wrote one, else of the measured incident. */
  readonly id: string;
  /** As people wrote it. If only probes measured it: the name of the monitor, and `measured` has the verdict. */
  readonly title: string;
  /** Who says so: both are shown and named as such. */
  readonly sources: readonly ('probes' | 'people')[];
  readonly status: UpdateStatus;
  readonly impact: Impact;
  readonly startedAt: number;
  readonly resolvedAt: number | null;
  /** Those on the page. The impact now while it is open, the worst one after that. */
  readonly components: readonly (ComponentImpact & { readonly name: string })[];
  /** What people say of the components of the page now. Empty if they wrote nothing. */
  readonly said: readonly ComponentImpact[];
  /** Newest first. */
  readonly updates: readonly PageUpdate[];
  /** Markdown. */
  readonly postmortem: { readonly at: number; readonly body: string } | null;
  /** Incidents that probes measured, oldest first. Only the page of the incident has their evidence. */
  readonly measured: readonly IncidentRow[];
}

export interface PageUpdate {
  readonly id: string;
  readonly at: number;
  readonly status: UpdateStatus;
  /** Markdown. */
  readonly body: string;
  readonly components: readonly ComponentImpact[];
}

export interface AnnouncementView {
  readonly id: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
  readonly startsAt: number;
  readonly endsAt: number | null;
}

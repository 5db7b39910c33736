// Owns the shapes of the Statuspage API, version 2, as Atlassian documents them on each page
// (https://confluence.status.atlassian.com/api, and as OpenAPI: https://www.mongodb.com/docs/api/doc/cloud-status.yaml).
// Names and words are those of Statuspage, so that its clients read them. Does not fill them in: to-statuspage.ts does.

export interface StatuspagePage {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly time_zone: string;
  readonly updated_at: string;
}

/** `maintenance` is not in the documentation, but Statuspage answers it: with `Service Under Maintenance`. */
export interface StatuspageStatus {
  readonly indicator: 'none' | 'maintenance' | 'minor' | 'major' | 'critical';
  readonly description: string;
}

export type ComponentStatus =
  | 'operational'
  | 'degraded_performance'
  | 'partial_outage'
  | 'major_outage'
  | 'under_maintenance';

export interface StatuspageComponent {
  readonly id: string;
  readonly name: string;
  readonly status: ComponentStatus;
  readonly created_at: string;
  readonly updated_at: string;
  /** From 1, within its group. */
  readonly position: number;
  readonly description: string | null;
  readonly showcase: boolean;
  /** `YYYY-MM-DD`: the first day of its history. */
  readonly start_date: string | null;
  readonly group_id: string | null;
  readonly page_id: string;
  readonly group: boolean;
  readonly only_show_if_degraded: boolean;
  /** Ids of its components. Of groups only. */
  readonly components?: readonly string[];
}

export type IncidentStatus = 'investigating' | 'identified' | 'monitoring' | 'resolved' | 'postmortem';
export type MaintenanceStatus = 'scheduled' | 'in_progress' | 'completed';
export type IncidentImpact = 'none' | 'minor' | 'major' | 'critical' | 'maintenance';

export interface AffectedComponent {
  readonly code: string;
  readonly name: string;
  readonly old_status: ComponentStatus;
  readonly new_status: ComponentStatus;
}

export interface StatuspageUpdate<Status = IncidentStatus | MaintenanceStatus> {
  readonly id: string;
  readonly status: Status;
  /** Plain text. */
  readonly body: string;
  readonly incident_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly display_at: string;
  readonly affected_components: readonly AffectedComponent[];
}

interface Dated<Status> {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly created_at: string;
  readonly updated_at: string;
  readonly monitoring_at: string | null;
  readonly resolved_at: string | null;
  readonly impact: IncidentImpact;
  readonly shortlink: string;
  readonly started_at: string;
  readonly page_id: string;
  /** Newest first. */
  readonly incident_updates: readonly StatuspageUpdate<Status>[];
  readonly components: readonly StatuspageComponent[];
}

export interface StatuspageIncident extends Dated<IncidentStatus> {
  readonly postmortem_body: string | null;
  readonly postmortem_published_at: string | null;
}

export interface StatuspageMaintenance extends Dated<MaintenanceStatus> {
  readonly scheduled_for: string;
  readonly scheduled_until: string;
}

// Owns how incidents and maintenances of a page look in the Statuspage API. Pure. What probes measured and what people wrote
// are both there: an incident that only probes measured has updates that begin with "Measured".
import { HEARTBEAT_LOCATION } from '../../engine/model/heartbeat.ts';
import { markdownToText } from '../../markdown.ts';
import { en } from '../../status-pages/languages/en.ts';
import type { Impact } from '../../status-pages/model.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import { iso } from '../api/common.ts';
import { titleOfIncident, unknownSinceIn } from '../status-page/incident-card.tsx';
import type { PageIncident, PageView } from '../status-page/page-view.ts';
import { endReasonText } from '../status-page/status-text.ts';
import type { PlannedMaintenance } from '../status-page/status-view.ts';
import { STATUS_OF_IMPACT } from './components.ts';
import type {
  AffectedComponent,
  ComponentStatus,
  IncidentImpact,
  IncidentStatus,
  MaintenanceStatus,
  StatuspageComponent,
  StatuspageIncident,
  StatuspageMaintenance,
  StatuspageUpdate,
} from './shapes.ts';

const IMPACTS: Readonly<Record<Impact, IncidentImpact>> = {
  operational: 'none',
  degraded: 'minor',
  partial: 'major',
  major: 'critical',
};

type Update = StatuspageUpdate<IncidentStatus>;

export function toIncident(
  view: PageView,
  incident: PageIncident,
  components: readonly StatuspageComponent[],
): StatuspageIncident {
  const { id, startedAt, resolvedAt, postmortem, impact } = incident;
  const updates = updatesOf(incident);
  const named = new Set(incident.components.map(({ component }) => component));
  const status = postmortem !== null && resolvedAt !== null ? 'postmortem' : incident.status;
  return {
    ...{ id, name: titleOfIncident(incident, unknownSinceIn(view), { texts: en }), status },
    ...{ created_at: iso(startedAt), updated_at: updates[0]?.updated_at ?? iso(resolvedAt ?? startedAt) },
    // The last time at which the team began to watch a fix.
    monitoring_at: updates.find((one) => one.status === 'monitoring')?.created_at ?? null,
    resolved_at: resolvedAt === null ? null : iso(resolvedAt),
    ...{ impact: IMPACTS[impact], shortlink: `${view.url}/incidents/${encodeURIComponent(id)}` },
    ...{ started_at: iso(startedAt), page_id: view.page.id, incident_updates: updates },
    components: components.filter((one) => named.has(one.id)),
    postmortem_body: postmortem && markdownToText(postmortem.body),
    postmortem_published_at: postmortem && iso(postmortem.at),
  };
}

/** Newest first. */
function updatesOf(incident: PageIncident): Update[] {
  const { id, postmortem, updates } = incident;
  const said =
    updates.length > 0 ? saidUpdates(incident) : incident.measured.flatMap((row) => measured(row, incident));
  const published =
    postmortem === null
      ? []
      : [update(id, `${id}-postmortem`, 'postmortem', postmortem.at, markdownToText(postmortem.body), [])];
  return [...published, ...said.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1))];
}

/** An update names the components that it changes. What they were before is in earlier ones. */
function saidUpdates({ id, updates, components }: PageIncident): Update[] {
  const names = new Map(components.map(({ component, name }) => [component, name]));
  const before = new Map<string, ComponentStatus>();
  return updates.toReversed().map((one) => {
    const affected = one.components
      .filter(({ component }) => names.has(component))
      .map(({ component, impact }): AffectedComponent => {
        const [old_status, new_status] = [before.get(component) ?? 'operational', STATUS_OF_IMPACT[impact]];
        before.set(component, new_status);
        return { code: component, name: names.get(component) ?? component, old_status, new_status };
      });
    return update(id, one.id, one.status, one.at, markdownToText(one.body), affected);
  });
}

/** What probes measured, in updates: a client shows an incident by its newest update. */
function measured(row: IncidentRow, { id, components }: PageIncident): Update[] {
  const failing = STATUS_OF_IMPACT[row.verdict === 'down' ? 'major' : 'partial'];
  const affected = (old_status: ComponentStatus, new_status: ComponentStatus): AffectedComponent[] =>
    components
      .filter(({ component }) => component === `monitor:${row.monitorId}`)
      .map(({ component, name }) => ({ code: component, name, old_status, new_status }));
  const where = row.scope.includes(HEARTBEAT_LOCATION)
    ? 'late or failing'
    : row.verdict === 'down'
      ? 'down'
      : 'unreachable from some locations';
  const opened = update(
    ...([id, `${row.id}-opened`, 'investigating', row.detectedAt] as const),
    `Measured: ${row.monitorName} is ${where} since ${iso(row.startedAt)}.`,
    affected('operational', failing),
  );
  if (row.resolvedAt === null) return [opened];
  const end =
    row.reason === null
      ? `Measured: ${row.monitorName} recovered.`
      : `Measured: ${endReasonText(row.reason)}`;
  const closed = update(
    id,
    `${row.id}-resolved`,
    'resolved',
    row.resolvedAt,
    end,
    affected(failing, 'operational'),
  );
  return [opened, closed];
}

function update<Status extends string>(
  incidentId: string,
  id: string,
  status: Status,
  at: number,
  body: string,
  affected: readonly AffectedComponent[],
): StatuspageUpdate<Status> {
  const time = iso(at);
  return {
    ...{ id, status, body, incident_id: incidentId, created_at: time, updated_at: time, display_at: time },
    affected_components: affected,
  };
}

/** Each occurrence of a window that repeats has an id of its own. */
export function toMaintenance(
  view: PageView,
  { id: windowId, name, monitors, startsAt, endsAt }: PlannedMaintenance,
  components: readonly StatuspageComponent[],
): StatuspageMaintenance {
  const id = `${windowId}-${startsAt / 1000}`;
  const isOver = endsAt <= view.now;
  const status: MaintenanceStatus = isOver ? 'completed' : startsAt <= view.now ? 'in_progress' : 'scheduled';
  const affected = new Set(monitors.map((one) => `monitor:${one}`));
  const [from, to] = [iso(startsAt), iso(endsAt)];
  return {
    ...{ id, name, status, created_at: from, updated_at: isOver ? to : from, monitoring_at: null },
    resolved_at: isOver ? to : null,
    ...{ impact: 'maintenance', shortlink: `${view.url}/`, started_at: from, page_id: view.page.id },
    incident_updates: [
      update(id, `${id}-${status}`, status, isOver ? endsAt : startsAt, `${name}: ${from} to ${to}.`, []),
    ],
    components: components.filter((one) => affected.has(one.id)),
    ...{ scheduled_for: from, scheduled_until: to },
  };
}

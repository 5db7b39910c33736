// Statuspage's API, version 2, as documents must look: every field that its documentation lists, with its type and its words.
// Fields by https://www.mongodb.com/docs/api/doc/cloud-status.yaml (the OpenAPI document of a page of Statuspage) and
// https://confluence.status.atlassian.com/api (Atlassian's own). `group`, `group_id`, `showcase`, `start_date`, `time_zone`,
// `started_at`, `affected_components` and the indicator `maintenance` are not listed there, and are in answers of Statuspage.
import { z } from 'zod';

const time = z.iso.datetime();
const timeOrNull = time.nullable();

const page = z.strictObject({
  ...{ id: z.string().min(1), name: z.string().min(1), url: z.url(), updated_at: time },
  time_zone: z.string(),
});

const status = z.strictObject({
  indicator: z.enum(['none', 'minor', 'major', 'critical', 'maintenance']),
  description: z.string().min(1),
});

const componentStatus = z.enum([
  'operational',
  'degraded_performance',
  'partial_outage',
  'major_outage',
  'under_maintenance',
]);

const componentFields = {
  ...{ id: z.string().min(1), name: z.string().min(1), status: componentStatus, page_id: z.string() },
  ...{ created_at: time, updated_at: time, position: z.int().min(1), description: z.string().nullable() },
  ...{ showcase: z.boolean(), only_show_if_degraded: z.boolean(), start_date: z.iso.date().nullable() },
};
/** Only groups list components. */
const component = z.discriminatedUnion('group', [
  z.strictObject({ ...componentFields, group: z.literal(false), group_id: z.string().nullable() }),
  z.strictObject({
    ...{ ...componentFields, group: z.literal(true), group_id: z.null() },
    components: z.array(z.string()),
  }),
]);

const updateFields = {
  ...{ id: z.string().min(1), body: z.string(), incident_id: z.string() },
  ...{ created_at: time, updated_at: time, display_at: timeOrNull },
  affected_components: z.array(
    z.strictObject({
      ...{ code: z.string(), name: z.string(), old_status: componentStatus, new_status: componentStatus },
    }),
  ),
};

const datedFields = {
  ...{ id: z.string().min(1), name: z.string().min(1), page_id: z.string(), shortlink: z.url() },
  ...{
    created_at: time,
    updated_at: time,
    started_at: time,
    monitoring_at: timeOrNull,
    resolved_at: timeOrNull,
  },
  ...{
    impact: z.enum(['none', 'minor', 'major', 'critical', 'maintenance']),
    components: z.array(component),
  },
};

const incidentStatus = z.enum(['investigating', 'identified', 'monitoring', 'resolved', 'postmortem']);
const incident = z.strictObject({
  ...{ ...datedFields, status: incidentStatus },
  incident_updates: z.array(z.strictObject({ ...updateFields, status: incidentStatus })).min(1),
  ...{ postmortem_body: z.string().nullable(), postmortem_published_at: timeOrNull },
});

const maintenanceStatus = z.enum(['scheduled', 'in_progress', 'verifying', 'completed']);
const maintenance = z.strictObject({
  ...{ ...datedFields, status: maintenanceStatus, impact: z.literal('maintenance') },
  incident_updates: z.array(z.strictObject({ ...updateFields, status: maintenanceStatus })).min(1),
  ...{ scheduled_for: time, scheduled_until: time },
});

const MAX_LISTED = 50;
const components = z.array(component);
const incidents = z.array(incident).max(MAX_LISTED);
const unresolved = incidents.refine((list) =>
  list.every((one) => ['investigating', 'identified', 'monitoring'].includes(one.status)),
);
const maintenances = z.array(maintenance).max(MAX_LISTED);
const inStates = (...states: string[]) =>
  maintenances.refine((list) => list.every((one) => states.includes(one.status)));

/** By path below `/api/v2/`. */
export const STATUSPAGE_DOCUMENTS = {
  'summary.json': z.strictObject({
    ...{
      page,
      status,
      components,
      incidents: unresolved,
      scheduled_maintenances: inStates('scheduled', 'in_progress', 'verifying'),
    },
  }),
  'status.json': z.strictObject({ page, status }),
  'components.json': z.strictObject({ page, components }),
  'incidents.json': z.strictObject({ page, incidents }),
  'incidents/unresolved.json': z.strictObject({ page, incidents: unresolved }),
  'scheduled-maintenances.json': z.strictObject({ page, scheduled_maintenances: maintenances }),
  'scheduled-maintenances/upcoming.json': z.strictObject({
    page,
    scheduled_maintenances: inStates('scheduled'),
  }),
  'scheduled-maintenances/active.json': z.strictObject({
    ...{ page, scheduled_maintenances: inStates('in_progress', 'verifying') },
  }),
};

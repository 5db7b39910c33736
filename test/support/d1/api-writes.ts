// Owns one accepted request for each write of the API, so that a test makes all of them. Does not assert anything.
import { type Answered, ask, bindings, createMonitor, post, RECEIVER, SHOP } from './http-mesh.ts';
import { signIn } from './signed-in.ts';

export interface ApiWrite {
  /** What the entry of the audit log names. */
  readonly action: string;
  /** Makes what the request needs, and returns the request. */
  readonly prepare: () => Promise<() => Promise<Answered>>;
}

const send = (method: string, path: string, body?: unknown) => () =>
  ask(`/api/v1${path}`, {
    method,
    ...(body === undefined ? {} : { body }),
    env: { CHECK_LIMIT: { limit: async () => ({ success: true }) } as RateLimit },
  });

let made = 0;
const newId = (): string => {
  made += 1;
  return `made-${made}`;
};

const reader = () => ({ page: 'default', address: `${newId()}@example.com`, confirmed: true });

/** A write that needs nothing. */
const alone = (action: string, method: string, path: string, body?: () => unknown): ApiWrite => ({
  action,
  prepare: async () => send(method, path, body?.()),
});

/** A write of what another request creates. `path` has its id in place of `:id`. */
const of = (
  action: string,
  create: () => Promise<Answered>,
  method: string,
  path: string,
  body?: unknown,
): ApiWrite => ({
  action,
  prepare: async () => {
    const created = await create();
    if (created.status !== 201) throw new Error(`The preparation of ${action} failed: ${created.text}`);
    const { id } = created.json.apiKey ?? created.json;
    return send(method, path.replace(':id', id), body);
  },
});

const view = () => ({ name: newId(), query: 'state=down', shared: true });
const monitor = () => createMonitor({ id: newId() });
const heartbeat = () =>
  post('/api/v1/monitors', {
    id: newId(),
    name: 'Backup',
    check: { type: 'heartbeat', everySeconds: 3_600 },
  });
const channel = () => post('/api/v1/channels', { ...RECEIVER, id: newId() });
const route = () => post('/api/v1/routes', { name: 'Shop', id: newId(), steps: [] });
const window = (kind: string) => () =>
  post(`/api/v1/${kind}`, { name: 'Work', monitors: 'all', durationMinutes: 60, id: newId() });
const DEAD_MANS_SWITCH = { url: 'https://hc.acme.dev/ping/secret' };
const schedule = () => post('/api/v1/schedules', { name: 'On call', id: newId() });
const statusPage = () => post('/api/v1/status-pages', { title: 'Shop', id: newId() });
const override = (personId: string) => ({
  ...{ person: personId, startsAt: '2029-01-01T00:00:00Z', endsAt: '2029-01-02T00:00:00Z' },
});
const publicIncident =
  (more: object = {}) =>
  () =>
    post('/api/v1/public-incidents', { title: 'Slow', body: 'We look into it.', notify: false, ...more });
const announcement = () =>
  post('/api/v1/announcements', { title: 'Moved', body: 'Addresses change.', notify: false });
const template = () =>
  post('/api/v1/update-templates', { id: newId(), name: 'Slow', title: 'Slow', body: 'Wait.' });
const UPDATE = { status: 'resolved', body: 'It is over.', notify: false };
const reportSchedule = async () => {
  const { id } = (await channel()).json;
  return post('/api/v1/report-schedules', { name: 'Shop', id: newId(), period: 'month', channels: [id] });
};
const apiKey = () => post('/api/v1/api-keys', { name: 'Deployment', role: 'editor' });
const person = () => post('/api/v1/people', { name: 'Ada', username: newId(), role: 'editor' });
const PROVIDER = {
  ...{ type: 'oidc', name: 'Company', issuer: 'https://id.acme.dev', audience: 'probemesh' },
  rules: [{ group: 'ops', role: 'viewer', tags: null }],
};
const provider = () =>
  post('/api/v1/identity-providers', { ...PROVIDER, id: newId(), issuer: `https://${newId()}.acme.dev` });

const windows = (kind: 'maintenance' | 'silence'): Record<string, ApiWrite> => {
  const path = `/${kind}s`;
  const create = window(`${kind}s`);
  return {
    [`POST /api/v1${path}`]: { action: `${kind}.created`, prepare: async () => create },
    [`PATCH /api/v1${path}/:id`]: of(`${kind}.updated`, create, 'PATCH', `${path}/:id`, { name: 'Other' }),
    [`POST /api/v1${path}/:id/end`]: of(`${kind}.ended`, create, 'POST', `${path}/:id/end`),
    [`DELETE /api/v1${path}/:id`]: of(`${kind}.deleted`, create, 'DELETE', `${path}/:id`),
  };
};

/** The old path works too. */
const deadMansSwitch = (name: string): Record<string, ApiWrite> => {
  const path = `/settings/${name}`;
  return {
    [`PUT /api/v1${path}`]: alone('dead_mans_switch.updated', 'PUT', path, () => DEAD_MANS_SWITCH),
    [`DELETE /api/v1${path}`]: {
      action: 'dead_mans_switch.deleted',
      prepare: async () => {
        await send('PUT', path, DEAD_MANS_SWITCH)();
        return send('DELETE', path);
      },
    },
  };
};

/** Each has an incident of its own, which another request has acknowledged if the action gives it back. */
function incidentActions(
  bodies: Readonly<Record<string, readonly [done: string, body: object]>>,
): Record<string, ApiWrite> {
  return Object.fromEntries(
    Object.entries(bodies).map(([path, [done, body]]): [string, ApiWrite] => [
      `POST /api/v1/incidents/:id/${path}`,
      {
        action: `incident.${done}`,
        prepare: async () => {
          const id = newId();
          await insertIncident(id, path === 'unacknowledge' ? 1 : null);
          return send('POST', `/incidents/${id}/${path}`, body);
        },
      },
    ]),
  );
}

async function insertIncident(id: string, acknowledgedAt: number | null): Promise<void> {
  await bindings.DB.prepare(
    `insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at,
      scope, quorum, evidence, acknowledged_at) values (?, 1, 'shop', 'Shop', 0, 'open', 'down', 1, 1, '[]', '{}', '[]', ?)`,
  )
    .bind(id, acknowledgedAt)
    .run();
}
/** Requests that change nothing although they have a body. Their own tests prove it. */
export const READS_BY_POST: ReadonlySet<string> = new Set(['POST /api/v1/channels/preview']);

/** Steps of one change. The last one leaves its entry: test/services/backup/restore.worker.test.ts. */
export const STEPS_OF_A_RESTORE: ReadonlySet<string> = new Set(
  ['', '/clear', '/rows', '/finish'].map((step) => `POST /api/v1/restore${step}`),
);

/** By method and path, as the table of routes writes them. */
export const API_WRITES: Readonly<Record<string, ApiWrite>> = {
  'POST /api/v1/monitors': { action: 'monitor.created', prepare: async () => monitor },
  'POST /api/v1/monitors/bulk': {
    action: 'monitor.updated',
    prepare: async () => {
      const { id } = (await monitor()).json;
      return send('POST', '/monitors/bulk', { updates: [{ id, patch: { name: 'Other' } }] });
    },
  },
  'POST /api/v1/monitor-views': alone('monitor_view.created', 'POST', '/monitor-views', view),
  'DELETE /api/v1/monitor-views/:id': of(
    ...(['monitor_view.deleted', () => post('/api/v1/monitor-views', view()), 'DELETE'] as const),
    '/monitor-views/:id',
  ),
  'POST /api/v1/monitors/:id/heartbeat/rotate': of(
    'heartbeat.key_rotated',
    heartbeat,
    'POST',
    '/monitors/:id/heartbeat/rotate',
    { overlapMinutes: 60 },
  ),
  'PATCH /api/v1/monitors/:id': of('monitor.updated', monitor, 'PATCH', '/monitors/:id', { name: 'Other' }),
  'DELETE /api/v1/monitors/:id': of('monitor.deleted', monitor, 'DELETE', '/monitors/:id'),
  'POST /api/v1/channels': { action: 'channel.created', prepare: async () => channel },
  'PATCH /api/v1/channels/:id': of('channel.updated', channel, 'PATCH', '/channels/:id', { enabled: false }),
  'DELETE /api/v1/channels/:id': of('channel.deleted', channel, 'DELETE', '/channels/:id'),
  'POST /api/v1/channels/:id/test': of('channel.tested', channel, 'POST', '/channels/:id/test'),
  'POST /api/v1/status-pages': { action: 'status_page.created', prepare: async () => statusPage },
  'PATCH /api/v1/status-pages/:id': of('status_page.updated', statusPage, 'PATCH', '/status-pages/:id', {
    title: 'Other',
  }),
  'DELETE /api/v1/status-pages/:id': of('status_page.deleted', statusPage, 'DELETE', '/status-pages/:id'),
  'POST /api/v1/routes': { action: 'route.created', prepare: async () => route },
  'PUT /api/v1/routes/order': {
    action: 'route.ordered',
    prepare: async () => {
      await Promise.all([route(), route()]);
      const { routes } = (await ask('/api/v1/routes')).json;
      const ids = routes.map(({ id }: { id: string }) => id).toReversed();
      return send('PUT', '/routes/order', { routes: ids });
    },
  },
  'PATCH /api/v1/routes/:id': of('route.updated', route, 'PATCH', '/routes/:id', { name: 'Other' }),
  'DELETE /api/v1/routes/:id': of('route.deleted', route, 'DELETE', '/routes/:id'),
  'POST /api/v1/report-schedules': {
    action: 'report_schedule.created',
    prepare: async () => {
      const channels = [(await channel()).json.id];
      return send('POST', '/report-schedules', { name: 'Shop', id: newId(), period: 'month', channels });
    },
  },
  'PATCH /api/v1/report-schedules/:id': of(
    'report_schedule.updated',
    reportSchedule,
    'PATCH',
    '/report-schedules/:id',
    { name: 'Other' },
  ),
  'DELETE /api/v1/report-schedules/:id': of(
    'report_schedule.deleted',
    reportSchedule,
    'DELETE',
    '/report-schedules/:id',
  ),
  'PATCH /api/v1/settings': {
    action: 'settings.updated',
    prepare: async () => {
      const { id } = (await channel()).json;
      await bindings.DB.prepare("delete from settings where name = 'notifications'").run();
      return send('PATCH', '/settings', { defaultChannels: [id] });
    },
  },
  ...windows('maintenance'),
  ...windows('silence'),
  'PUT /api/v1/settings/location-names': alone(
    'location_names.updated',
    'PUT',
    '/settings/location-names',
    () => ({ locationNames: { 'aws:eu-central-1': 'Europe' } }),
  ),
  ...deadMansSwitch('dead-mans-switch'),
  ...deadMansSwitch('heartbeat'),
  'POST /api/v1/drill': {
    action: 'drill.started',
    prepare: async () => {
      const { id } = (await monitor()).json;
      return send('POST', '/drill', { monitor: id });
    },
  },
  'POST /api/v1/schedules': { action: 'schedule.created', prepare: async () => schedule },
  'PATCH /api/v1/schedules/:id': of('schedule.updated', schedule, 'PATCH', '/schedules/:id', {
    name: 'Other',
  }),
  'DELETE /api/v1/schedules/:id': of('schedule.deleted', schedule, 'DELETE', '/schedules/:id'),
  'POST /api/v1/schedules/:id/overrides': {
    action: 'schedule_override.created',
    prepare: async () => {
      const [one, who] = [(await schedule()).json, (await person()).json];
      return send('POST', `/schedules/${one.id}/overrides`, override(who.id));
    },
  },
  'DELETE /api/v1/schedules/:id/overrides/:overrideId': {
    action: 'schedule_override.deleted',
    prepare: async () => {
      const [one, who] = [(await schedule()).json, (await person()).json];
      const path = `/schedules/${one.id}/overrides`;
      const { id } = (await send('POST', path, override(who.id))()).json;
      return send('DELETE', `${path}/${id}`);
    },
  },
  'POST /api/v1/deliveries/:notificationId/:channelId/redeliver': {
    action: 'delivery.redelivered',
    prepare: async () => {
      const { id } = (await channel()).json;
      await insertFailedDelivery(id);
      return send('POST', `/deliveries/n1/${id}/redeliver`);
    },
  },
  ...incidentActions({
    acknowledge: ['acknowledged', {}],
    unacknowledge: ['unacknowledged', {}],
    snooze: ['snoozed', { minutes: 30 }],
    comments: ['commented', { text: 'On it.' }],
  }),
  'POST /api/v1/public-incidents': {
    action: 'public_incident.created',
    prepare: async () => publicIncident(),
  },
  'PATCH /api/v1/public-incidents/:id': of(
    ...(['public_incident.updated', publicIncident(), 'PATCH', '/public-incidents/:id'] as const),
    { title: 'Other' },
  ),
  'DELETE /api/v1/public-incidents/:id': of(
    ...(['public_incident.deleted', publicIncident(), 'DELETE', '/public-incidents/:id'] as const),
  ),
  'POST /api/v1/public-incidents/:id/publish': of(
    ...(['public_incident.published', publicIncident({ state: 'draft' }), 'POST'] as const),
    '/public-incidents/:id/publish',
    { notify: true },
  ),
  'POST /api/v1/public-incidents/:id/updates': of(
    ...(['incident_update.created', publicIncident(), 'POST', '/public-incidents/:id/updates'] as const),
    UPDATE,
  ),
  'PATCH /api/v1/public-incidents/:id/updates/:updateId': {
    action: 'incident_update.updated',
    prepare: async () => {
      const { id, updates } = (await publicIncident()()).json;
      return send('PATCH', `/public-incidents/${id}/updates/${updates[0].id}`, { body: 'Other' });
    },
  },
  'DELETE /api/v1/public-incidents/:id/updates/:updateId': {
    action: 'incident_update.deleted',
    prepare: async () => {
      const { id, updates } = (await publicIncident()()).json;
      await send('POST', `/public-incidents/${id}/updates`, UPDATE)();
      return send('DELETE', `/public-incidents/${id}/updates/${updates[0].id}`);
    },
  },
  'PUT /api/v1/public-incidents/:id/postmortem': of(
    ...(['postmortem.written', publicIncident(), 'PUT', '/public-incidents/:id/postmortem'] as const),
    { body: 'A full disk.', notify: false },
  ),
  'DELETE /api/v1/public-incidents/:id/postmortem': {
    action: 'postmortem.deleted',
    prepare: async () => {
      const { id } = (await publicIncident()()).json;
      const path = `/public-incidents/${id}/postmortem`;
      await send('PUT', path, { body: 'A full disk.', notify: false })();
      return send('DELETE', path);
    },
  },
  'POST /api/v1/subscribers': alone('subscriber.created', 'POST', '/subscribers', () => reader()),
  'DELETE /api/v1/subscribers/:id': of(
    ...(['subscriber.deleted', () => post('/api/v1/subscribers', reader())] as const),
    ...(['DELETE', '/subscribers/:id'] as const),
  ),
  'POST /api/v1/subscribers/import': {
    action: 'subscriber.imported',
    prepare: async () => () =>
      ask('/api/v1/subscribers/import', {
        ...{ method: 'POST', body: `address\n${reader().address}\n` },
        headers: { 'content-type': 'text/csv' },
      }),
  },
  'POST /api/v1/announcements': { action: 'announcement.created', prepare: async () => announcement },
  'PATCH /api/v1/announcements/:id': of(
    ...(['announcement.updated', announcement, 'PATCH', '/announcements/:id'] as const),
    { title: 'Other' },
  ),
  'DELETE /api/v1/announcements/:id': of(
    ...(['announcement.deleted', announcement, 'DELETE', '/announcements/:id'] as const),
  ),
  'POST /api/v1/update-templates': { action: 'update_template.created', prepare: async () => template },
  'PATCH /api/v1/update-templates/:id': of(
    ...(['update_template.updated', template, 'PATCH', '/update-templates/:id'] as const),
    { name: 'Other' },
  ),
  'DELETE /api/v1/update-templates/:id': of(
    ...(['update_template.deleted', template, 'DELETE', '/update-templates/:id'] as const),
  ),
  'POST /api/v1/check': alone('check_run.started', 'POST', '/check', () => ({
    check: SHOP.check,
    locations: 'all',
  })),
  'PUT /api/v1/configuration': alone(
    'configuration.applied',
    'PUT',
    '/configuration?allowDelete=true&detach=true',
    () => ({
      channels: [{ ...RECEIVER, id: newId() }],
      monitors: [{ ...SHOP, id: newId() }],
    }),
  ),
  'POST /api/v1/state/rebuild': {
    action: 'state.rebuilt',
    prepare: async () => {
      await monitor();
      await bindings.DB.prepare("update snapshots set data = x'00'").run();
      return send('POST', '/state/rebuild');
    },
  },
  'POST /api/v1/backup/cut': alone('backup.created', 'POST', '/backup/cut', () => ({
    since: '2027-01-15T08:00:00Z',
    compaction: null,
  })),
  'POST /api/v1/api-keys': { action: 'api_key.created', prepare: async () => apiKey },
  'PATCH /api/v1/api-keys/:id': of('api_key.updated', apiKey, 'PATCH', '/api-keys/:id', { name: 'Other' }),
  'POST /api/v1/api-keys/:id/rotate': of('api_key.rotated', apiKey, 'POST', '/api-keys/:id/rotate', {}),
  'POST /api/v1/api-keys/:id/revoke': of('api_key.revoked', apiKey, 'POST', '/api-keys/:id/revoke'),
  'POST /api/v1/people': { action: 'person.created', prepare: async () => person },
  'PATCH /api/v1/people/:id': of('person.updated', person, 'PATCH', '/people/:id', { name: 'Other' }),
  'DELETE /api/v1/people/:id': of('person.deleted', person, 'DELETE', '/people/:id'),
  'POST /api/v1/people/:id/invitation': of('invitation.created', person, 'POST', '/people/:id/invitation'),
  'DELETE /api/v1/sessions/:id': {
    action: 'session.deleted',
    prepare: async () => {
      const { cookie, csrf } = await signIn('viewer');
      const headers = { cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'same-origin' };
      const { json } = await ask('/api/v1/sessions', { token: null, headers });
      const path = `/api/v1/sessions/${json.sessions[0].id}`;
      return () => ask(path, { method: 'DELETE', token: null, headers });
    },
  },
  'POST /api/v1/identity-providers': { action: 'identity_provider.created', prepare: async () => provider },
  'PATCH /api/v1/identity-providers/:id': of(
    ...(['identity_provider.updated', provider, 'PATCH'] as const),
    '/identity-providers/:id',
    { name: 'Other' },
  ),
  'DELETE /api/v1/identity-providers/:id': of(
    ...(['identity_provider.deleted', provider, 'DELETE', '/identity-providers/:id'] as const),
  ),
};

async function insertFailedDelivery(channelId: string): Promise<void> {
  const { DB } = bindings;
  await DB.batch([
    DB.prepare(
      "insert or ignore into notifications (id, event, at, position, body) values ('n1', 'incident.opened', 1, 1, '{}')",
    ),
    DB.prepare(
      "insert into deliveries (notification_id, channel_id, position, state, next_attempt_at) values ('n1', ?, 1, 'failed', 0)",
    ).bind(channelId),
  ]);
}

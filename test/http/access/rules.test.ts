// The table of routes says what the roles promise. every-route.worker.test.ts proves that the app enforces it.
import { expect, test } from 'vitest';
import type { Rule } from '../../../src/http/access/rule.ts';
import { RULES } from '../../../src/http/access/rules.ts';
import { DASHBOARD_RULES } from '../../../src/http/dashboard/page-rules.ts';

const roleOf = (rule: Rule): string => (typeof rule === 'string' ? rule : rule.role);
// A form of a page sends a request to the API, whose rule counts as well.
const ofTheApi = Object.entries(RULES).filter(([endpoint]) => !Object.hasOwn(DASHBOARD_RULES, endpoint));
const rules = ofTheApi.map(([endpoint, rule]) => {
  const [method = '', path = ''] = endpoint.split(' ');
  return { endpoint, path, isRead: method === 'GET', role: roleOf(rule) };
});
const endpointsOf = (wanted: (rule: (typeof rules)[number]) => boolean): string[] =>
  rules.filter(wanted).map(({ endpoint }) => endpoint);

test('a viewer previews messages, and changes nothing but own sessions and own views', () => {
  expect(endpointsOf(({ role, isRead }) => role === 'viewer' && !isRead)).toEqual([
    'POST /api/v1/monitor-views',
    'DELETE /api/v1/monitor-views/:id',
    // It renders a template and sends nothing.
    'POST /api/v1/channels/preview',
    'DELETE /api/v1/sessions/:id',
  ]);
});

test('a responder acts on incidents, takes over a shift, changes silences, writes to readers and sends deliveries again, and nothing else', () => {
  expect(endpointsOf(({ role }) => role === 'responder')).toEqual([
    'POST /api/v1/silences',
    'PATCH /api/v1/silences/:id',
    'POST /api/v1/silences/:id/end',
    'DELETE /api/v1/silences/:id',
    'POST /api/v1/schedules/:id/overrides',
    'DELETE /api/v1/schedules/:id/overrides/:overrideId',
    'POST /api/v1/incidents/:id/acknowledge',
    'POST /api/v1/incidents/:id/unacknowledge',
    'POST /api/v1/incidents/:id/snooze',
    'POST /api/v1/incidents/:id/comments',
    'POST /api/v1/public-incidents',
    'PATCH /api/v1/public-incidents/:id',
    'DELETE /api/v1/public-incidents/:id',
    'POST /api/v1/public-incidents/:id/publish',
    'POST /api/v1/public-incidents/:id/updates',
    'PATCH /api/v1/public-incidents/:id/updates/:updateId',
    'DELETE /api/v1/public-incidents/:id/updates/:updateId',
    'PUT /api/v1/public-incidents/:id/postmortem',
    'DELETE /api/v1/public-incidents/:id/postmortem',
    'POST /api/v1/announcements',
    'PATCH /api/v1/announcements/:id',
    'DELETE /api/v1/announcements/:id',
    'POST /api/v1/deliveries/:notificationId/:channelId/redeliver',
  ]);
});

test('an editor changes monitors, channels, routes, schedules, reports, status pages, maintenances and the configuration, and runs checks and drills', () => {
  const changed = rules.filter(({ role }) => role === 'editor').map(({ path }) => path.split('/')[3]);
  expect(new Set(changed)).toEqual(
    new Set([
      'update-templates',
      ...['monitors', 'channels', 'routes', 'schedules', 'maintenances', 'check', 'drill'],
      ...['configuration', 'report-schedules', 'status-pages', 'subscribers'],
    ]),
  );
});

test('only admins see people, keys, identity providers and the audit log, back up and restore, rebuild the state and change settings', () => {
  const closed =
    /^\/(api\/v1|dashboard)\/(people|api-keys|keys|identity-providers|audit|state|backup|restore)/;
  const isClosed = (path: string, isRead: boolean): boolean =>
    closed.test(path) || (path.startsWith('/api/v1/settings') && !isRead);
  expect(endpointsOf(({ path, role, isRead }) => isClosed(path, isRead) !== (role === 'admin'))).toEqual([]);
});

test('without credentials, the API changes nothing, and pages only sign in, set up, and accept invitations, signatures or pings', () => {
  const open = endpointsOf(({ role, isRead }) => role === 'public' && !isRead);
  const known = /^POST \/(sign-in|setup|invitation|acknowledge|interactions|ping|watchdog)(\/|$)/;
  expect(open.filter((endpoint) => !known.test(endpoint))).toEqual([]);
});

test('a status page is written to only by a reader who asks for access, or with a token in a mail', () => {
  const written = endpointsOf(
    ({ role, isRead, path }) => role === 'page' && !isRead && !path.startsWith('/pages/'),
  );
  const known = /^POST \/(access|subscribe|unsubscribe)(\/|$)/;
  expect(written.filter((endpoint) => !known.test(endpoint))).toEqual([]);
});

test('what a person does as that person is on pages only: a key is not a person', () => {
  const own = endpointsOf(({ role }) => role === 'signed_in');
  expect(own.filter((endpoint) => !/ \/(dashboard$|dashboard\/account|sign-out)/.test(endpoint))).toEqual([]);
});

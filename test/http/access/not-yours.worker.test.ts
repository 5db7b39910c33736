// What is outside a restriction does not exist: the status, the body and the SQL statements are those of an id that was
// never there. Every route with an id is tried, and every field of a write that names something.
import { beforeAll, expect, test } from 'vitest';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import { pathOf, type Route, routes } from '../../support/d1/every-route.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { recordD1 } from '../../support/d1/recorded-d1.ts';

/** Ids outside by collection, and ids of the same length that never existed. */
const THEIRS: Record<string, [existing: string, missing: string]> = {
  monitors: ['pay', 'nil'],
  channels: ['pager', 'nowhr'],
  maintenances: ['work', 'none'],
  silences: ['hush', 'none'],
  schedules: ['duty', 'none'],
  routes: ['trunk', 'nowhr'],
  'status-pages': ['deals', 'nowhr'],
  'report-schedules': ['brief', 'never'],
};

const recorded = recordD1(bindings.DB);
let token = '';

async function must(answer: Promise<{ status: number; text: string }>): Promise<void> {
  const { status, text } = await answer;
  if (status >= 300) throw new Error(text);
}

beforeAll(async () => {
  await empty();
  await emptyAccess();
  await must(post('/api/v1/channels', { ...RECEIVER, id: 'pager', tags: { team: 'pay' } }));
  await must(post('/api/v1/channels', { ...RECEIVER, id: 'ours', name: 'Ours', tags: { team: 'shop' } }));
  await must(post('/api/v1/routes', { id: 'trunk', name: 'Trunk', steps: [], tags: { team: 'pay' } }));
  const branch = { id: 'branch', name: 'Branch', steps: [], match: { tags: ['team:shop'] } };
  await must(post('/api/v1/routes', { ...branch, tags: { team: 'shop' } }));
  await createMonitor({ id: 'pay', tags: { team: 'pay' }, channels: ['pager'] });
  await createMonitor({ id: 'shop', tags: { team: 'shop' }, channels: ['ours'], name: 'Shop' });
  const window = { name: 'Work', monitors: ['pay'], startsAt: new Date(clock.now + 6e7).toISOString() };
  await must(post('/api/v1/maintenances', { ...window, id: 'work', durationMinutes: 60 }));
  await must(post('/api/v1/silences', { ...window, id: 'hush', durationMinutes: 60 }));
  await must(post('/api/v1/schedules', { id: 'duty', name: 'Duty', tags: { team: 'pay' } }));
  const words = { title: 'Slow', body: 'We look into it.', notify: false, tags: { team: 'pay' } };
  for (const collection of ['public-incidents', 'announcements']) {
    const { id } = (await post(`/api/v1/${collection}`, words)).json;
    THEIRS[collection] = [id, id.replaceAll(/[0-9a-z]$/g, (last: string) => (last === 'x' ? 'y' : 'x'))];
  }
  await must(post('/api/v1/public-incidents', { ...words, tags: { team: 'shop' } }));
  await must(post('/api/v1/status-pages', { id: 'deals', title: 'Deals', tags: { team: 'pay' } }));
  const brief = { id: 'brief', name: 'Brief', period: 'week', channels: ['pager'] };
  await must(post('/api/v1/report-schedules', { ...brief, tags: { team: 'pay' } }));
  await runUntilConfirmed(1, 6);
  const [incident] = (await ask('/api/v1/incidents?monitor=pay')).json.incidents;
  THEIRS.incidents = [incident.id, incident.id.replaceAll(/[0-9]/g, '9')];
  const [delivery] = (await ask('/api/v1/deliveries?channel=pager')).json.deliveries;
  THEIRS.deliveries = [`${delivery.notificationId}/pager`, `${delivery.notificationId}/nowhr`];
  token = (await makeKey('editor', ['team:shop'])).key;
  // Its last use is written now, and not again during this minute.
  await asKey({ key: token })('/api/v1/me');
});

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly sql: readonly string[];
}

/** What a request with the restricted key shows and does. `id` is replaced in the body. */
async function see(method: string, path: string, body: unknown, id: string): Promise<Seen> {
  recorded.take();
  const answer = await ask(path, {
    method,
    token,
    ...(body === undefined ? {} : { body }),
    env: { DB: recorded.db },
  });
  const sql = recorded.take();
  return {
    status: answer.status,
    text: id.split('/').reduce((text, part) => text.replaceAll(part, 'ID'), answer.text),
    sql,
  };
}

const WORDS = { title: 'New', body: 'Text', notify: false, tags: { team: 'shop' } };
const OURS = { component: 'monitor:shop', impact: 'major' };

const CHANGES: Record<string, unknown> = { PATCH: { name: 'New name' }, POST: {} };
/** Bodies of routes that take no other ones. */
const BODIES: Record<string, unknown> = {
  'PATCH /api/v1/public-incidents/:id': { title: 'New' },
  'POST /api/v1/public-incidents/:id/publish': { notify: false },
  'POST /api/v1/public-incidents/:id/updates': { status: 'resolved', body: 'Over', notify: false },
  'PATCH /api/v1/public-incidents/:id/updates/:updateId': { body: 'Over' },
  'PUT /api/v1/public-incidents/:id/postmortem': { body: 'Cause', notify: false },
  'PATCH /api/v1/announcements/:id': { title: 'New' },
  'PATCH /api/v1/status-pages/:id': { title: 'New title' },
  'POST /api/v1/incidents/:id/snooze': { minutes: 5 },
  'POST /api/v1/incidents/:id/comments': { text: 'Hello' },
  'POST /api/v1/schedules/:id/overrides': {
    ...{ person: 'ada', startsAt: '2029-01-01T00:00:00Z', endsAt: '2029-01-02T00:00:00Z' },
  },
};

/** A period is not an id. */
const PERIODS = 'GET /api/v1/reports/:period';

const withId = routes.filter(
  ({ endpoint, path, rule, isApi }) =>
    endpoint !== PERIODS &&
    isApi &&
    path.includes(':') &&
    !['admin', 'page'].includes(rule as string) &&
    typeof rule === 'string',
);

const collectionOf = ({ path }: Pick<Route, 'path'>): string => path.split('/')[3]!;

test('every route with an id is known here', () => {
  const collections = new Set(withId.map(collectionOf));
  // Sessions have no tags: sessions.worker.test.ts compares them.
  collections.delete('sessions');
  // Update templates have no tags: every person and key reads them.
  collections.delete('update-templates');
  // A view is its owner's: list-page.worker.test.ts compares them.
  collections.delete('monitor-views');
  expect([...collections].toSorted()).toEqual(Object.keys(THEIRS).toSorted());
});

test.each(
  withId
    .filter((route) => !['sessions', 'update-templates', 'monitor-views'].includes(collectionOf(route)))
    .map((route) => [route.endpoint, route] as const),
)('%s answers an id outside like one that was never there', async (_, route) => {
  const [existing, missing] = THEIRS[collectionOf(route)]!;
  const pathWith = (id: string) =>
    route.path.includes(':notificationId')
      ? route.path.replace(':notificationId/:channelId', id)
      : pathOf(route, id);
  const body = BODIES[route.endpoint] ?? CHANGES[route.method];
  const theirs = await see(route.method, pathWith(existing), body, existing);
  const none = await see(route.method, pathWith(missing), body, missing);
  expect(theirs.status).toBe(404);
  expect(theirs).toEqual(none);
  expect(theirs.sql.length).toBeGreaterThan(0);
});

const MONITOR = {
  name: 'New',
  check: { type: 'tcp', host: 'new.acme.dev', port: 443 },
  intervalSeconds: 60,
  tags: { team: 'shop' },
  channels: ['ours'],
};
const WINDOW = { name: 'New', durationMinutes: 5, startsAt: '2030-01-01T00:00:00Z' };
const OWN = { tags: ['team:shop'] };
const ROUTE = { name: 'New', steps: [], match: OWN, tags: { team: 'shop' } };
const CHECK = { type: 'http', url: 'https://shop.acme.dev/' };

/** Every field of a write that names something, with the id in it. */
const REFERENCES: [string, string, string, keyof typeof THEIRS, (id: string) => unknown][] = [
  [
    'dependsOn of a new monitor',
    'POST',
    '/api/v1/monitors',
    'monitors',
    (id) => ({ ...MONITOR, dependsOn: [id] }),
  ],
  [
    'channels of a new monitor',
    'POST',
    '/api/v1/monitors',
    'channels',
    (id) => ({ ...MONITOR, channels: [id] }),
  ],
  ['dependsOn of a monitor', 'PATCH', '/api/v1/monitors/shop', 'monitors', (id) => ({ dependsOn: [id] })],
  ['channels of a monitor', 'PATCH', '/api/v1/monitors/shop', 'channels', (id) => ({ channels: [id] })],
  [
    'monitors of a maintenance',
    'POST',
    '/api/v1/maintenances',
    'monitors',
    (id) => ({ ...WINDOW, monitors: [id] }),
  ],
  ['monitors of a silence', 'POST', '/api/v1/silences', 'monitors', (id) => ({ ...WINDOW, monitors: [id] })],
  ['monitor of a drill', 'POST', '/api/v1/drill', 'monitors', (id) => ({ monitor: id })],
  [
    'channel of a preview',
    'POST',
    '/api/v1/channels/preview',
    'channels',
    (id) => ({ channelId: id, event: 'incident.opened' }),
  ],
  ...(
    [
      ['monitors', 'monitors', (id) => ({ match: { monitors: ['shop', id] } })],
      ['channels', 'channels', (id) => ({ match: OWN, steps: [{ channels: ['ours', id] }] })],
      ['schedules', 'schedules', (id) => ({ match: OWN, steps: [{ schedules: [id] }] })],
    ] as const satisfies [string, string, (id: string) => object][]
  ).flatMap(([what, kind, bodyOf]): typeof REFERENCES => [
    [`${what} of a new route`, 'POST', '/api/v1/routes', kind, (id) => ({ ...ROUTE, ...bodyOf(id) })],
    [`${what} of a route`, 'PATCH', '/api/v1/routes/branch', kind, bodyOf],
  ]),
  ['order of routes', 'PUT', '/api/v1/routes/order', 'routes', (id) => ({ routes: ['branch', id] })],
  [
    'components of a public incident',
    'POST',
    '/api/v1/public-incidents',
    'monitors',
    (id) => ({ ...WORDS, components: [OURS, { component: `monitor:${id}`, impact: 'major' }] }),
  ],
  [
    'incidents of a public incident',
    'POST',
    '/api/v1/public-incidents',
    'incidents',
    (id) => ({ ...WORDS, components: [OURS], incidents: [id] }),
  ],
  ['monitor of a check', 'POST', '/api/v1/check', 'monitors', (id) => ({ check: CHECK, monitor: id })],
];

test.each(REFERENCES)(
  '%s answers an id outside like one that was never there',
  async (_name, method, path, collection, bodyOf) => {
    const [existing, missing] = THEIRS[collection]!;
    const theirs = await see(method, path, bodyOf(existing), existing);
    const none = await see(method, path, bodyOf(missing), missing);
    expect(theirs.status).toBe(404);
    expect(theirs).toEqual(none);
  },
);

/** Filters of lists by an id. */
test.each([
  ['/api/v1/incidents?monitor=', 'monitors'],
  ['/api/v1/deliveries?monitor=', 'monitors'],
  ['/api/v1/routing-preview?monitor=', 'monitors'],
  ['/api/v1/deliveries?channel=', 'channels'],
  ['/api/v1/maintenances?monitor=', 'monitors'],
  ['/api/v1/silences?monitor=', 'monitors'],
])('the filter %s answers an id outside like one that was never there', async (path, collection) => {
  const [existing, missing] = THEIRS[collection]!;
  const theirs = await see('GET', `${path}${existing}`, undefined, existing);
  const none = await see('GET', `${path}${missing}`, undefined, missing);
  expect(theirs).toEqual(none);
});

test('lists show nothing of what is outside, and the same key sees what is inside', async () => {
  const ours = asKey({ key: token });
  const lists = [
    ...['monitors', 'channels', 'maintenances', 'silences', 'incidents', 'deliveries'],
    ...['routes', 'schedules', 'settings', 'public-incidents', 'announcements'],
  ];
  for (const list of lists) {
    const { text } = await ours(`/api/v1/${list}`);
    for (const [existing] of Object.values(THEIRS))
      expect([list, text.includes(`"${existing}"`)]).toEqual([list, false]);
  }
  expect((await ours('/api/v1/monitors')).json.monitors.map(({ id }: { id: string }) => id)).toEqual([
    'shop',
  ]);
  expect((await ours('/api/v1/monitors/shop')).status).toBe(200);
  expect((await ours('/api/v1/channels/ours')).status).toBe(200);
});

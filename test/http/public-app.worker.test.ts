// The public app answers as the whole app does, and no route of the whole app is hidden from the paths that it takes.
import { beforeEach, expect, test } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { createPublicApp } from '../../src/http/public-app.ts';
import { isPublicPath } from '../../src/http/public-paths.ts';
import { ask, clock, empty, post, SHOP } from '../support/d1/http-mesh.ts';

const whole = createApp(() => clock.now);
const publicOnly = createPublicApp({ clock: () => clock.now });

const endpointsOf = ({ routes }: typeof whole): string[] => [
  ...new Set(routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`)),
];
const pathOf = (endpoint: string): string => endpoint.slice(endpoint.indexOf(' ') + 1);

beforeEach(empty);

test('every route of the whole app whose path the public app takes is one of its routes', () => {
  const own = endpointsOf(publicOnly);
  const taken = endpointsOf(whole).filter((endpoint) => isPublicPath(pathOf(endpoint)));
  expect(taken.length).toBeGreaterThan(40);
  expect(taken.filter((endpoint) => !own.includes(endpoint))).toEqual([]);
});

test('the API, the dashboard and the sign-in belong to the whole app', () => {
  for (const path of [
    '/api/v1/monitors',
    '/api/v2/status.json',
    '/dashboard',
    '/sign-in',
    '/metrics',
    '/setup',
  ])
    expect(isPublicPath(path), path).toBe(false);
  for (const path of [
    '/',
    '/healthz',
    '/incidents/inc_1',
    '/pages/a/history',
    '/ping/key/start',
    '/assets/favicon.svg',
  ])
    expect(isPublicPath(path), path).toBe(true);
  // What a reader types is not a path of the public app only because it begins like one.
  for (const path of ['/healthz2', '/pagesx', '//', '/%61ssets/x.css'])
    expect(isPublicPath(path), path).toBe(path === '//');
});

test.each([
  ...[
    'GET /',
    'HEAD /',
    'GET /healthz',
    'GET /history',
    'GET /feed.atom',
    'GET /index.md',
    'GET /robots.txt',
  ],
  ...['GET /badges/state.svg', 'GET /embed', 'GET /incidents/none', 'GET /pages/none', 'GET /pages/none/x/y'],
  ...[
    'POST /',
    'DELETE /healthz',
    'PUT /subscribe',
    'GET /ping/none',
    'POST /access',
    'GET /watchdog',
    'GET //',
  ],
])('%s gets the same answer from the public app as from the whole one', async (endpoint) => {
  expect((await post('/api/v1/monitors', { ...SHOP, public: true })).status).toBe(201);
  const [method = '', path = ''] = endpoint.split(' ');
  const answers = [];
  for (const app of [whole, publicOnly]) {
    const { status, headers, text } = await ask(path, { method, app, token: null });
    // A page has a nonce of its own each time.
    const named = ['content-type', 'cache-control', 'location', 'allow', 'x-frame-options'];
    answers.push({
      status,
      text: text.replace(/nonce="[^"]*"/g, ''),
      headers: named.map((name) => headers.get(name)),
    });
  }
  expect(answers[1]).toEqual(answers[0]);
});

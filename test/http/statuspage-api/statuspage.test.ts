// The documents of the Statuspage API: field by field against its documentation, and read by a client that others wrote.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Statuspage } from 'statuspage.io';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DOCUMENTS } from '../../../src/http/statuspage-api/to-statuspage.ts';
import type { PageState } from '../../../src/status-pages/page-state.ts';
import { everyPageView, HOSTILE } from '../../support/every-page-view.ts';
import { component, group, NOW, pageView } from '../../support/page-view.ts';
import { STATUSPAGE_DOCUMENTS } from '../../support/vendors/statuspage.ts';

const view = everyPageView();
const paths = Object.keys(DOCUMENTS) as (keyof typeof DOCUMENTS)[];
const parsed = (path: keyof typeof DOCUMENTS, of = view) =>
  STATUSPAGE_DOCUMENTS[path].parse(JSON.parse(JSON.stringify(DOCUMENTS[path](of)))) as never;
const summary = (of = view) => DOCUMENTS['summary.json'](of);

describe('documents of the Statuspage API', () => {
  test('every documented path has a document, and there is no other', () => {
    expect(paths).toEqual(Object.keys(STATUSPAGE_DOCUMENTS));
  });

  test.each(paths)('%s has exactly the documented fields, also for an empty page', (path) => {
    parsed(path);
    parsed(path, pageView({ groups: [], checkedAt: null, since: null }));
  });

  test('a component without data is never operational, and a paused one is under maintenance', () => {
    const statuses = Object.fromEntries(summary().components.map(({ id, status }) => [id, status]));
    expect(statuses).toEqual({
      ...{ 'monitor:shop': 'operational', 'static:support': 'operational', 'monitor:api': 'major_outage' },
      ...{ 'monitor:mail': 'partial_outage', 'monitor:slow': 'degraded_performance' },
      ...{ 'monitor:new': 'degraded_performance', 'monitor:off': 'under_maintenance' },
      ...{ 'monitor:work': 'under_maintenance', [`group:${HOSTILE}`]: 'major_outage' },
    });
  });

  test.each<[PageState, string, string]>([
    ['operational', 'none', 'All Systems Operational'],
    ['maintenance', 'maintenance', 'Service Under Maintenance'],
    ['no_data', 'minor', 'No Current Data'],
    ['degraded', 'minor', 'Partially Degraded Service'],
    ['partial_outage', 'major', 'Partial System Outage'],
    ['major_outage', 'critical', 'Major Service Outage'],
  ])('a page that is %s has the indicator %s: %s', (state, indicator, description) => {
    expect(DOCUMENTS['status.json'](pageView({ state })).status).toEqual({ indicator, description });
  });

  test('groups list the ids of their components, which refer to the group and count from 1', () => {
    const { components } = summary();
    const own = components.filter(({ group_id }) => group_id === `group:${HOSTILE}`);
    expect(components.find((one) => one.group)?.components).toEqual(own.map(({ id }) => id));
    expect(own.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(components.filter(({ group_id }) => group_id === null).map(({ position }) => position)).toEqual([
      1, 2, 3,
    ]);
  });

  test('ids are unique, also of a maintenance that repeats, and those of components are on the page', () => {
    const { components, scheduled_maintenances } = summary();
    const { incidents } = DOCUMENTS['incidents.json'](view);
    const ids = [...components, ...incidents, ...scheduled_maintenances].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const updates = [...incidents, ...scheduled_maintenances].flatMap((one) =>
      one.incident_updates.map(({ id }) => id),
    );
    expect(new Set(updates).size).toBe(updates.length);
    expect(incidents.find(({ id }) => id === 'pub_1')?.components.map(({ id }) => id)).toEqual([
      'monitor:shop',
    ]);
  });

  test('what only probes measured has updates that say so, and what people wrote is plain text, newest first', () => {
    const { incidents } = DOCUMENTS['incidents.json'](view);
    const bodies = Object.fromEntries(
      incidents.map((one) => [one.id, one.incident_updates.map(({ body }) => body)]),
    );
    expect(bodies.inc_2).toEqual([`Measured: ${HOSTILE} is down since 2026-11-26T09:40:00.000Z.`]);
    expect(bodies.inc_3?.[0]).toBe('Measured: Web shop recovered.');
    expect(bodies.pub_1?.[0]).toBe('A fix <b>works</b>.');
    expect(bodies.pub_2?.[0]).toBe('It was DNS.');
  });

  test('an update has the status of each component before and after it', () => {
    const said = DOCUMENTS['incidents.json'](view).incidents.find(({ id }) => id === 'pub_1')!;
    expect(
      said.incident_updates.map(({ affected_components: [one] }) => [one?.old_status, one?.new_status]),
    ).toEqual([
      ['partial_outage', 'degraded_performance'],
      ['operational', 'partial_outage'],
    ]);
    expect([said.status, said.monitoring_at]).toEqual(['monitoring', '2026-11-26T09:55:00.000Z']);
  });

  test('an incident with a postmortem has its status and text', () => {
    const told = DOCUMENTS['incidents.json'](view).incidents.find(({ id }) => id === 'pub_2')!;
    expect([told.status, told.postmortem_body, told.impact]).toEqual([
      'postmortem',
      'It was DNS.',
      'critical',
    ]);
    expect(told.postmortem_published_at).toBe('2026-11-26T09:00:00.000Z');
  });

  test('a list has at most 50 entries', () => {
    const many = pageView({
      maintenances: Array.from({ length: 60 }, (_, index) => ({
        ...{
          id: `win_${index}`,
          name: 'Disks',
          monitors: ['shop'],
          startsAt: NOW + index,
          endsAt: NOW + 60_000,
        },
      })),
    });
    expect(DOCUMENTS['scheduled-maintenances.json'](many).scheduled_maintenances).toHaveLength(50);
  });

  test('completed maintenance is listed with the others, newest first, and is neither upcoming nor active', () => {
    const at = (id: string, startsAt: number, endsAt: number) => ({
      ...{ id, name: 'Disks', monitors: ['shop'], startsAt, endsAt },
    });
    const hourly = Array.from({ length: 50 }, (_, hour) =>
      at('hourly', NOW + hour * 3_600_000, NOW + hour * 3_600_000 + 1),
    );
    const old = Array.from({ length: 40 }, (_, day) =>
      at(`old_${day}`, NOW - (day + 2) * 86_400_000, NOW - (day + 1) * 86_400_000),
    );
    const past = pageView({ maintenances: hourly, completed: old });
    const all = DOCUMENTS['scheduled-maintenances.json'](past).scheduled_maintenances;
    expect(all).toHaveLength(50);
    expect(all.map(({ scheduled_for }) => scheduled_for)).toEqual(
      all
        .map(({ scheduled_for }) => scheduled_for)
        .toSorted()
        .toReversed(),
    );
    const done = all.filter(({ status }) => status === 'completed');
    expect(done).toHaveLength(25);
    expect(done[0]).toMatchObject({
      ...{ id: `old_0-${(NOW - 2 * 86_400_000) / 1000}`, resolved_at: '2026-11-25T10:00:00.000Z' },
      incident_updates: [{ status: 'completed', created_at: '2026-11-25T10:00:00.000Z' }],
    });
    for (const path of [
      'scheduled-maintenances/upcoming.json',
      'scheduled-maintenances/active.json',
    ] as const)
      expect(JSON.stringify(DOCUMENTS[path](past))).not.toContain('completed');
  });

  test('nothing that the page does not contain is in a document', () => {
    const text = paths.map((path) => JSON.stringify(DOCUMENTS[path](view))).join('');
    for (const part of ['aws:', '443', 'example.com', 'evidence', 'author']) expect(text).not.toContain(part);
  });
});

describe('the client statuspage.io', () => {
  let server: Server;
  const asked: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = (request.url ?? '').replace('/pages/eu/api/v2/', '') as keyof typeof DOCUMENTS;
      asked.push(path);
      response.setHeader('content-type', 'application/json');
      response.statusCode = path in DOCUMENTS ? 200 : 404;
      response.end(response.statusCode === 200 ? JSON.stringify(DOCUMENTS[path](view)) : '{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  // Version 3.3.8 asks for upcoming.json whichever maintenances are wanted, and 3.4.6 was published without its code.
  test('reads summary, status, components, incidents and maintenances over HTTP', async () => {
    const { api, ...client } = withUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/pages/eu`);
    expect(client).toBeDefined();
    const all = await api.getSummary();
    expect(all.status).toEqual({ indicator: 'critical', description: 'Major Service Outage' });
    expect(all.components.filter(({ group: is }) => is).map(({ name }) => name)).toEqual([HOSTILE]);
    expect(all.incidents.map(({ status }) => status)).toEqual(['investigating', 'monitoring']);
    expect((await api.getStatus()).page).toMatchObject({ id: 'default', time_zone: 'UTC' });
    expect((await api.getComponents()).components).toHaveLength(9);
    expect((await api.incidents.getAll()).incidents).toHaveLength(4);
    expect((await api.incidents.getUnresolved()).incidents).toHaveLength(2);
    const { scheduled_maintenances: upcoming } = await api.scheduledMaintenances.getUpcoming();
    expect(upcoming.map(({ status }) => status)).toEqual(['scheduled', 'scheduled']);
    expect(new Set(asked)).toEqual(
      new Set([
        ...['summary.json', 'status.json', 'components.json', 'incidents.json', 'incidents/unresolved.json'],
        'scheduled-maintenances/upcoming.json',
      ]),
    );
  });

  function withUrl(url: string) {
    const client = new Statuspage('eu');
    client.setApiUrl(url);
    return client;
  }
});

test('a component that people call degraded is degraded', () => {
  const one = component({}, { said: 'degraded', state: 'degraded' });
  expect(summary(pageView({ groups: [group(null, [one])] })).components[0]?.status).toBe(
    'degraded_performance',
  );
});

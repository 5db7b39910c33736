// History, uptime, reports and exports over the API on a real D1: figures that agree with each other and with the incidents,
// what a restriction shows, deleted monitors, and requests that are refused.
import { beforeAll, describe, expect, test } from 'vitest';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

const HOUR = 3_600_000;
const iso = (ms: number) => new Date(ms).toISOString();
let as: ReturnType<typeof asKey>;
let startedAt = 0;

/** Two teams, each with a monitor that was down once. A third monitor is deleted. */
beforeAll(async () => {
  await empty();
  await emptyAccess();
  await createMonitor({
    id: 'shop',
    name: '=cmd|shop',
    group: 'Checkout',
    tags: { team: 'shop' },
    sloTarget: 99,
  });
  await createMonitor({ id: 'pay', name: 'Pay', group: 'Checkout', tags: { team: 'pay' } });
  await createMonitor({ id: 'old', name: 'Old', tags: { team: 'shop' } });
  startedAt = clock.now;
  for (const number of [1, 2, 3]) {
    await runUntilConfirmed(number, 0);
    await runUntilConfirmed(number, 6);
    await runUntilConfirmed(number, 0);
  }
  expect((await ask('/api/v1/monitors/old', { method: 'DELETE' })).status).toBe(204);
  clock.now += 60_000;
  as = asKey({ key: (await makeKey('viewer', ['team:shop'])).key });
}, 60_000);

const range = () => `from=${iso(startedAt - HOUR)}&to=${iso(clock.now)}`;

describe('requests', () => {
  test.each([
    ['/monitors/nil/history', 404],
    ['/monitors/nil/uptime', 404],
    ['/monitors/nil/incidents', 404],
    ['/monitors/shop/history?resolution=1m', 422],
    ['/monitors/shop/history?resolution=5m&from=2026-11-01T00:00:00Z', 422],
    ['/monitors/shop/history?from=2020-01-01T00:00:00Z', 422],
    ['/monitors/shop/uptime?from=2099-01-01T00:00:00Z&to=2099-01-02T00:00:00Z', 422],
    ['/monitors/shop/uptime?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z', 422],
    ['/uptime?tag=a%20b', 422],
    ['/uptime?byTag=a:b', 422],
    ['/reports/day', 422],
    ['/reports/month?timeZone=Mars/Olympus', 422],
    ['/reports/month?format=pdf', 422],
    ['/exports/days?format=json', 422],
    ['/exports/observations?monitor=nil', 404],
    ['/exports/incidents?from=2099-01-01T00:00:00Z', 422],
  ])('%s is refused with %i', async (path, expected) => {
    const { status, json } = await ask(`/api/v1${path}`);
    expect(status).toBe(expected);
    expect(json.detail).not.toBe('');
  });
});

describe('figures', () => {
  test('of a monitor state its rule, and its downtime is that of its incidents', async () => {
    const { json } = await ask(`/api/v1/monitors/shop/uptime?${range()}`);
    const { incidents } = (await ask(`/api/v1/monitors/shop/incidents?${range()}`)).json;
    expect(incidents).toHaveLength(1);
    const [{ startedAt: from, resolvedAt }] = incidents;
    expect(json.totals.downSeconds * 1000).toBe(Date.parse(resolvedAt) - Date.parse(from));
    const { upSeconds, downSeconds, partialSeconds } = json.totals;
    expect(json.uptime).toBeCloseTo(1 - downSeconds / (upSeconds + downSeconds + partialSeconds), 12);
    expect(json.rule).toContain('1 − down ÷ (down + partial + up)');
  });

  test.each(['5m', '1h', '1d'])('in parts of %s add up to those of the range', async (resolution) => {
    const { json } = await ask(`/api/v1/monitors/shop/history?resolution=${resolution}&${range()}`);
    const sum = (parts: { totals: Record<string, number> }[], name: string) =>
      parts.reduce((total, { totals }) => total + totals[name]!, 0);
    const uptime = (await ask(`/api/v1/monitors/shop/uptime?from=${json.from}&to=${json.to}`)).json;
    for (const name of Object.keys(uptime.totals))
      expect(sum(json.buckets, name)).toBeCloseTo(uptime.totals[name], 6);
    expect(json.buckets.length).toBeGreaterThan(0);
    const states = json.spans.map(({ state }: { state: string }) => state);
    expect(states).toContain('down');
  });

  test('of the mesh, of its groups and of tags are the sums of the monitors', async () => {
    const { json } = await ask(`/api/v1/uptime?${range()}`);
    const down = (part: { totals: { downSeconds: number } }) => part.totals.downSeconds;
    const monitors: { id: string; deletedAt: string | null; totals: { downSeconds: number } }[] =
      json.monitors;
    expect(monitors.map(({ id }) => id).toSorted()).toEqual(['old', 'pay', 'shop']);
    expect(down(json)).toBeCloseTo(
      monitors.map(down).reduce((a, b) => a + b),
      6,
    );
    expect(json.groups).toMatchObject([{ name: 'Checkout', monitors: 2 }]);
    const byTag = (await ask(`/api/v1/uptime?byTag=team&${range()}`)).json;
    expect(byTag.groups.map(({ name }: { name: string }) => name)).toEqual(['pay', 'shop']);
    const tagged = (await ask(`/api/v1/uptime?tag=team:pay&${range()}`)).json;
    expect(tagged.monitors.map(({ id }: { id: string }) => id)).toEqual(['pay']);
  });

  test('of a report agree with those of the uptime, and have the error budget of the objective', async () => {
    const { json } = await ask('/api/v1/reports/month');
    const shop = json.monitors.find(({ id }: { id: string }) => id === 'shop');
    const uptime = (await ask(`/api/v1/monitors/shop/uptime?from=${json.from}&to=${json.to}`)).json;
    expect(shop.uptime).toBeCloseTo(uptime.uptime, 12);
    expect(shop).toMatchObject({ outages: 1, objective: { target: 99 } });
    const { spentSeconds, remainingSeconds, budgetSeconds } = shop.objective;
    expect(spentSeconds).toBeCloseTo(shop.totals.downSeconds, 6);
    expect(remainingSeconds).toBeCloseTo(budgetSeconds - spentSeconds, 6);
    expect(json.complete).toBe(false);
    expect(json.overall).toMatchObject({ outages: 3, monitors: 3, objectives: 1 });
    expect(json.overall.meanTimeToDetectSeconds).toBeGreaterThan(0);
    expect(json.overall.meanTimeToResolveSeconds).toBeGreaterThan(json.overall.meanTimeToDetectSeconds);
  });
});

describe('a deleted monitor', () => {
  test('keeps its history for callers without a restriction, under the name that it had', async () => {
    const { status, json } = await ask(`/api/v1/monitors/old/uptime?${range()}`);
    expect(status).toBe(200);
    expect(json.monitor).toMatchObject({ id: 'old', name: 'Old' });
    expect(json.monitor.deletedAt).not.toBeNull();
    expect(json.totals.downSeconds).toBeGreaterThan(0);
    expect((await ask(`/api/v1/monitors/old/incidents?${range()}`)).json.incidents).toHaveLength(1);
  });
});

describe('a restriction', () => {
  test.each(['history', 'uptime', 'incidents'])(
    'makes %s outside, and of deleted monitors, unknown',
    async (part) => {
      for (const id of ['pay', 'old']) {
        const outside = await as(`/api/v1/monitors/${id}/${part}`);
        const unknown = await as(`/api/v1/monitors/nil/${part}`);
        expect(outside.status).toBe(404);
        expect(outside.text.replaceAll(id, 'nil')).toBe(unknown.text);
      }
      expect((await as(`/api/v1/monitors/shop/${part}`)).status).toBe(200);
    },
  );

  test('holds for the mesh, for groups, for reports and for exports', async () => {
    const uptime = (await as(`/api/v1/uptime?group=Checkout&${range()}`)).json;
    expect(uptime.monitors.map(({ id }: { id: string }) => id)).toEqual(['shop']);
    expect(uptime.groups).toMatchObject([{ name: 'Checkout', monitors: 1 }]);
    const report = (await as('/api/v1/reports/year')).json;
    expect(report.monitors.map(({ id }: { id: string }) => id)).toEqual(['shop']);
    for (const kind of ['observations', 'days', 'incidents']) {
      const { text } = await as(`/api/v1/exports/${kind}?format=ndjson`);
      expect(text).not.toMatch(/"(pay|old|Pay|Old)"/);
      expect((await as(`/api/v1/exports/${kind}?monitor=pay`)).status).toBe(404);
      expect((await as(`/api/v1/exports/${kind}?monitor=old`)).status).toBe(404);
    }
    expect((await as('/api/v1/exports/incidents')).text.split('\r\n')).toHaveLength(3);
  });
});

describe('an export', () => {
  test('of incidents has every incident once, and a name that a spreadsheet would run is text', async () => {
    const { text, headers } = await ask('/api/v1/exports/incidents');
    expect(headers.get('content-type')).toContain('text/csv');
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="incidents-\d{4}-\d\d-\d\d\.csv"$/,
    );
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain("'=cmd|shop");
    const { text: json } = await ask('/api/v1/exports/incidents?format=ndjson');
    const records = json
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ monitor }) => monitor)).toEqual(['shop', 'pay', 'old']);
    expect(Object.keys(records[0])).toEqual(lines[0]!.split(','));
    expect(records[0].name).toBe('=cmd|shop');
  });

  test('of incidents longer than a page has all of them, in order', async () => {
    const insert = bindings.DB.prepare(
      `insert into incidents (id, monitor_number, monitor_id, monitor_name, public, state, verdict, started_at, detected_at,
        resolved_at, scope, quorum, evidence) values (?1, 1, 'shop', 'Shop', 0, 'resolved', 'down', ?2, ?2, ?3, '[]', '{}', '[]')`,
    );
    // Many of them begin in the same millisecond.
    const rows = Array.from({ length: 450 }, (_, index) =>
      insert.bind(`page-${String(index).padStart(3, '0')}`, 1_000 + Math.floor(index / 100), 2_000),
    );
    await bindings.DB.batch(rows);
    const { text } = await ask(
      '/api/v1/exports/incidents?format=ndjson&from=1970-01-01T00:00:00Z&to=1970-01-02T00:00:00Z',
    );
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id);
    expect(ids).toEqual(rows.map((_, index) => `page-${String(index).padStart(3, '0')}`));
    await bindings.DB.prepare("delete from incidents where id like 'page-%'").run();
  });

  test('of a report is the same as its JSON', async () => {
    const { text, headers } = await ask('/api/v1/reports/month?format=csv');
    expect(headers.get('content-disposition')).toBe('attachment; filename="report-2027-01.csv"');
    const [columns, ...lines] = text
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','));
    const { json } = await ask('/api/v1/reports/month');
    const at = columns!.indexOf('uptime');
    expect(lines.map((line) => Number(line[at]))).toEqual(
      [json.overall, ...json.groups, ...json.monitors].map(({ uptime }) => uptime),
    );
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([columns!.length]));
  });
});

test('an objective is refused outside of its limits, changed, and removed by null', async () => {
  for (const sloTarget of [0.999, 100, 'high'])
    expect((await patch('/api/v1/monitors/pay', { sloTarget })).json.errors[0]).toMatchObject({
      ...{ path: 'sloTarget', message: 'Must be a percentage from 50 to 99.999, such as 99.9.' },
    });
  expect((await patch('/api/v1/monitors/pay', { sloTarget: 99.95 })).json.sloTarget).toBe(99.95);
  expect((await patch('/api/v1/monitors/pay', { paused: false })).json.sloTarget).toBe(99.95);
  expect((await patch('/api/v1/monitors/pay', { sloTarget: null })).json.sloTarget).toBeNull();
});

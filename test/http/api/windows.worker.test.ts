// Maintenances and silences over HTTP, and how they suppress notifications, with the real database.
import { beforeEach, describe, expect, test } from 'vitest';
import { expandWindows } from '../../../src/scheduler/expand-windows.ts';
import { loadState } from '../../../src/store/shard.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';
import { runUntilConfirmed as play } from '../../support/d1/runs.ts';

beforeEach(empty);

const MINUTE = 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const runUntilConfirmed = async (monitor: number, failing: number): Promise<void> => {
  clock.now = await play(bindings.DB, { [monitor]: failing }, clock.now);
};
const typesSent = async (): Promise<string[]> => {
  const { results } = await bindings.DB.prepare(
    `select json_extract(body, '$.type') as type from notifications join deliveries on notification_id = id order by deliveries.position`,
  ).all<{ type: string }>();
  return results.map(({ type }) => type);
};

describe('a maintenance', () => {
  test('a maintenance can be created, listed by state, updated and deleted', async () => {
    await createMonitor();
    const input = {
      name: 'Database upgrade',
      monitors: ['shop'],
      startsAt: iso(clock.now + MINUTE),
      durationMinutes: 30,
    };
    const created = await post('/api/v1/maintenances', input);
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/api/v1/maintenances/database-upgrade');
    expect(created.json).toMatchObject({
      id: 'database-upgrade',
      state: 'scheduled',
      windows: [{ startsAt: iso(clock.now + MINUTE), endsAt: iso(clock.now + 31 * MINUTE) }],
      cron: null,
    });
    expect((await ask('/api/v1/maintenances?state=active')).json.maintenances).toEqual([]);
    expect((await ask('/api/v1/maintenances?state=scheduled')).json.maintenances).toHaveLength(1);
    const changed = await patch('/api/v1/maintenances/database-upgrade', {
      cron: '0 2 * * SUN',
      durationMinutes: 60,
      timeZone: 'Europe/Berlin',
    });
    expect(changed.json).toMatchObject({
      cron: '0 2 * * SUN',
      durationMinutes: 60,
      timeZone: 'Europe/Berlin',
    });
    expect(changed.json.windows).toHaveLength(5);
    expect((await ask('/api/v1/maintenances/database-upgrade', { method: 'DELETE' })).status).toBe(204);
    expect((await ask('/api/v1/maintenances/database-upgrade')).status).toBe(404);
    expect((await loadState(bindings.DB)).windows.size).toBe(0);
  });

  test.each([
    ['endsAt', { name: 'x' }],
    ['startsAt', { name: 'x', startsAt: null, durationMinutes: 5 }],
    ['tags', { name: 'x', monitors: 'all', tags: ['team:shop'], durationMinutes: 5 }],
    ['tags', { name: 'x', tags: { team: 'shop' }, durationMinutes: 5 }],
    ['tags[0]', { name: 'x', tags: ['team shop'], durationMinutes: 5 }],
    ['monitors', { name: 'x', monitors: [], durationMinutes: 5 }],
    ['endsAt', { name: 'x', startsAt: '2027-01-15T09:00:00Z' }],
    ['endsAt', { name: 'x', startsAt: '2027-01-15T09:00:00Z', endsAt: '2027-01-15T08:30:00Z' }],
    ['durationMinutes', { name: 'x', cron: '0 2 * * *' }],
    ['startsAt', { name: 'x', cron: '0 2 * * *', durationMinutes: 5, startsAt: '2027-01-15T09:00:00Z' }],
    ['cron', { name: 'x', cron: 'nightly', durationMinutes: 5 }],
    ['timeZone', { name: 'x', cron: '0 2 * * *', durationMinutes: 5, timeZone: 'Nowhere' }],
    ['timeZone', { name: 'x', startsAt: '2027-01-15T09:00:00Z', durationMinutes: 5, timeZone: 'UTC' }],
    [
      'monitors[0]',
      { name: 'x', monitors: ['unknown'], startsAt: '2027-01-15T09:00:00Z', durationMinutes: 5 },
    ],
    ['durationMinutes', { name: 'x', startsAt: '2027-01-15T09:00:00Z', durationMinutes: 10_081 }],
    ['until', { name: 'x', startsAt: '2027-01-15T09:00:00Z', until: 5 }],
  ])('an invalid maintenance is rejected with the path %s and changes nothing: %j', async (path, input) => {
    const { status, json } = await post('/api/v1/maintenances', input);
    expect(status).toBe(422);
    expect(json.errors[0].path).toBe(path);
    expect((await ask('/api/v1/maintenances')).json.maintenances).toEqual([]);
    expect((await loadState(bindings.DB)).windows.size).toBe(0);
  });

  test('an outage during maintenance is recorded and not notified, and the page shows the maintenance', async () => {
    await post('/api/v1/channels', RECEIVER);
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await post('/api/v1/maintenances', { name: 'New disks', startsAt: iso(clock.now), durationMinutes: 30 });
    await runUntilConfirmed(1, 6);
    expect(await typesSent()).toEqual([]);
    expect((await ask('/api/v1/incidents')).json.incidents).toMatchObject([
      { state: 'open', verdict: 'down' },
    ]);
    const { json } = await ask('/api/v1/status');
    expect(json).toMatchObject({
      state: 'maintenance',
      incidents: [],
      monitors: [{ verdict: 'down', maintenance: true }],
      maintenances: [{ name: 'New disks', monitors: ['shop'] }],
    });
    const page = (await ask('/')).text;
    expect(page).toContain('<h1>Under maintenance</h1>');
    expect(page).toContain('New disks');
    expect(page).not.toContain('Web shop is down');
    const explained = (await ask('/api/v1/monitors/shop/explain')).json;
    expect(explained.suppressed).toEqual({ by: 'maintenance', until: expect.any(String), id: 'new-disks' });
    expect(explained.why).toContain('under maintenance until');
  });

  test('deleting an active maintenance sends the suppressed notifications at once', async () => {
    await post('/api/v1/channels', RECEIVER);
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await post('/api/v1/maintenances', {
      id: 'work',
      name: 'Work',
      startsAt: iso(clock.now),
      durationMinutes: 30,
    });
    await runUntilConfirmed(1, 6);
    await ask('/api/v1/maintenances/work', { method: 'DELETE' });
    expect(await typesSent()).toEqual(['incident.opened']);
  });

  test('a recurring maintenance is expanded in time, and an ended one is dropped from the state', async () => {
    await createMonitor();
    await post('/api/v1/maintenances', {
      id: 'nightly',
      name: 'Nightly',
      cron: '0 2 * * *',
      durationMinutes: 30,
    });
    await post('/api/v1/maintenances', {
      id: 'once',
      name: 'Once',
      startsAt: iso(clock.now),
      durationMinutes: 30,
    });
    const refresh = async () => {
      const state = await loadState(bindings.DB);
      const writer = {
        db: bindings.DB,
        tick: 0,
        publicUrl: 'https://status.test',
        now: () => clock.now,
      };
      return expandWindows(writer, state, clock.now);
    };
    const before = await refresh();
    expect([...before.windows.keys()]).toEqual(['maintenance:nightly', 'maintenance:once']);
    expect((await refresh()).seq).toBe(before.seq);
    clock.now += 30 * 24 * 60 * MINUTE;
    const after = await refresh();
    expect([...after.windows.keys()]).toEqual(['maintenance:nightly']);
    const last = after.windows.get('maintenance:nightly')!.spans.at(-1)!;
    expect(last[0]).toBeGreaterThan(clock.now + 33 * 24 * 60 * MINUTE);
    expect((await ask('/api/v1/maintenances/once')).json.state).toBe('ended');
  });
});

describe('a silence', () => {
  test('a silence suppresses notifications from now on, and deleting it sends what persists', async () => {
    await post('/api/v1/channels', RECEIVER);
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const created = await post('/api/v1/silences', {
      name: 'Known issue',
      monitors: ['shop'],
      durationMinutes: 60,
    });
    expect(created.json).toMatchObject({ id: 'known-issue', state: 'active' });
    await runUntilConfirmed(1, 6);
    expect(await typesSent()).toEqual([]);
    expect((await ask('/api/v1/status')).json).toMatchObject({ state: 'major_outage', maintenances: [] });
    await ask('/api/v1/silences/known-issue', { method: 'DELETE' });
    expect(await typesSent()).toEqual(['incident.opened']);
    expect((await ask('/api/v1/silences/known-issue')).json.state).toBe('ended');
  });

  test('deleting a scheduled silence removes it', async () => {
    await createMonitor();
    const startsAt = iso(clock.now + MINUTE);
    await post('/api/v1/silences', { id: 'later', name: 'Later', startsAt, durationMinutes: 5 });
    await ask('/api/v1/silences/later', { method: 'DELETE' });
    expect((await ask('/api/v1/silences/later')).status).toBe(404);
  });

  test('a silence cannot have a cron expression', async () => {
    const { status, json } = await post('/api/v1/silences', {
      name: 'x',
      cron: '0 2 * * *',
      durationMinutes: 5,
    });
    expect(status).toBe(422);
    expect(json.errors[0].path).toBe('cron');
  });
});

describe('dependencies', () => {
  test('dependencies are stored, and a cycle is rejected with its path', async () => {
    await createMonitor({ id: 'database' });
    await createMonitor({ id: 'cache', dependsOn: ['database'] });
    expect((await createMonitor({ id: 'shop', dependsOn: ['cache'] })).json.dependsOn).toEqual(['cache']);
    const cycle = await patch('/api/v1/monitors/database', { dependsOn: ['shop'] });
    expect(cycle.status).toBe(422);
    expect(cycle.json.errors[0]).toMatchObject({ path: 'dependsOn[0]' });
    expect(cycle.json.errors[0].message).toContain('database → shop → cache → database');
    const itself = await patch('/api/v1/monitors/database', { dependsOn: ['database'] });
    expect(itself.json.errors[0].message).toContain('database → database');
    const unknown = await patch('/api/v1/monitors/database', { dependsOn: ['unknown'] });
    expect(unknown.json.errors[0].path).toBe('dependsOn[0]');
    expect((await ask('/api/v1/monitors/database')).json.dependsOn).toEqual([]);
  });

  test('a configuration may list dependent monitors in any order', async () => {
    const monitor = (id: string, dependsOn: string[]) => ({
      id,
      name: id,
      dependsOn,
      check: { type: 'tcp', host: 'shop.example.com', port: 443 },
      intervalSeconds: 60,
    });
    const put = (monitors: unknown) => ask('/api/v1/configuration', { method: 'PUT', body: { monitors } });
    expect((await put([monitor('shop', ['database']), monitor('database', [])])).status).toBe(200);
    const { monitors } = await loadState(bindings.DB);
    expect([...monitors.values()].map(({ policy }) => policy.dependsOn)).toEqual([[2], []]);
    const cycle = await put([monitor('a', ['b']), monitor('b', ['a'])]);
    expect(cycle.status).toBe(422);
    expect(cycle.json.errors[0].path).toBe('monitors[0].dependsOn[0]');
  });
});

describe('a location that is lost', () => {
  test('a lost location has an incident and a notification, and the public pages do not show it', async () => {
    await post('/api/v1/channels', RECEIVER);
    await createMonitor();
    await runUntilConfirmed(1, 0);
    const { commit } = await import('../../../src/store/commit.ts');
    const writer = { db: bindings.DB, tick: 0, publicUrl: 'https://status.test', now: () => clock.now };
    for (let minute = 0; minute < 7; minute += 1) {
      clock.now += MINUTE;
      const state = await loadState(bindings.DB);
      for (const location of [1, 2, 3, 4, 5, 6]) {
        const result =
          location === 6
            ? { outcome: 'unmeasured' as const, reason: 'throttled' as const }
            : { outcome: 'ok' as const };
        const observations = [{ monitor: 1, startedAt: clock.now, timings: {}, ...result }];
        const error = location === 6 ? 'throttled' : null;
        const report = {
          askedAt: clock.now,
          answeredAt: clock.now,
          error,
          missedDeadline: false,
          observations,
        };
        await commit(writer, state, () => ({ kind: 'report', location, ...report }));
      }
    }
    expect(await typesSent()).toEqual(['location.lost']);
    const { incidents } = (await ask('/api/v1/incidents?location=aws:sa-east-1')).json;
    expect(incidents).toMatchObject([
      { verdict: 'lost', monitor: null, location: 'aws:sa-east-1', state: 'open' },
    ]);
    const { locations } = (await ask('/api/v1/locations')).json;
    expect(locations[5]).toMatchObject({ state: 'lost', incident: { id: incidents[0].id } });
    expect((await ask('/api/v1/status')).json.incidents).toEqual([]);
    expect((await ask(`/incidents/${incidents[0].id}`)).status).toBe(404);
  });
});

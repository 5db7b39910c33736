// The whole alert path over the API and the ticks, in workerd with real D1: who is on call when a step is due, a drill with
// every step, and a tick whose alerts fail.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { acknowledgeUrl } from '../../../src/acknowledge-link.ts';
import { type Bindings, type DeliveryMessage, readEnv } from '../../../src/env.ts';
import type { Fleet } from '../../../src/fleet/fleet.ts';
import { runTick } from '../../../src/scheduler/tick.ts';
import { advanceAlerts } from '../../../src/services/alerts/advance-alerts.ts';
import { loadState } from '../../../src/store/shard.ts';
import { emptyAccess } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  keepDefaultChannels,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { submit } from '../../support/d1/signed-in.ts';
import { VirtualClock } from '../../support/d1/virtual-clock.ts';

const { DB, ENCRYPTION_KEY: encryptionKey = '' } = bindings;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const must = async (path: string, body: unknown, method = 'POST') => {
  const { status, text, json } = await ask(path, { method, body });
  if (status >= 300) throw new Error(text);
  return json;
};

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await keepDefaultChannels();
  for (const id of ['first', 'ada', 'bob', 'fallback']) await must('/api/v1/channels', { ...RECEIVER, id });
  await must('/api/v1/settings', { defaultChannels: ['fallback'] }, 'PATCH');
  for (const username of ['ada', 'bob'])
    await must('/api/v1/people', { name: username, username, role: 'viewer', channels: [username] });
});

const iso = (ms: number): string => new Date(ms).toISOString();

/** Ada for an hour, then Bob for an hour, then no person. */
const addSchedule = () => {
  const rotation = { name: 'Primary', people: ['ada', 'bob'], turn: { unit: 'hours', count: 1 } };
  const start = iso(clock.now).slice(0, 16);
  const end = iso(clock.now + 2 * HOUR).slice(0, 16);
  return must('/api/v1/schedules', {
    ...{ id: 'team', name: 'Team', timeZone: 'UTC', rotations: [{ ...rotation, start, end }] },
  });
};

const addRoute = (steps: readonly object[], changes: object = {}) =>
  must('/api/v1/routes', { id: 'shop', name: 'Shop', steps, ...changes });

/** What the outbox has: of each notification, its event and its channels. */
const sent = async (): Promise<string[]> => {
  const { results } = await DB.prepare(
    `select n.event || ' to ' || group_concat(d.channel_id, ' ' order by d.channel_id) line from notifications n
      join deliveries d on d.notification_id = n.id group by n.id order by n.at, min(n.rowid)`,
  ).all<{ line: string }>();
  return results.map(({ line }) => line);
};

const advance = async (afterMs: number): Promise<void> => {
  clock.now += afterMs;
  await advanceAlerts({ db: DB, now: clock.now, loadState: () => loadState(DB) });
};

const REFUSED = { outcome: 'failed', code: 'refused', detail: 'refused' } as const;

/** One whole tick without a newer one, in which every check ends like this. Returns how often the fleet was asked. */
async function tick(
  db: D1Database = DB,
  end: typeof REFUSED | { outcome: 'ok' } = { outcome: 'ok' },
): Promise<number> {
  const time = new VirtualClock(clock.now);
  let asked = 0;
  const fleet: Fleet = {
    async invoke({ runs }) {
      asked += 1;
      const askedAt = time.now();
      await time.wait(300);
      return {
        ...{ askedAt, answeredAt: time.now(), error: null, missedDeadline: false },
        observations: runs.map(({ id }) => ({
          ...{ monitor: id, startedAt: askedAt, timings: { connectMs: 12 }, ...end },
        })),
      };
    },
  };
  const { locations, publicUrl } = readEnv(bindings);
  await time.drive(
    runTick({
      ...{ db: time.database(db), publicUrl, encryptionKey, locations, fleet, probeMemoryMb: 1_769 },
      ...{ now: time.now, sleep: time.wait, enqueueDeliveries: async () => {} },
    }),
  );
  clock.now = time.now();
  return asked;
}

describe('a step that names a schedule', () => {
  test('reaches who is on call when it is due, not who was when the outage began, and the default channels if no person is', async () => {
    const ours = { schedules: ['team'] };
    await createMonitor();
    await addSchedule();
    await addRoute([
      ours,
      { ...ours, afterSeconds: 1_800 },
      { ...ours, afterSeconds: 5_400 },
      { ...ours, afterSeconds: 9_000 },
    ]);
    await runUntilConfirmed(1, 6);
    expect(await sent()).toEqual(['incident.opened to ada']);
    await advance(31 * MINUTE);
    await advance(60 * MINUTE);
    await advance(60 * MINUTE);
    expect((await sent()).slice(1)).toEqual([
      'incident.escalated to ada',
      'incident.escalated to ada bob',
      'incident.escalated to ada bob fallback',
    ]);
  });

  test('does not reach a person who was disabled meanwhile', async () => {
    await createMonitor();
    await addSchedule();
    await addRoute([{ channels: ['first'] }, { schedules: ['team'], afterSeconds: 600 }]);
    await runUntilConfirmed(1, 6);
    const { people } = (await ask('/api/v1/people')).json;
    const { id } = people.find(({ username }: { username: string }) => username === 'ada');
    await must(`/api/v1/people/${id}`, { disabled: true }, 'PATCH');
    await advance(11 * MINUTE);
    expect((await sent()).slice(1)).toEqual(['incident.escalated to fallback first']);
  });
});

describe('a drill', () => {
  const startDrill = (body: object = {}) => must('/api/v1/drill', { monitor: 'shop', ...body });

  const everythingIsMarked = async (): Promise<void> => {
    const { results } = await DB.prepare('select body from notifications').all<{ body: string }>();
    for (const { body } of results) {
      const { drill, title, data } = JSON.parse(body);
      expect([drill, title.startsWith('[Drill] '), data.incident.id.startsWith('drill_')]).toEqual([
        true,
        true,
        true,
      ]);
    }
    expect((await ask('/api/v1/incidents')).json.incidents).toEqual([]);
  };

  test('takes every step and reminder although the monitor is silenced, and a tick ends it', async () => {
    await createMonitor();
    await addSchedule();
    await addRoute(
      [
        { channels: ['first'], afterSeconds: 60 },
        { schedules: ['team'], afterSeconds: 4_000 },
      ],
      { repeatMinutes: 50 },
    );
    await must('/api/v1/silences', { name: 'Known', monitors: ['shop'], durationMinutes: 300 });
    const { channels, endsAt } = await startDrill();
    expect([channels, endsAt]).toEqual([[], iso(clock.now + 4_600_000)]);
    expect(await sent()).toEqual([]);
    await advance(MINUTE);
    await advance(50 * MINUTE);
    await advance(17 * MINUTE);
    const steps = ['incident.opened to first', 'incident.reminder to first'];
    expect(await sent()).toEqual([...steps, 'incident.escalated to bob first']);
    clock.now = Date.parse(endsAt);
    expect(await tick()).toBeGreaterThan(0);
    expect((await sent()).at(-1)).toBe('incident.resolved to bob first');
    expect(await sent()).toHaveLength(4);
    await everythingIsMarked();
  });

  test('that a person acknowledges by the link stops, and a tick ends it within two minutes', async () => {
    await createMonitor();
    await addRoute([{ channels: ['first'] }, { channels: ['bob'], afterSeconds: 120 }]);
    const { id } = await startDrill({ event: 'incident.partial' });
    const { createdAt } = (await ask('/api/v1/channels/first')).json;
    const channel = { id: 'first', createdAt: Date.parse(createdAt) };
    const url = new URL(await acknowledgeUrl({ encryptionKey }, 'https://s.test', id, channel, clock.now));
    const page = await ask(url.pathname, { token: null });
    expect([page.status, page.text.includes('[Drill] ')]).toEqual([200, true]);
    const { status } = await submit(url.pathname, null, { name: 'Ada' });
    expect(status).toBe(303);
    await advance(5 * MINUTE);
    await tick();
    expect(await sent()).toEqual([
      'incident.partial to first',
      'incident.acknowledged to first',
      'incident.partial_resolved to first',
    ]);
    await everythingIsMarked();
  });

  test('goes on while another one cannot be ended', async () => {
    await createMonitor({ channels: ['first'] });
    const broken = await startDrill();
    const { id, endsAt } = await startDrill();
    await DB.prepare(`update notifications set body = '{"type":"test"}' where incident_id = ?`)
      .bind(broken.id)
      .run();
    clock.now = Date.parse(endsAt);
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await tick();
    expect(JSON.stringify(error.mock.calls)).toContain('drill.end_failed');
    error.mockRestore();
    const ended = await DB.prepare('select id from notifications where event = ?')
      .bind('incident.resolved')
      .all();
    expect(ended.results).toEqual([{ id: `${id}_resolved` }]);
  });

  test('asks the queue for its next step', async () => {
    await createMonitor();
    await addRoute([{ channels: ['first'], afterSeconds: 20 }]);
    const asked: unknown[] = [];
    const send = async (message: DeliveryMessage, options: unknown) => asked.push([message, options]);
    const env = { DELIVERIES: { send } as unknown as Bindings['DELIVERIES'] };
    await ask('/api/v1/drill', { method: 'POST', body: { monitor: 'shop' }, env });
    expect(asked).toEqual([[{ alerts: true }, { delaySeconds: 20 }]]);
  });
});

test('checks run in a tick in which D1 fails for alerts and drills, and the next tick carries out what was due', async () => {
  await createMonitor();
  await addRoute([{ channels: ['first'] }, { channels: ['bob'], afterSeconds: 60 }]);
  await runUntilConfirmed(1, 6);
  const failing = new Proxy(DB, {
    get: (target, name) =>
      name === 'prepare'
        ? (query: string) => {
            if (/from "alerts"/.test(query)) throw new Error('D1_ERROR: Network connection lost.');
            return target.prepare(query);
          }
        : Reflect.get(target, name).bind(target),
  });
  clock.now += 2 * MINUTE;
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(await tick(failing, REFUSED)).toBeGreaterThan(0);
  const logged = JSON.stringify(error.mock.calls);
  expect(['drill.end_failed', 'alerts.advance_failed'].filter((event) => !logged.includes(event))).toEqual(
    [],
  );
  error.mockRestore();
  expect(await sent()).toEqual(['incident.opened to first']);
  await tick(DB, REFUSED);
  expect(await sent()).toEqual(['incident.opened to first', 'incident.escalated to bob first']);
});

test('what is given back continues at once: the queue is asked for it', async () => {
  await createMonitor({ channels: ['first'] });
  await runUntilConfirmed(1, 6);
  const { id } = (await ask('/api/v1/incidents')).json.incidents[0];
  await must(`/api/v1/incidents/${id}/acknowledge`, {});
  const asked: unknown[] = [];
  const send = async (message: DeliveryMessage) => asked.push(message);
  const env = { DELIVERIES: { send } as unknown as Bindings['DELIVERIES'] };
  await ask(`/api/v1/incidents/${id}/unacknowledge`, { method: 'POST', body: {}, env });
  expect(asked).toContainEqual({ alerts: true });
});

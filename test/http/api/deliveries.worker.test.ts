import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Bindings, DeliveryMessage } from '../../../src/env.ts';
import {
  ask,
  bindings,
  clock,
  empty,
  keepDefaultChannels,
  patch,
  post,
  RECEIVER,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

const woken: string[] = [];
const env = {
  DELIVERIES: {
    send: async ({ channelId }: DeliveryMessage) => {
      woken.push(channelId);
    },
  } as unknown as Bindings['DELIVERIES'],
};

beforeEach(async () => {
  await empty();
  woken.length = 0;
});
afterEach(empty);

interface Stored {
  id: string;
  position: number;
  channel?: string;
  state?: string;
  event?: string;
  monitor?: string | null;
  incident?: string | null;
}

async function store(...list: Stored[]): Promise<void> {
  await bindings.DB.batch(
    list.flatMap(({ id, position, channel = 'on-call', state = 'delivered', ...about }) => {
      const { event = 'incident.opened', monitor = 'shop', incident = 'inc_1' } = about;
      const turn = state === 'pending' ? 'waiting' : null;
      const finishedAt = state === 'pending' ? null : clock.now - 1_000;
      return [
        bindings.DB.prepare(
          'INSERT OR IGNORE INTO notifications (id, event, at, position, monitor_id, incident_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
        ).bind(id, event, clock.now - 60_000, position, monitor, incident, '{"type":"x"}'),
        bindings.DB.prepare(
          `INSERT INTO deliveries (notification_id, channel_id, position, state, turn, attempts, next_attempt_at, last_status, last_error, finished_at)
           VALUES (?, ?, ?, ?, ?, 2, ?, 503, 'hooks.example.com responded 503', ?)`,
        ).bind(id, channel, position, state, turn, clock.now, finishedAt),
      ];
    }),
  );
}

const list = async (query = '') => (await ask(`/api/v1/deliveries?${query}`)).json;
const ids = async (query = ''): Promise<string[]> =>
  (await list(query)).deliveries.map(
    (one: { notificationId: string; channelId: string }) => `${one.notificationId} ${one.channelId}`,
  );

/** All pages. */
async function walk(query: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = await list(`${query}${cursor === null ? '' : `&cursor=${cursor}`}`);
    for (const one of page.deliveries) found.push(`${one.notificationId} ${one.channelId}`);
    cursor = page.nextCursor;
    if (cursor === null) return found;
  }
}

const redeliver = (notification: string, channel = 'on-call') =>
  ask(`/api/v1/deliveries/${notification}/${channel}/redeliver`, { method: 'POST', env });

describe('the list of deliveries', () => {
  test('an entry has the state of the delivery and what it is about, and no body, address or secret', async () => {
    await post('/api/v1/channels', RECEIVER);
    await store({ id: 'inc_1_opened', position: 10_000, state: 'pending' });
    const { deliveries, nextCursor } = await list();
    expect(nextCursor).toBeNull();
    const expected = {
      ...{ notificationId: 'inc_1_opened', channelId: 'on-call', event: 'incident.opened' },
      ...{ timestamp: iso(clock.now - 60_000), monitor: 'shop', incident: 'inc_1' },
      ...{ state: 'pending', attempts: 2, lastStatus: 503, lastError: 'hooks.example.com responded 503' },
      ...{ lastResponse: null, warning: null, mergedInto: null, route: null },
      ...{ nextAttemptAt: iso(clock.now), finishedAt: null },
    };
    expect(deliveries).toEqual([expected]);
    expect((await ask('/api/v1/deliveries/inc_1_opened/on-call')).json).toEqual(expected);
    await store({ id: 'inc_1_resolved', position: 20_000 });
    expect((await list()).deliveries[0]).toMatchObject({
      ...{ state: 'delivered', nextAttemptAt: null, finishedAt: iso(clock.now - 1_000) },
    });
  });

  test('the newest notification is first, whatever the state of its delivery', async () => {
    await store(
      { id: 'n1', position: 10_000, state: 'failed' },
      { id: 'n2', position: 20_000, state: 'pending' },
      { id: 'n3', position: 30_000 },
      { id: 'n3', position: 30_000, channel: 'other' },
      { id: 'n4', position: 40_000, state: 'failed' },
    );
    expect(await ids()).toEqual(['n4 on-call', 'n3 other', 'n3 on-call', 'n2 on-call', 'n1 on-call']);
  });

  test('each filter works on its own and together with others', async () => {
    await store(
      { id: 'n1', position: 10_000, state: 'failed' },
      { id: 'n1', position: 10_000, channel: 'other', state: 'pending' },
      { id: 'n2', position: 20_000, event: 'incident.resolved' },
      { id: 'n3', position: 30_000, monitor: 'mail', incident: 'inc_2', state: 'pending' },
      { id: 'n4', position: 40_000, monitor: null, incident: null, event: 'channel.failing' },
    );
    expect(await ids('channel=other')).toEqual(['n1 other']);
    expect(await ids('state=failed')).toEqual(['n1 on-call']);
    expect(await ids('state=pending')).toEqual(['n3 on-call', 'n1 other']);
    expect(await ids('channel=on-call&state=pending')).toEqual(['n3 on-call']);
    expect(await ids('event=channel.failing')).toEqual(['n4 on-call']);
    expect(await ids('monitor=shop')).toEqual(['n2 on-call', 'n1 other', 'n1 on-call']);
    expect(await ids('monitor=shop&event=incident.opened&state=failed')).toEqual(['n1 on-call']);
    expect(await ids('incident=inc_2')).toEqual(['n3 on-call']);
    expect(await ids('incident=inc_2&monitor=shop')).toEqual([]);
    expect(await ids('channel=nothing')).toEqual([]);
  });

  test.each([
    '',
    'channel=on-call',
    'state=pending',
    'monitor=shop',
    'event=incident.opened',
    'incident=inc_1',
  ])('pages with the filter "%s" have no gaps and no duplicates, even at equal positions', async (filter) => {
    const all = Array.from({ length: 13 }, (_, index) => ({
      id: `n${String(index).padStart(2, '0')}`,
      position: 10_000 * Math.floor(index / 4),
      state: 'pending',
    }));
    await store(...all, ...all.map((one) => ({ ...one, channel: 'other' })));
    const expected = all
      .flatMap(({ id }) => [`${id} on-call`, `${id} other`])
      .filter((one) => !filter.startsWith('channel') || one.endsWith('on-call'))
      .reverse();
    for (const limit of [1, 2, 3, 5, 100]) expect(await walk(`limit=${limit}&${filter}`)).toEqual(expected);
  });

  test('a page that filters reads a bounded number of notifications and continues with its cursor', async () => {
    await store({ id: 'old', position: 1, state: 'failed' });
    await store(
      ...Array.from({ length: 1_100 }, (_, index) => ({ id: `n${index}`, position: 10_000 * (index + 1) })),
    );
    const first = await list('monitor=shop&state=failed');
    expect(first.deliveries).toEqual([]);
    expect(first.nextCursor).not.toBeNull();
    expect(await walk('monitor=shop&state=failed')).toEqual(['old on-call']);
    expect((await walk('monitor=shop&limit=100')).length).toBe(1_101);
  });

  test.each([
    ['cursor=garbage', 'cursor'],
    ['cursor=', 'cursor'],
    [`cursor=${btoa('1.inc_1')}`, 'cursor'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['state=open', 'state'],
    ['event=incident.closed', 'event'],
    [`channel=${'x'.repeat(64)}`, 'channel'],
    ['chanel=on-call', 'chanel'],
  ])('the query %s is rejected with the name of the parameter', async (query, path) => {
    const answer = await ask(`/api/v1/deliveries?${query}`);
    expect([answer.status, answer.json.errors?.[0].path]).toEqual([422, path]);
  });

  test('every route of deliveries needs an API key', async () => {
    const paths = ['/api/v1/deliveries', '/api/v1/deliveries/n1/on-call'];
    for (const path of paths) expect((await ask(path, { token: null })).status).toBe(401);
    const redelivery = await ask('/api/v1/deliveries/n1/on-call/redeliver', { method: 'POST', token: null });
    expect(redelivery.status).toBe(401);
  });
});

describe('redelivering', () => {
  beforeEach(() => post('/api/v1/channels', RECEIVER));

  test.each(['failed', 'delivered'])(
    'a %s delivery is pending again and due now, under its id',
    async (state) => {
      await store({ id: 'n1', position: 10_000, state });
      // Older than a delivery is ever sent.
      clock.now += 72 * 3_600_000;
      const answer = await redeliver('n1');
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({
        ...{ notificationId: 'n1', channelId: 'on-call', state: 'pending', attempts: 0 },
        ...{ nextAttemptAt: null, finishedAt: null },
      });
      expect(woken).toEqual(['on-call']);
    },
  );

  test('a pending delivery is a conflict, also for the second of two requests', async () => {
    await store({ id: 'n1', position: 10_000, state: 'failed' });
    const answers = await Promise.all([redeliver('n1'), redeliver('n1')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = await redeliver('n1');
    expect([refused.status, refused.json.detail]).toEqual([409, expect.stringContaining('is pending')]);
  });

  test('a delivery of a disabled or deleted channel is a conflict and stays finished', async () => {
    await store({ id: 'n1', position: 10_000, state: 'failed' });
    await patch('/api/v1/channels/on-call', { enabled: false });
    const disabled = await redeliver('n1');
    expect([disabled.status, disabled.json.detail]).toEqual([409, expect.stringContaining('is disabled')]);
    await ask('/api/v1/channels/on-call', { method: 'DELETE' });
    const deleted = await redeliver('n1');
    expect([deleted.status, deleted.json.detail]).toEqual([409, expect.stringContaining('was deleted')]);
    expect((await ask('/api/v1/deliveries/n1/on-call')).json.state).toBe('failed');
    expect(woken).toEqual([]);
  });

  test('an unknown delivery is a 404 that names the list', async () => {
    await store({ id: 'n1', position: 10_000, state: 'failed' });
    const answers = [
      await redeliver('n2'),
      await redeliver('n1', 'other'),
      await ask('/api/v1/deliveries/n2/on-call'),
      await ask('/api/v1/deliveries/n1/%00'),
    ];
    for (const { status, json } of answers) {
      expect([status, json.detail]).toEqual([404, expect.stringContaining('GET /api/v1/deliveries')]);
    }
  });
});

const iso = (ms: number): string => new Date(ms).toISOString();

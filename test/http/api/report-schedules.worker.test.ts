// Report schedules over the API and through the outbox: what may be written, what a restriction shows, and that each period
// is sent once, whatever happens in between.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fleet } from '../../../src/fleet/fleet.ts';
import { runTick } from '../../../src/scheduler/tick.ts';
import { duePeriod } from '../../../src/services/report-schedules/due-period.ts';
import { sendReports } from '../../../src/services/report-schedules/send-reports.ts';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

const PATH = '/api/v1/report-schedules';
const { DB } = bindings;
const deps = { db: DB, publicUrl: 'https://status.test' };
const HOUR = 3_600_000;

let shopKey = '';

beforeAll(async () => {
  await emptyAccess();
  shopKey = (await makeKey('editor', ['team:shop'])).key;
});

beforeEach(async () => {
  await empty();
  await DB.prepare('delete from report_schedules').run();
  await post('/api/v1/channels', { ...RECEIVER, id: 'team-mail', tags: { team: 'shop' } });
  await post('/api/v1/channels', { ...RECEIVER, id: 'theirs', name: 'Theirs', tags: { team: 'pay' } });
});

const create = (more: object = {}) =>
  post(PATH, { id: 'shop', name: 'Shop', period: 'month', channels: ['team-mail'], ...more });
const send = (now = clock.now) => sendReports(deps, now);
const sent = async () =>
  (
    await DB.prepare(
      "select n.id, n.body, d.channel_id as channel from notifications n join deliveries d on d.notification_id = n.id where n.event = 'report.created' order by n.at, n.id, channel",
    ).all<{ id: string; body: string; channel: string }>()
  ).results;
// The clock of the tests is at 15 January 2027, 08:00 UTC.
const FEBRUARY = Date.parse('2027-02-01T00:00:00Z');

describe('a report schedule', () => {
  test.each([
    ['an unknown period', { period: 'day' }, 'period'],
    ['an unknown time zone', { timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['no channel', { channels: [] }, 'channels'],
    ['a channel that does not exist', { channels: ['nil'] }, 'channels[0]'],
    ['a monitor that does not exist', { scope: { monitors: ['nil'] } }, 'scope.monitors[0]'],
    ['an empty scope', { scope: {} }, 'scope'],
    ['a malformed tag', { scope: { tags: ['a b'] } }, 'scope.tags[0]'],
  ])('with %s is refused at its field', async (_, more, path) => {
    const { status, json } = await create(more);
    expect([404, 422]).toContain(status);
    expect(json.errors.map((one: { path: string }) => one.path)).toEqual([path]);
  });

  test('with a pager is refused, because a report would open an alert', async () => {
    const pager = { id: 'pager', type: 'pagerduty', name: 'Pager', config: { routingKey: 'a'.repeat(32) } };
    await post('/api/v1/channels', pager);
    const { status, json } = await create({ channels: ['pager'] });
    expect(status).toBe(422);
    expect(json.detail).toContain('pager');
  });

  test('is created, read, updated by its version and deleted', async () => {
    const created = await create({ scope: { tags: ['team:shop'] }, timeZone: 'Europe/Berlin' });
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({
      ...{ id: 'shop', period: 'month', enabled: true, lastPeriodStart: '2026-11-30T23:00:00.000Z' },
      scope: { monitors: [], groups: [], tags: ['team:shop'] },
    });
    const stale = await ask(`${PATH}/shop`, {
      method: 'PATCH',
      body: { name: 'Other' },
      headers: { 'if-match': '"7"' },
    });
    expect(stale.status).toBe(412);
    expect((await patch(`${PATH}/shop`, { name: 'Other' })).json.name).toBe('Other');
    expect((await ask(PATH)).json.reportSchedules).toHaveLength(1);
    expect((await ask(`${PATH}/shop`, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`${PATH}/shop`)).status).toBe(404);
  });

  test('outside a restriction does not exist, and a restricted caller names nothing outside', async () => {
    await createMonitor({ id: 'pay', tags: { team: 'pay' } });
    await create({ tags: { team: 'pay' } });
    const as = asKey({ key: shopKey });
    expect((await as(`${PATH}/shop`)).status).toBe(404);
    expect((await as(PATH)).json.reportSchedules).toEqual([]);
    const attempts = [
      { scope: { monitors: 'all' } },
      { scope: { monitors: ['pay'] } },
      { scope: { tags: ['team:pay'] } },
      { scope: { groups: ['Checkout'] } },
      { scope: { tags: ['team:shop'] }, channels: ['theirs'] },
    ];
    for (const more of attempts) {
      const body = {
        id: 'mine',
        name: 'Mine',
        period: 'week',
        channels: ['team-mail'],
        tags: { team: 'shop' },
      };
      const refused = await as(PATH, 'POST', { ...body, ...more });
      expect([404, 422]).toContain(refused.status);
    }
  });

  test('that a restricted caller changes keeps the channels that the caller cannot see', async () => {
    await create({
      tags: { team: 'shop' },
      channels: ['team-mail', 'theirs'],
      scope: { tags: ['team:shop'] },
    });
    const as = asKey({ key: shopKey });
    expect((await as(`${PATH}/shop`)).json.channels).toEqual(['team-mail']);
    expect((await as(`${PATH}/shop`, 'PATCH', { name: 'Renamed' })).status).toBe(200);
    expect((await ask(`${PATH}/shop`)).json).toMatchObject({
      ...{ name: 'Renamed', channels: ['team-mail', 'theirs'] },
    });
  });
});

describe('a channel that a report schedule names', () => {
  test('is not deleted without a detach, which leaves the schedule, and the health names it', async () => {
    await create();
    const refused = await ask('/api/v1/channels/team-mail', { method: 'DELETE' });
    expect(refused.status).toBe(409);
    expect(refused.json.references).toContainEqual({
      ...{ kind: 'report_schedule', id: 'shop', name: 'Shop', field: 'channels', effect: 'emptied' },
    });
    const detached = await ask('/api/v1/channels/team-mail?detach=true', { method: 'DELETE' });
    expect(detached.status).toBe(200);
    expect((await ask(`${PATH}/shop`)).json.channels).toEqual([]);
    const { reasons } = (await ask('/api/v1/health')).json;
    const reason = reasons.find(({ code }: { code: string }) => code === 'reports_not_sent');
    expect(reason.detail).toContain('shop (none of its channels exists and is enabled)');
  });
});

describe('a report', () => {
  test('is not sent for a period that was over before the schedule existed, nor within an hour of the end', async () => {
    await create();
    expect(await send()).toBe(0);
    expect(await send(FEBRUARY + HOUR - 1)).toBe(0);
    expect(await send(FEBRUARY + HOUR)).toBe(1);
    expect(await sent()).toHaveLength(1);
  });

  test('is sent once to each channel, by any number of ticks at the same time and after each other', async () => {
    await create({ channels: ['team-mail', 'theirs'] });
    await Promise.all([send(FEBRUARY + HOUR), send(FEBRUARY + HOUR), send(FEBRUARY + HOUR + 7)]);
    await send(FEBRUARY + 2 * HOUR);
    const rows = await sent();
    expect(rows.map(({ channel }) => channel)).toEqual(['team-mail', 'theirs']);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1);
    expect((await ask(`${PATH}/shop`)).json.lastPeriodStart).toBe('2027-01-01T00:00:00.000Z');
  });

  test('of every period follows, and after a long silence only the newest one', async () => {
    await create({ period: 'week' });
    const monday = Date.parse('2027-01-18T01:00:00Z');
    await send(monday);
    await send(monday + 7 * 24 * HOUR);
    await send(monday + 70 * 24 * HOUR);
    const labels = (await sent()).map(({ body }) => JSON.parse(body).data.report.label);
    expect(labels).toEqual(['2027-W02', '2027-W03', '2027-W12']);
  });

  test('that a database cuts off before its end is sent whole by the next tick', async () => {
    await create();
    const failing = new Proxy(DB, {
      get(target, name) {
        if (name === 'batch')
          return (statements: D1PreparedStatement[]) =>
            statements.length > 3 ? Promise.reject(new Error('D1 is gone')) : target.batch(statements);
        const value = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await sendReports({ ...deps, db: failing }, FEBRUARY + HOUR);
    expect(await sent()).toEqual([]);
    await send(FEBRUARY + HOUR + 60_000);
    expect(await sent()).toHaveLength(1);
  });

  test('says what the API says of the same period, and links to its page', async () => {
    await createMonitor({ sloTarget: 99.9, tags: { team: 'shop' } });
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    await runUntilConfirmed(1, 0);
    await create({ scope: { tags: ['team:shop'] } });
    clock.now = FEBRUARY + HOUR;
    await send();
    const [row] = await sent();
    const { report } = JSON.parse(row!.body).data;
    const { json } = await ask('/api/v1/reports/month?at=2027-01-20T00:00:00Z&tag=team:shop');
    expect(report.uptime).toBe(json.overall.uptime);
    expect(report.uptime).toBeLessThan(1);
    expect(report).toMatchObject({
      ...{ outages: 1, monitors: 1, objectives: 1, label: '2027-01' },
      url: 'https://status.test/dashboard/reports?period=month&at=2027-01-01&tag=team%3Ashop',
      downtimeSeconds: Math.round(json.overall.totals.downSeconds),
    });
    expect(report.worst).toMatchObject([{ id: 'shop', name: 'Web shop' }]);
  });

  test('of a schedule that was disabled meanwhile is not sent, and enabling it sends nothing of the past', async () => {
    await create();
    await patch(`${PATH}/shop`, { enabled: false });
    expect(await send(FEBRUARY + HOUR)).toBe(0);
    clock.now = FEBRUARY + 2 * HOUR;
    await patch(`${PATH}/shop`, { enabled: true });
    expect(await send()).toBe(0);
  });

  test('is sent by a tick, which starts its delivery', async () => {
    await create();
    clock.now = FEBRUARY + HOUR;
    let [time, enqueued] = [clock.now, 0];
    const fleet = { invoke: async () => Promise.reject(new Error('no check is due')) } as unknown as Fleet;
    await runTick({
      ...{ db: DB, publicUrl: 'https://status.test', encryptionKey: bindings.ENCRYPTION_KEY, locations: [] },
      ...{ fleet, now: () => time, comparedClock: Date.now },
      sleep: async (ms) => {
        time += Math.max(1_000, ms);
      },
      enqueueDeliveries: async () => {
        enqueued += 1;
      },
    });
    expect((await sent()).map(({ channel }) => channel)).toEqual(['team-mail']);
    expect(enqueued).toBe(2);
  });

  test('is due an hour after midnight in the time zone of the schedule', () => {
    const schedule = { period: 'month', timeZone: 'America/New_York', sentPeriod: 0 } as const;
    const due = duePeriod(schedule, Date.parse('2027-02-02T00:00:00Z'));
    expect(new Date(due!.dueAt).toISOString()).toBe('2027-02-01T06:00:00.000Z');
  });
});

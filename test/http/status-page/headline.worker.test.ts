// The headline of the page: an open incident stays its subject, whatever is unknown, and no colour calms about it.
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  post,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';
import { run as report } from '../../support/d1/runs.ts';

beforeEach(empty);

const MINUTE = 60_000;
const page = async (): Promise<string> => (await ask('/', { token: null })).text;
const status = async () => (await ask('/api/v1/status', { token: null })).json;
const headline = (text: string): [tone: string | undefined, words: string | undefined] => [
  /<div class="banner (\w+)">/.exec(text)?.[1],
  /<h1>(.*?)<\/h1>/.exec(text)?.[1],
];

/** Only these monitors report from now on, from every location. */
async function reportsOf(monitors: readonly number[], minutes: number): Promise<void> {
  const ok = Object.fromEntries(monitors.map((number) => [number, 0]));
  for (let step = 0; step < minutes * 2; step += 1)
    clock.now = await report(bindings.DB, ok, clock.now + 30_000);
}

/** The second monitor is down, then only the others report. */
async function downThenNoData(others: number): Promise<void> {
  for (let index = 0; index < others; index += 1)
    await createMonitor({ id: `up-${index}`, name: `Up ${index}` });
  await createMonitor({ id: 'shop', name: 'Web shop' });
  const down = others + 1;
  await runUntilConfirmed(down, 0);
  await runUntilConfirmed(down, 6);
  await reportsOf(
    Array.from({ length: others }, (_, index) => index + 1),
    5,
  );
}

describe('an open incident whose monitor has no data', () => {
  test('one of four services: the headline is the incident, with the time of its newest result', async () => {
    await downThenNoData(3);
    const text = await page();
    expect(headline(text)).toEqual(['bad', 'Web shop was down when last checked']);
    expect(text).toContain('No data since <time');
    expect(text).not.toContain('No known outages');
    expect(text).toContain('<span class="verdict">Down when last checked</span>');
    expect(text).not.toContain('ongoing for');
    expect(await status()).toMatchObject({ state: 'partial_outage', monitoring: { status: 'ok' } });
  });

  test('during a maintenance of another service the headline is the incident', async () => {
    await downThenNoData(3);
    await post('/api/v1/maintenances', { name: 'Work', monitors: ['up-0'], durationMinutes: 60 });
    expect(headline(await page())).toEqual(['bad', 'Web shop was down when last checked']);
  });

  test('without ticks the headline is the incident, and the status is an outage', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 6);
    clock.now += 10 * MINUTE;
    expect(headline(await page())).toEqual(['bad', 'Web shop was down when last checked']);
    expect(await status()).toMatchObject({ state: 'major_outage', monitoring: { status: 'stopped' } });
  });

  test('two services with open incidents are counted', async () => {
    await createMonitor();
    await createMonitor({ id: 'second', name: 'Second' });
    await createMonitor({ id: 'third', name: 'Third' });
    for (const failing of [0, 6]) for (const number of [1, 2]) await runUntilConfirmed(number, failing);
    clock.now += 10 * MINUTE;
    expect(headline(await page())).toEqual(['bad', '2 services were down when last checked']);
  });

  test('a regional problem without data warns', async () => {
    await createMonitor();
    await runUntilConfirmed(1, 0);
    await runUntilConfirmed(1, 2);
    clock.now += 10 * MINUTE;
    expect(headline(await page())).toEqual([
      'warn',
      'Web shop was unreachable from some locations when last checked',
    ]);
    expect((await status()).state).toBe('partial_outage');
  });

  test('beside an outage that continues, the affected services include the unknown one', async () => {
    await downThenNoData(3);
    const up = { 2: 0, 3: 0 };
    for (let step = 0; step < 8; step += 1)
      clock.now = await report(bindings.DB, { ...up, 1: 6 }, clock.now + 15_000);
    const text = await page();
    expect(headline(text)).toEqual(['bad', 'Major outage']);
    expect(text).toContain('2 of 4 services are affected. 1 of them has no data now.');
  });

  test('the page of the incident does not claim that it continues', async () => {
    await downThenNoData(3);
    const [incident] = (await status()).incidents;
    const { text } = await ask(new URL(incident.url).pathname, { token: null });
    expect(headline(text)).toEqual(['bad', 'Web shop was down when last checked']);
    expect(text).toMatch(/No data since <time[^>]*>[^<]*<\/time>, so the incident may be over\./);
  });
});

test('without an incident, a page without ticks has no data', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  clock.now += 10 * MINUTE;
  const text = await page();
  expect(headline(text)).toEqual(['no_data', 'No data']);
  expect(text).toContain('No checks have been recorded since <time');
  expect(text).toContain('Checks are not started. <code>ticks_stopped</code>');
  expect(await status()).toMatchObject({
    state: 'no_data',
    monitoring: { reasons: [{ code: 'ticks_stopped', words: 'Checks are not started.' }] },
  });
});

test('an answer to a change of the API does not claim a verdict of a mesh that has stopped', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  clock.now += 10 * MINUTE;
  const { json } = await ask('/api/v1/monitors/shop', { method: 'PATCH', body: { name: 'New' } });
  expect(json.verdict).toBe('no_data');
});

test('the notice of an impairment shows no name of a channel, monitor or host', async () => {
  await createMonitor();
  await runUntilConfirmed(1, 0);
  await bindings.DB.prepare(
    `insert into channels (id, type, name, sealed_config, public_config, enabled, failing_since, last_error, created_at, updated_at)
     values ('secret-channel', 'webhook', 'Secret', 'v1.broken', '{}', 1, 1, 'hooks.secret.example responded 500', 1, 1)`,
  ).run();
  const text = await page();
  expect(text).toContain('Notifications cannot be delivered. <code>channels_unusable</code>');
  expect(text).toContain('Stored secrets cannot be read. <code>secrets_undecryptable</code>');
  expect(text).not.toMatch(/secret-channel|hooks\.secret|ENCRYPTION_KEY/);
  expect(JSON.stringify(await status())).not.toMatch(/secret-channel|hooks\.secret|ENCRYPTION_KEY/);
});

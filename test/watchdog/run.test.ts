// Whole runs of the watchdog over real sockets, with parameters that fail: what is sent, in which form, and what is remembered.
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { type Memory, type PageRun, runWatchdog, type WatchdogSettings } from '../../src/watchdog/run.ts';
import type { Parameters } from '../../src/watchdog/ssm-state.ts';
import { readState } from '../../src/watchdog/state.ts';
import { healthz, respondJson, type StubServer, startStub } from './coordinator-stub.ts';

const SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const MINUTE = 60_000;

let coordinator: StubServer;
let receiver: StubServer;
let now = 0;
let values: Map<string, string>;
let broken: (kind: 'read' | 'write', region: string) => boolean;
const logged: string[] = [];

beforeEach(async () => {
  coordinator = await startStub();
  receiver = await startStub();
  now = Date.now();
  values = new Map();
  broken = () => false;
  logged.length = 0;
  for (const method of ['log', 'warn', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line: string) => void logged.push(line));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all([coordinator.stop(), receiver.stop()]);
});

const parameters: Parameters = {
  async read(region, name) {
    const value = values.get(`${region}${name}`);
    if (broken('read', region) || value === undefined) throw new Error(`${name} cannot be read`);
    return value;
  },
  async write(region, name, value) {
    if (broken('write', region)) throw new Error(`${name} cannot be written`);
    values.set(`${region}${name}`, value);
  },
};

const settings = (changes: Partial<WatchdogSettings> = {}): WatchdogSettings => ({
  ...{ coordinatorUrl: coordinator.url, region: 'eu-central-1', peerRegion: null, isSecond: false },
  ...{ stateParameter: '/mesh/state', secretsParameter: '/mesh/secrets', ...changes },
});

const writeSecrets = (emergency: unknown, region = 'eu-central-1'): void =>
  void values.set(
    `${region}/mesh/secrets`,
    JSON.stringify({ watchdogKey: 'the key of the watchdog', emergency }),
  );

const slept: number[] = [];
async function run(
  memory: Memory = { state: null, secrets: null },
  changes: Partial<WatchdogSettings> = {},
  copyPages?: (run: PageRun) => Promise<void>,
): Promise<void> {
  await runWatchdog(settings(changes), {
    ...{ parameters, memory, fetch, now: () => now, copyPages },
    sleep: async (ms) => void slept.push(ms),
  });
}

/** Runs once a minute. */
async function runs(count: number, memory?: Memory, changes?: Partial<WatchdogSettings>): Promise<void> {
  for (let minute = 0; minute < count; minute += 1) {
    await run(memory, changes);
    now += MINUTE;
  }
}

const die = () => coordinator.answer((_, response) => respondJson(response, 500, {}));
const live = (more: object = {}) =>
  coordinator.answer(({ method }, response) =>
    method === 'POST'
      ? respondJson(response, 202, { tick: null })
      : respondJson(response, 200, healthz(more)),
  );
const webhook = () => ({ type: 'webhook', url: `${receiver.url}/hook`, secret: SECRET });
const state = () => readState(values.get('eu-central-1/mesh/state') ?? '');

describe('the emergency channel', () => {
  test('a webhook gets one alert, signed by Standard Webhooks, and its end, with bodies as of the coordinator', async () => {
    writeSecrets(webhook());
    die();
    await runs(6);
    live();
    await runs(3);
    expect(receiver.received).toHaveLength(2);
    const verifier = new Webhook(SECRET);
    const [alert, end] = receiver.received.map(({ body, headers }) => {
      // The reference library compares with its own clock, which is minutes behind the one of this test.
      vi.useFakeTimers({ now: Number(headers['webhook-timestamp']) * 1000, toFake: ['Date'] });
      const verified = verifier.verify(body, headers as Record<string, string>);
      vi.useRealTimers();
      return { id: headers['webhook-id'], body: webhookBodySchema.parse(verified) };
    });
    expect(alert!.body).toMatchObject({ type: 'mesh.impaired', severity: 'critical' });
    expect(alert!.body.summary).toContain('/healthz responds with 500');
    expect(alert!.body.summary).toContain(String(alert!.id));
    expect(end).toMatchObject({ id: `${alert!.id}_resolved`, body: { type: 'mesh.recovered' } });
  });

  test('PagerDuty gets one dedup key for the mesh, in the alert, in its repeats and in its end', async () => {
    writeSecrets({ type: 'pagerduty', routingKey: 'e93facc04764012d7bfb002500d5d1a6', apiUrl: receiver.url });
    die();
    await runs(36);
    live();
    await runs(3);
    const events = receiver.received.map(({ body }) => JSON.parse(body));
    const { host } = new URL(coordinator.url);
    expect(events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', `${host}:watchdog`],
      ['trigger', `${host}:watchdog`],
      ['resolve', `${host}:watchdog`],
    ]);
    expect(events[0].payload).toMatchObject({ severity: 'critical', source: host });
    expect(receiver.received.every(({ path }) => path === '/v2/enqueue')).toBe(true);
  });

  test('Slack gets an attachment that names the id, the reason and the status page', async () => {
    writeSecrets({ type: 'slack', url: `${receiver.url}/services/T/B/X` });
    die();
    await runs(4);
    const [{ body }] = receiver.received as [(typeof receiver.received)[number]];
    const [attachment] = JSON.parse(body).attachments;
    expect(attachment.color).toBe('#D92D20');
    expect(body).toContain('/healthz responds with 500');
    expect(body).toContain(state()!.alert!.id);
    expect(body).toContain(coordinator.url);
  });

  test('a receiver that fails, hangs up or redirects gets the same alert every minute until it takes it', async () => {
    writeSecrets(webhook());
    die();
    receiver.answer((_, response) => void response.writeHead(503).end());
    await runs(4);
    receiver.answer((_, response) => void response.destroy());
    await runs(1);
    receiver.answer((_, response) => void response.writeHead(302, { location: '/elsewhere' }).end());
    await runs(1);
    receiver.answer((_, response) => void response.writeHead(200).end());
    await runs(4);
    expect(receiver.received.map(({ path }) => path)).toEqual(Array(4).fill('/hook'));
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test('without an emergency channel, ticks are asked for and the log has the alert once', async () => {
    writeSecrets(null);
    die();
    await runs(8);
    expect(logged.filter((line) => line.includes('"watchdog.alert"'))).toHaveLength(1);
    expect(receiver.received).toEqual([]);
  });

  test('no secret and no address of a receiver is ever logged', async () => {
    writeSecrets({ type: 'slack', url: 'http://127.0.0.1:1/services/T0/B0/password' });
    die();
    await runs(5);
    live({ tickAgeSeconds: 200 });
    await runs(2);
    expect(logged.join('\n')).toContain('watchdog.send_failed');
    expect(logged.join('\n')).not.toMatch(/password|the key of the watchdog|services/);
  });
});

describe('an SSM that fails', () => {
  test('a warm function alerts and resolves without it, and says so', async () => {
    writeSecrets(webhook());
    live();
    const memory: Memory = { state: null, secrets: null };
    await runs(1, memory);
    broken = () => true;
    die();
    await runs(6, memory);
    live();
    await runs(3, memory);
    expect(receiver.received).toHaveLength(2);
    const text = logged.join('\n');
    for (const event of ['state_unreadable', 'secrets_unreadable', 'state_unwritable'])
      expect(text).toContain(`watchdog.${event}`);
  });

  test('a cold function reads the secrets of the other region', async () => {
    writeSecrets(webhook(), 'us-east-1');
    broken = (_, region) => region === 'eu-central-1';
    die();
    const memory: Memory = { state: null, secrets: null };
    await runs(5, memory, { peerRegion: 'us-east-1' });
    expect(receiver.received).toHaveLength(1);
  });

  test('secrets that are not valid are named by their field, and the run goes on', async () => {
    values.set(
      'eu-central-1/mesh/secrets',
      JSON.stringify({ watchdogKey: 'top-secret', emergency: { type: 'fax' } }),
    );
    live();
    await run();
    expect(logged.join('\n')).toContain('emergency.type');
    expect(logged.join('\n')).not.toContain('top-secret');
    expect(state()?.wellSince).toBe(now);
  });

  test('a state that is garbage is replaced', async () => {
    writeSecrets(webhook());
    values.set('eu-central-1/mesh/state', 'garbage');
    die();
    await runs(4);
    expect(receiver.received).toHaveLength(1);
    expect(logged.join('\n')).toContain('watchdog.state_unknown');
  });
});

describe('two regions', () => {
  const SECOND = { region: 'us-east-1', peerRegion: 'eu-central-1', isSecond: true };

  test('the second region reports and copies nothing while the first works, and takes over when it does not', async () => {
    writeSecrets(webhook());
    writeSecrets(webhook(), 'us-east-1');
    live({ tickAgeSeconds: 100 });
    const copied: PageRun[] = [];
    const copy = async (one: PageRun) => void copied.push(one);
    await run(undefined, { peerRegion: 'us-east-1' });
    await run(undefined, SECOND, copy);
    const reports = () =>
      coordinator.received.flatMap(({ method, body }) => (method === 'POST' ? [JSON.parse(body)] : []));
    expect(reports().map(({ region, tick }) => [region, tick])).toEqual([
      ['eu-central-1', true],
      ['us-east-1', false],
    ]);
    expect(copied).toEqual([]);
    now += 3 * MINUTE;
    await run(undefined, SECOND, copy);
    expect(reports().at(-1)).toMatchObject({ region: 'us-east-1', tick: true });
    expect(copied).toEqual([
      {
        ...{ coordinatorUrl: coordinator.url, key: 'the key of the watchdog', now },
        ...{ isSilent: false, silentSince: null },
      },
    ]);
  });
});

test('a tick that is about to be too old is read again, and asked for in the same run', async () => {
  writeSecrets(null);
  let age = 70;
  coordinator.answer(({ method }, response) => {
    if (method === 'POST') return respondJson(response, 202, { tick: 'requested' });
    respondJson(response, 200, healthz({ tickAgeSeconds: age }));
    age = 76;
  });
  slept.length = 0;
  await run();
  expect(slept).toEqual([6_000]);
  expect(coordinator.received.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  expect(JSON.parse(coordinator.received[2]!.body)).toMatchObject({ tick: true });
});

test('a copy of the pages that fails is logged, after everything else is done', async () => {
  writeSecrets(null);
  coordinator.answer((_, response) => void response.destroy());
  const copied: PageRun[] = [];
  await run(undefined, {}, async (one) => {
    copied.push(one);
    throw new Error('the bucket is gone');
  });
  expect(copied).toMatchObject([{ isSilent: true, silentSince: now }]);
  expect(logged.join('\n')).toContain('watchdog.pages_not_copied');
  expect(state()?.deadSince).toBe(now);
});

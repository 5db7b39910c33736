// The watchdog of a live `npm start` with its demo, as a person breaks it over the control address: first its clocks, then the
// coordinator itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../scripts/start/ports.ts';
import type { WebhookBody } from '../../../src/channels/notification.ts';
import { until } from '../../support/mesh/live-mesh.ts';
import { alive, endAll, runScript, type Started } from '../start/npm-script.ts';

const TOKEN = 'a-token-for-the-test-of-the-watchdog';
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const START_WITHIN_MS = 15 * MINUTE_MS;
const SILENT = 'The monitoring itself is unreachable';
const TEST_WITHIN_MS = 40 * MINUTE_MS;

interface InboxMessage {
  readonly id: string | null;
  readonly type: string | null;
  readonly again: boolean;
  readonly body: WebhookBody;
}

let dir: string;
let mesh: Started;
let url: string;

/** An address of the banner. */
const banner = (name: string): string =>
  mesh.lines
    .map((line) => new RegExp(`^ {2}${name} .*?(http\\S+?)/? `).exec(`${line} `)?.[1])
    .find(Boolean) ?? '';

const read = async (address: string): Promise<unknown> =>
  (await fetch(address, { headers: { authorization: `Bearer ${TOKEN}` } })).json();

const health = async () =>
  (await read(`${url}/api/v1/health`)) as {
    readonly status: string;
    readonly lastTickAt: string;
    readonly tickSource: string;
    readonly reasons: readonly { readonly code: string }[];
    readonly watchdogs: readonly { readonly lastReportAt: string | null }[];
  };

/** Oldest first. */
const messages = async (type: string, code: string): Promise<InboxMessage[]> => {
  const { messages: all } = (await read(`${banner('inbox')}/messages`)) as { messages: InboxMessage[] };
  return all
    .filter((one) => one.type === type && one.body.data.mesh?.reasons.some((reason) => reason.code === code))
    .reverse();
};

/** What readers of the copy see, wherever the coordinator is. */
const copied = async (): Promise<string> => (await fetch(banner('watchdog'))).text();

async function setMachine(name: string, up: boolean): Promise<void> {
  const response = await fetch(`${banner('control')}/machinery/${name}`, {
    method: 'PUT',
    body: JSON.stringify({ up }),
  });
  expect(await response.json()).toMatchObject({ machinery: { [name]: { up } } });
}

beforeAll(
  async () => {
    dir = mkdtempSync(join(tmpdir(), 'probemesh-watchdog-'));
    const port = await freePort(20_000 + Math.floor(Math.random() * 10_000));
    mesh = runScript('start', ['--data', join(dir, 'data'), '--port', String(port), '--locations', '3'], {
      PROBEMESH_API_KEY: TOKEN,
    });
    url = await mesh.ready(START_WITHIN_MS);
    await until('a report of both regions', 5 * MINUTE_MS, async () =>
      (await health()).watchdogs.every(({ lastReportAt }) => lastReportAt !== null),
    );
  },
  START_WITHIN_MS + 5 * MINUTE_MS,
);

afterAll(async () => {
  await endAll();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

it(
  'without both clocks, the watchdog ticks within two minutes, and a notification says that cron is silent',
  async () => {
    await setMachine('second-clock', false);
    await setMachine('cron', false);
    const stoppedAt = Date.now();
    const { lastTickAt: newest, tickSource } = await until(
      'a tick of the watchdog',
      4 * MINUTE_MS,
      async () => {
        const now = await health();
        return now.tickSource === 'watchdog' && now;
      },
    );
    expect(tickSource).toBe('watchdog');
    expect(Date.parse(newest)).toBeLessThanOrEqual(stoppedAt + 2 * MINUTE_MS + 10 * SECOND_MS);
    await until(
      'the notification',
      10 * MINUTE_MS,
      async () => (await messages('mesh.impaired', 'cron_silent'))[0],
    );
    expect((await health()).status).not.toBe('stopped');
    await setMachine('cron', true);
    await setMachine('second-clock', true);
    await until('the end', 10 * MINUTE_MS, async () => (await messages('mesh.recovered', 'cron_silent'))[0]);
  },
  TEST_WITHIN_MS,
);

it(
  'a killed coordinator gives the emergency channel one alert, which ends after the restart',
  async () => {
    const code = 'coordinator_unreachable';
    expect(await messages('mesh.impaired', code)).toEqual([]);
    expect(await copied()).not.toContain(SILENT);
    await setMachine('coordinator', false);
    const killedAt = Date.now();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    const alert = await until(
      'the alert',
      8 * MINUTE_MS,
      async () => (await messages('mesh.impaired', code))[0],
    );
    expect(Date.now() - killedAt).toBeGreaterThan(2.5 * MINUTE_MS);
    expect(alert.body).toMatchObject({ severity: 'critical' });
    await until('the copy of the page to say so', 3 * MINUTE_MS, async () =>
      (await copied()).includes(SILENT),
    );
    await setMachine('coordinator', true);
    const end = await until(
      'the end',
      8 * MINUTE_MS,
      async () => (await messages('mesh.recovered', code))[0],
    );
    expect(end.id).toBe(`${alert.id}_resolved`);
    const alerts = await messages('mesh.impaired', code);
    expect(new Set(alerts.map(({ id }) => id))).toEqual(new Set([alert.id]));
    expect(alerts.filter(({ again }) => !again)).toHaveLength(1);
    await until(
      'the copy of the page to be new',
      5 * MINUTE_MS,
      async () => !(await copied()).includes(SILENT),
    );
    await until('a coordinator that works', 5 * MINUTE_MS, async () => (await health()).status !== 'stopped');

    const processes = mesh.processes();
    mesh.child.kill('SIGTERM');
    expect(await mesh.ended).toBe(0);
    expect(alive(processes)).toEqual([]);
  },
  TEST_WITHIN_MS,
);

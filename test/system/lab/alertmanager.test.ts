// A real Alertmanager with the requests of the channel: alerts fire, are kept alive, resolve, and are silenced there.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alertmanager, alertsRequest, FIRING_MS, firingAlert } from '../../../src/channels/alertmanager.ts';
import type { EventType } from '../../../src/channels/events.ts';
import { toMessage } from '../../../src/channels/to-message.ts';
import { gatheredNotification, HOSTILE_NAMES } from '../../support/channels/messages.ts';
import { PUBLIC_URL, requestsOf } from '../../support/channels/requests.ts';
import { because } from '../../support/missing-program.ts';
import { type Folder, makeFolder } from './folder.ts';
import { labProblem } from './packages.ts';
import { startAlertmanager } from './servers/alertmanager.ts';
import type { LabServer } from './servers/process.ts';

const problem = labProblem('alertmanager');

interface Notified {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
}

let folder: Folder | undefined;
let server: LabServer | undefined;
let receiver: Server | undefined;
let notified: Notified[] = [];
let monitor = 0;

beforeAll(async () => {
  if (problem !== null) return;
  folder = makeFolder();
  receiver = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => {
      text += part;
    });
    request.on('end', () => {
      notified.push(...(JSON.parse(text) as { alerts: Notified[] }).alerts);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver!.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  server = await startAlertmanager(folder.path, `http://127.0.0.1:${port}/`);
});
afterAll(async () => {
  await server?.close();
  receiver?.close();
  folder?.remove();
});
beforeEach(() => {
  notified = [];
  monitor += 1;
});

const config = () => alertmanager.config.parse({ url: `http://127.0.0.1:${server!.port}/` });

/** The notification of this test's monitor, as it would happen now. */
function notification(type: EventType, name?: string) {
  const { id, body } = gatheredNotification(type, monitor, name);
  const { incident } = body.data;
  const startedAt = new Date(Date.now() - 60_000).toISOString();
  const resolvedAt = incident?.resolvedAt ? new Date().toISOString() : null;
  return {
    id,
    body: { ...body, data: { ...body.data, incident: incident && { ...incident, startedAt, resolvedAt } } },
  };
}

async function post(url: string, body: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return text === '' ? null : JSON.parse(text);
}

async function send(type: EventType, name?: string): Promise<void> {
  const message = toMessage([notification(type, name)], { publicUrl: PUBLIC_URL });
  const [request] = await requestsOf(alertmanager, message, config(), { now: Date.now() });
  if (request.transport !== 'email') await post(request.url, request.body);
}

/** Names and states of the alerts about this test's monitor that Alertmanager shows. */
async function shown(): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${server!.port}/api/v2/alerts`);
  const alerts = (await response.json()) as { labels: Record<string, string>; status: { state: string } }[];
  return alerts
    .filter(({ labels: { monitor: id } }) => id === `shop-${monitor}`)
    .map(({ labels: { alertname }, status }) => `${alertname} ${status.state}`)
    .sort();
}

const received = (): string[] =>
  notified
    .filter(({ labels: { monitor: id } }) => id === `shop-${monitor}`)
    .map(({ status, labels: { alertname } }) => `${alertname} ${status}`);

const soon = { timeout: 10_000, interval: 50 };

describe.skipIf(problem !== null)(`Alertmanager${because(problem)}`, () => {
  test('Alertmanager shows an outage as firing, and then as resolved', async () => {
    await send('incident.opened');
    await expect.poll(received, soon).toEqual(['MonitorDown firing']);
    expect(await shown()).toEqual(['MonitorDown active']);
    await send('incident.acknowledged');
    expect(await shown()).toEqual(['MonitorDown active']);
    await send('incident.resolved');
    await expect.poll(received, soon).toEqual(['MonitorDown firing', 'MonitorDown resolved']);
    expect(await shown()).toEqual([]);
  });

  test('an outage resolves the regional problem that it was before', async () => {
    await send('incident.partial');
    await expect.poll(received, soon).toEqual(['MonitorPartial firing']);
    await send('incident.opened');
    await expect
      .poll(() => received().toSorted(), soon)
      .toEqual(['MonitorDown firing', 'MonitorPartial firing', 'MonitorPartial resolved']);
    expect(await shown()).toEqual(['MonitorDown active']);
  });

  test('an alert that is not sent again resolves, and one that is sent again stays', async () => {
    // As if the opening had been sent almost five minutes ago.
    const soonOver = firingAlert(notification('incident.opened'), {
      ...{ now: Date.now() - FIRING_MS + 2_000, publicUrl: PUBLIC_URL },
    });
    const { url, body } = alertsRequest(config(), [soonOver]);
    await post(url, body);
    const refreshed = firingAlert(notification('incident.opened'), {
      now: Date.now(),
      publicUrl: PUBLIC_URL,
    });
    await post(url, alertsRequest(config(), [refreshed]).body);
    await sleep(3_000);
    expect(await shown()).toEqual(['MonitorDown active']);
    await post(url, body);
    await expect.poll(received, soon).toEqual(['MonitorDown firing', 'MonitorDown resolved']);
  });

  test('an alert that is silenced in Alertmanager reaches no receiver of it, and still resolves', async () => {
    const matcher = { name: 'monitor', value: `shop-${monitor}`, isRegex: false, isEqual: true };
    const [startsAt, endsAt] = [new Date(), new Date(Date.now() + 600_000)].map((date) => date.toISOString());
    const silence = { matchers: [matcher], startsAt, endsAt, createdBy: 'lab', comment: 'planned work' };
    await post(`http://127.0.0.1:${server!.port}/api/v2/silences`, JSON.stringify(silence));
    await send('incident.opened');
    await expect.poll(shown, soon).toEqual(['MonitorDown suppressed']);
    await sleep(1_500);
    await send('incident.resolved');
    await sleep(1_500);
    expect(received()).toEqual([]);
    expect(await shown()).toEqual([]);
  });

  test.each(HOSTILE_NAMES)('Alertmanager takes a monitor of any name: %j', async (name) => {
    await send('incident.opened', name);
    expect(await shown()).toEqual(['MonitorDown active']);
  });
});

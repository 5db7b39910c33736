// Alerts for Alertmanager, against its specification: identity, times and severities. The lab runs a real one.
import { expect, test } from 'vitest';
import {
  alertmanager,
  firingAlert,
  type PostableAlert,
  resolvedAlert,
} from '../../src/channels/alertmanager.ts';
import type { EventType } from '../../src/channels/events.ts';
import type { Message } from '../../src/channels/message.ts';
import {
  drillMessages,
  everyMessage,
  hostileMessages,
  hugeMessages,
  messageOf,
  NOW,
  notificationOf,
} from '../support/channels/messages.ts';
import { PUBLIC_URL, requestsOf } from '../support/channels/requests.ts';
import { readAlerts } from '../support/vendors/alertmanager.ts';

const config = alertmanager.config.parse({ url: 'https://alertmanager.example.com/', token: 'secret-token' });
const LATER = NOW + 3_600_000;

async function alertsOf(message: Message, now = NOW): Promise<PostableAlert[]> {
  const [request] = await requestsOf(alertmanager, message, config, { now });
  return readAlerts(request);
}

const isFiring = ({ endsAt }: PostableAlert, now = NOW): boolean => Date.parse(endsAt) > now;

test('every event, drill, hostile text and huge message is as Alertmanager specifies it', async () => {
  for (const { title, message } of [...everyMessage, ...drillMessages, ...hostileMessages, ...hugeMessages])
    await expect(alertsOf(message), title).resolves.toBeDefined();
});

test('each condition fires, and its end has the same labels and ends it', async () => {
  const pairs: readonly (readonly [EventType, EventType, string])[] = [
    ['incident.opened', 'incident.resolved', 'MonitorDown'],
    ['incident.partial', 'incident.partial_resolved', 'MonitorPartial'],
    ['monitor.no_data', 'monitor.no_data_resolved', 'MonitorNoData'],
    ['monitor.flapping', 'monitor.flapping_ended', 'MonitorFlapping'],
    ['location.quarantined', 'location.recovered', 'LocationQuarantined'],
    ['channel.failing', 'channel.recovered', 'ChannelFailing'],
    ['channel.disabled', 'channel.recovered', 'ChannelFailing'],
    ['mesh.impaired', 'mesh.recovered', 'MeshImpaired'],
    ['heartbeat.missed', 'heartbeat.recovered', 'HeartbeatMissed'],
  ];
  for (const [begin, end, name] of pairs) {
    const [firing] = await alertsOf(messageOf(begin));
    const [resolved] = await alertsOf(messageOf(end), LATER);
    expect(firing!.labels).toMatchObject({ alertname: name });
    expect(isFiring(firing!), begin).toBe(true);
    expect(isFiring(resolved!, LATER), end).toBe(false);
    expect(resolved!.labels, end).toEqual(firing!.labels);
    expect(resolved!.startsAt <= resolved!.endsAt, end).toBe(true);
  }
});

test('an outage resolves the regional problem that it was before', async () => {
  const [partial] = await alertsOf(messageOf('incident.partial'));
  const [down, before] = await alertsOf(messageOf('incident.opened'));
  expect(down!.labels).toMatchObject({ alertname: 'MonitorDown', severity: 'critical' });
  expect(before!.labels).toEqual(partial!.labels);
  expect([isFiring(down!), isFiring(before!)]).toEqual([true, false]);
});

test('a reminder, an acknowledgement and a comment keep the alert firing, and say who took it', async () => {
  const [opened] = await alertsOf(messageOf('incident.opened'));
  for (const type of [
    'incident.reminder',
    'incident.acknowledged',
    'incident.commented',
    'incident.escalated',
  ] as const) {
    const alerts = await alertsOf(messageOf(type));
    expect(
      alerts.map((alert) => isFiring(alert)),
      type,
    ).toEqual([true]);
    expect(alerts[0]!.labels).toEqual(opened!.labels);
  }
  const { id, body } = notificationOf('incident.opened');
  const { incident } = body.data;
  const acknowledged = { ...incident!, acknowledgedAt: body.timestamp, acknowledgedBy: 'Ada' };
  const refreshed = firingAlert(
    { id, body: { ...body, data: { ...body.data, evidence: [], incident: acknowledged } } },
    { now: NOW, publicUrl: PUBLIC_URL },
  );
  expect(refreshed.labels).toEqual(opened!.labels);
  expect(refreshed.annotations).toMatchObject({ acknowledged_by: 'Ada', incident: incident!.url });
});

test('a refresh fires for five minutes from now, and ends at once if the alert is over', () => {
  const context = { now: LATER, publicUrl: PUBLIC_URL };
  const notification = notificationOf('incident.opened');
  expect(Date.parse(firingAlert(notification, context).endsAt)).toBe(LATER + 300_000);
  expect(isFiring(resolvedAlert(notification, context), LATER)).toBe(false);
});

test('an alert fires as long as something keeps it: a refresh, an end, or nothing', async () => {
  const MINUTE = 60_000;
  const expected: readonly (readonly [EventType, number])[] = [
    ['incident.opened', 5],
    ['incident.reminder', 5],
    ['monitor.no_data', 5],
    ['location.lost', 5],
    ['test', 5],
    ['monitor.certificate', 60],
    ['state.rebuilt', 60],
    ['mesh.impaired', 24 * 60],
    ['channel.failing', 24 * 60],
    ['heartbeat.missed', 24 * 60],
  ];
  for (const [type, minutes] of expected) {
    const [alert] = await alertsOf(messageOf(type));
    expect((Date.parse(alert!.endsAt) - NOW) / MINUTE, type).toBe(minutes);
  }
});

test('tags become labels, and a drill is marked', async () => {
  const [alert] = await alertsOf(messageOf('incident.opened', { drill: true }));
  expect(alert!.labels).toEqual({
    ...{
      alertname: 'MonitorDown',
      severity: 'critical',
      monitor: 'web-shop',
      instance: 'shop.example.com:443',
    },
    ...{ group: 'Checkout', probemesh: 'status.example.com', tag_team: 'shop', drill: 'true' },
  });
});

test.each([
  { url: 'https://am.example.com/api/v2/alerts' },
  { url: 'https://user:pw@am.example.com' },
  { url: 'https://am.example.com', username: 'x' },
  { url: 'https://am.example.com', password: 'x' },
  { url: 'https://am.example.com', username: 'x', password: 'y', token: 'z' },
])('an address with a path of the API, or half a credential, is rejected: %j', (written) => {
  expect(alertmanager.config.safeParse(written).success).toBe(false);
});

test('a password is sent as basic authentication, a token as a bearer', async () => {
  const basic = { url: 'https://am.example.com/x', username: 'mesh', password: 'pässword' };
  const headersOf = async (settings: object) => {
    const [request] = await requestsOf(alertmanager, messageOf('test'), { ...settings }, { now: NOW });
    return 'headers' in request ? new Headers(request.headers).get('authorization') : null;
  };
  expect(await headersOf(basic)).toBe(`Basic ${Buffer.from('mesh:pässword').toString('base64')}`);
  expect(await headersOf(config)).toBe('Bearer secret-token');
});

// PagerDuty and Jira Service Management, against fakes that check every request and keep the alerts.
import { describe, expect, test } from 'vitest';
import { shownConfig } from '../../src/channels/catalogue.ts';
import type { Channel } from '../../src/channels/channel.ts';
import { incidentIdOf } from '../../src/channels/condition.ts';
import type { EventType } from '../../src/channels/events.ts';
import { jsm } from '../../src/channels/jsm.ts';
import type { Message } from '../../src/channels/message.ts';
import { pagerduty } from '../../src/channels/pagerduty.ts';
import { toMessage } from '../../src/channels/to-message.ts';
import { fillConfig } from '../../src/channels/written-config.ts';
import {
  drillMessages,
  everyMessage,
  HOSTILE_NAMES,
  hostileMessages,
  hugeMessages,
  messageOf,
  NOW,
  notificationOf,
} from '../support/channels/messages.ts';
import { requestsOf } from '../support/channels/requests.ts';
import { FakeJsm } from '../support/vendors/jsm.ts';
import { FakePagerDuty } from '../support/vendors/pagerduty.ts';

const ALL = [...everyMessage, ...drillMessages, ...hostileMessages, ...hugeMessages];

const routing = pagerduty.config.parse({ routingKey: 'e93facc04764012d7bfb002500d5d1a6' });
const genie = jsm.config.parse({ apiKey: '8d1f3f7a-52c8-4b5d-9a0e-6f2c4b1d7e90' });

/** Both pagers, with the names of their states. */
function pagers() {
  const pd = new FakePagerDuty();
  const ops = new FakeJsm();
  return [
    {
      name: 'PagerDuty',
      send: async (message: Message, receipt: string | null = null) => {
        for (const one of await requestsOf(pagerduty, message, routing, { now: NOW, receipt }))
          pd.receive(one);
      },
      states: () => pd.alerts.map(({ key, state }) => `${key} ${state}`),
    },
    {
      name: 'Jira Service Management',
      send: async (message: Message, receipt: string | null = null) => {
        for (const one of await requestsOf(jsm, message, genie, { now: NOW, receipt })) ops.receive(one);
      },
      states: () =>
        ops.alerts.map(
          ({ alias, state }) =>
            `${alias} ${{ open: 'triggered', acknowledged: state, closed: 'resolved' }[state]}`,
        ),
    },
  ];
}

const INCIDENT = 'inc_mbx1k2_7';

describe.each([0, 1])('pager %i', (index) => {
  const pager = () => pagers()[index]!;

  test('every event, drill, hostile text and huge message is as the vendor documents it', async () => {
    const { send } = pager();
    for (const { title, message } of ALL) await expect(send(message), title).resolves.toBeUndefined();
  });

  test('an incident is one alert, which reminders repeat, a person acknowledges and its end resolves', async () => {
    const { send, states } = pager();
    await send(messageOf('incident.opened'));
    await send(messageOf('incident.reminder'), 'receipt');
    await send(messageOf('incident.escalated'), 'receipt');
    expect(states()).toEqual([`${INCIDENT} triggered`]);
    await send(messageOf('incident.acknowledged'), 'receipt');
    await send(messageOf('incident.commented'), 'receipt');
    expect(states()).toEqual([`${INCIDENT} acknowledged`]);
    await send(messageOf('incident.resolved'), 'receipt');
    expect(states()).toEqual([`${INCIDENT} resolved`]);
  });

  test('an outage pages although a person acknowledged the regional problem that it was before', async () => {
    const { send, states } = pager();
    await send(messageOf('incident.partial'));
    await send(partial('incident.acknowledged'), 'receipt');
    expect(states()).toEqual([`${INCIDENT}_partial acknowledged`]);
    await send(messageOf('incident.opened'), 'receipt');
    expect(states()).toEqual([`${INCIDENT}_partial resolved`, `${INCIDENT} triggered`]);
    await send(messageOf('incident.resolved'), 'receipt');
    expect(states()).toEqual([`${INCIDENT}_partial resolved`, `${INCIDENT} resolved`]);
  });

  test('an end or an acknowledgement of what the pager does not know opens no alert', async () => {
    const { send, states } = pager();
    await send(messageOf('incident.acknowledged'));
    await send(messageOf('incident.resolved'));
    await send(messageOf('incident.partial_resolved'));
    await send(messageOf('monitor.no_data_resolved'));
    await send(commentedAfterTheEnd());
    expect(states()).toEqual([]);
  });

  test('a test is triggered and resolved at once', async () => {
    const { send, states } = pager();
    await send(messageOf('test'));
    expect(states()).toEqual(['status.example.com:n_test resolved']);
  });

  test('each other condition is one alert that its own end resolves', async () => {
    const pairs: readonly (readonly [EventType, EventType])[] = [
      ['monitor.no_data', 'monitor.no_data_resolved'],
      ['monitor.flapping', 'monitor.flapping_ended'],
      ['location.quarantined', 'location.recovered'],
      ['channel.failing', 'channel.recovered'],
      ['channel.disabled', 'channel.recovered'],
      ['mesh.impaired', 'mesh.recovered'],
      ['heartbeat.missed', 'heartbeat.recovered'],
    ];
    for (const [begin, end] of pairs) {
      const { send, states } = pager();
      await send(messageOf(begin));
      expect(states(), begin).toEqual([expect.stringMatching(/^status\.example\.com:.+ triggered$/)]);
      await send(messageOf(end));
      expect(states(), end).toEqual([expect.stringMatching(/ resolved$/)]);
    }
  });
});

/** The event of an incident that is a regional problem. */
function partial(type: EventType): Message {
  const { id, body } = notificationOf(type);
  const { incident } = body.data;
  return toMessage([
    {
      id,
      body: { ...body, data: { ...body.data, incident: incident && { ...incident, verdict: 'partial' } } },
    },
  ]);
}

function commentedAfterTheEnd(): Message {
  const { id, body } = notificationOf('incident.commented');
  const { incident } = notificationOf('incident.resolved').body.data;
  return toMessage([{ id, body: { ...body, data: { ...body.data, incident } } }]);
}

test('the key of a pager names the incident', () => {
  expect([incidentIdOf(INCIDENT), incidentIdOf(`${INCIDENT}_partial`)]).toEqual([INCIDENT, INCIDENT]);
});

test('the EU region of PagerDuty and Opsgenie have the same paths behind their addresses', async () => {
  const eu = pagerduty.config.parse({ ...routing, apiUrl: 'https://events.eu.pagerduty.com/' });
  const [event] = await requestsOf(pagerduty, messageOf('incident.opened'), eu, { now: NOW });
  expect(new FakePagerDuty().receive(event, 'https://events.eu.pagerduty.com')).toBe(202);
  const opsgenie = jsm.config.parse({ ...genie, apiUrl: 'https://api.eu.opsgenie.com' });
  for (const type of ['incident.opened', 'incident.acknowledged', 'incident.resolved'] as const) {
    const [request] = await requestsOf(jsm, messageOf(type), opsgenie, { now: NOW });
    expect(new FakeJsm().receive(request, 'https://api.eu.opsgenie.com')).toBe(202);
  }
});

test('a stored key is not sent to another address of the API, and what a read returns can be written back', () => {
  const stored = { ...routing, webhookSecret: '3m4T9v0aKqXy7Zr2Lw5Nc8Bf1Hd6Jp0S' };
  const fill = (written: object, before = stored) =>
    fillConfig(pagerduty as unknown as Channel, { ...written }, before);
  const read = { ...shownConfig('pagerduty', stored), routingKey: null, webhookSecret: null };
  expect(read).toEqual({ apiUrl: 'https://events.pagerduty.com', routingKey: null, webhookSecret: null });
  expect(fill(read)).toEqual({ config: stored });
  expect(fill({ routingKey: null, apiUrl: 'https://evil.example.com' })).toMatchObject({
    path: ['routingKey'],
  });
});

test('Jira Service Management gets no tag of HTML, which it would render', async () => {
  for (const name of HOSTILE_NAMES) {
    const [request] = await requestsOf(jsm, messageOf('incident.opened', { name }), genie, { now: NOW });
    expect('body' in request && request.body).not.toMatch(/[<>]/);
  }
});

const response = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  ...{ status, headers: new Headers(headers), body: typeof body === 'string' ? body : JSON.stringify(body) },
});

test('PagerDuty refuses an invalid event for ever, a wrong key until a person corrects it, and too many events for a while', () => {
  const invalid = {
    status: 'invalid event',
    message: 'Event object is invalid',
    errors: ['payload is missing'],
  };
  expect(pagerduty.outcomeOf?.(response(400, invalid))).toEqual({
    result: 'dead',
    error: 'Event object is invalid: payload is missing',
  });
  const wrongKey = { message: 'Event object is invalid', errors: ["Length of 'routing_key' is incorrect"] };
  expect(pagerduty.outcomeOf?.(response(400, wrongKey))).toMatchObject({ result: 'retry' });
  expect(pagerduty.outcomeOf?.(response(400, 'not JSON'))).toEqual({ result: 'dead' });
  expect(pagerduty.outcomeOf?.(response(429, ''))).toEqual({ result: 'retry', afterMs: 120_000 });
  expect(pagerduty.outcomeOf?.(response(429, '', { 'retry-after': '7' }))).toBeNull();
  expect(pagerduty.outcomeOf?.(response(500, ''))).toBeNull();
  expect(pagerduty.outcomeOf?.(response(202, {}))).toBeNull();
});

test('a pager remembers that an alert exists', () => {
  const accepted = { status: 'success', message: 'Event processed', dedup_key: INCIDENT };
  expect(pagerduty.receiptOf?.(response(202, accepted), null)).toBe(INCIDENT);
  expect(
    jsm.receiptOf?.(response(202, { result: 'Request will be processed', requestId: '43a2' }), null),
  ).toBe('43a2');
  expect([
    pagerduty.receiptOf?.(response(202, ''), null),
    jsm.receiptOf?.(response(202, '[]'), null),
  ]).toEqual([null, null]);
});

test.each(['', 'short', 'e93facc04764012d7bfb002500d5d1a!', 'x'.repeat(33)])(
  'a routing key that is not 32 letters and digits is rejected: %j',
  (routingKey) => {
    expect(pagerduty.config.safeParse({ routingKey }).error?.issues[0]).toMatchObject({
      path: ['routingKey'],
    });
  },
);

test.each(['ftp://x.example.com', 'https://user:pw@x.example.com', 'https://x.example.com/?a=1', 'x'])(
  'an address of an API that a path cannot follow is rejected: %j',
  (apiUrl) => {
    expect(jsm.config.safeParse({ ...genie, apiUrl }).error?.issues[0]).toMatchObject({ path: ['apiUrl'] });
  },
);

// What a message is made of: one notification, the whole story of an incident, or several notifications that are gathered.
import { describe, expect, test } from 'vitest';
import { eventTypes } from '../../src/channels/events.ts';
import type { OutgoingNotification } from '../../src/channels/notification.ts';
import { toMessage } from '../../src/channels/to-message.ts';
import {
  ACKNOWLEDGE_URL,
  gatheredMessage,
  gatheredNotification,
  messageOf,
  notificationOf,
} from '../support/channels/messages.ts';
import { PUBLIC_URL } from '../support/channels/requests.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('the message of one notification', () => {
  test.each(eventTypes)('of %s has its title, and its summary without the link', (type) => {
    const notification = notificationOf(type);
    const message = messageOf(type);
    expect(message.id).toBe(notification.id);
    expect(message.title).toBe(notification.body.title);
    expect(message.summary).not.toContain('https://');
    expect(notification.body.summary.startsWith(message.summary)).toBe(true);
    expect(message.items).toEqual([]);
    expect(message.facts.every(({ label, value }) => label !== '' && value !== '')).toBe(true);
  });

  test('of an opening links to the incident, to its acknowledgement and to the runbook, in this order', () => {
    expect(messageOf('incident.opened').links).toEqual([
      { label: 'Incident', url: `${PUBLIC_URL}/incidents/inc_mbx1k2_7`, kind: 'incident' },
      { label: 'Acknowledge', url: ACKNOWLEDGE_URL, kind: 'acknowledge' },
      { label: 'Runbook', url: 'https://wiki.example.com/runbooks/web-shop', kind: 'runbook' },
    ]);
  });

  test.each(['incident.resolved', 'incident.acknowledged'] as const)(
    'of %s has no link to acknowledge',
    (type) => {
      expect(messageOf(type).links.map(({ kind }) => kind)).toEqual(['incident', 'runbook']);
    },
  );

  test('of something without an incident links to the status page', () => {
    expect(messageOf('location.lost').links).toEqual([
      { label: 'Status page', url: PUBLIC_URL, kind: 'dashboard' },
    ]);
    expect(toMessage([notificationOf('location.lost')]).links).toEqual([]);
  });

  test.each([
    ['javascript:alert(1)', undefined],
    ['data:text/html,x', undefined],
    ['//wiki.example.com', undefined],
    ['not an address', undefined],
    [
      'https://wiki.example.com/a b|c>d(e)[f]*`',
      'https://wiki.example.com/a%20b%7cc%3Ed%28e%29%5bf%5d%2a%60',
    ],
    ['https://user:password@wiki.example.com/a', 'https://wiki.example.com/a'],
    ['http://[2001:db8::1]/a', 'http://[2001:db8::1]/a'],
  ])('links to the runbook %j as %j', (runbookUrl, expected) => {
    const { id, body } = notificationOf('incident.opened');
    const monitor = { ...body.data.monitor!, runbookUrl };
    const { links } = toMessage([{ id, body: { ...body, data: { ...body.data, monitor } } }]);
    expect(links.find(({ kind }) => kind === 'runbook')?.url).toBe(expected);
  });

  test('states what is down, since when, where and for how long as facts', () => {
    expect(messageOf('incident.opened').facts.map(({ label }) => label)).toEqual([
      ...['Monitor', 'Target', 'Since', 'Failing', 'Group', 'Description'],
    ]);
    const [, , duration] = messageOf('incident.resolved').facts;
    expect(duration).toEqual({ label: 'Duration', value: '12 min' });
    const facts = new Map(messageOf('incident.commented').facts.map(({ label, value }) => [label, value]));
    expect(facts.get('Acknowledged')).toBe('24 Nov 2026, 09:33:20 UTC by Ada');
    expect(facts.get('Failing')).toMatch(/^6 of 6: aws:us-east-1, /);
  });

  test.each([
    ['incident.opened', 'red'],
    ['incident.partial', 'orange'],
    ['incident.resolved', 'green'],
    ['incident.acknowledged', 'blue'],
    ['incident.reminder', 'red'],
    ['monitor.flapping_ended', 'green'],
    ['monitor.certificate', 'orange'],
    ['mesh.recovered', 'green'],
    ['test', 'grey'],
  ] as const)('of %s is %s', (type, colour) => {
    expect(messageOf(type).colour).toBe(colour);
  });

  test('of a drill is grey, and its title and its first sentence state that', () => {
    const message = messageOf('incident.opened', { drill: true });
    expect(message).toMatchObject({ colour: 'grey', isDrill: true, title: '[Drill] Web shop is down' });
    expect(message.summary).toMatch(/^This is a drill: nothing has happened\. The tcp check/);
    const long = messageOf('incident.opened', { drill: true, name: 'x'.repeat(300) });
    expect(long.title).toMatch(/^\[Drill\] x+… is down$/);
    expect(long.title.length).toBe(120);
  });
});

describe('an opening and the end of its incident in one message', () => {
  const opened = notificationOf('incident.opened');
  const { id, body } = notificationOf('incident.resolved');
  const incident = { ...body.data.incident!, openedNotSent: true as const };
  const resolved: OutgoingNotification = {
    id,
    body: {
      ...body,
      summary: body.summary.replace(' https', ' Its start was not sent to you. https'),
      data: { ...body.data, incident },
    },
  };

  test.each([
    ['in order', [opened, resolved]],
    ['the end first', [resolved, opened]],
  ] as const)('are one story, %s', (_, [first, second]) => {
    const message = toMessage([first, second]);
    expect(message).toMatchObject({ id: first.id, title: body.title, colour: 'green', items: [] });
    expect(message.summary).toBe(
      'The problem lasted from 24 Nov 2026, 09:30:00 UTC to 24 Nov 2026, 09:42:00 UTC. The tcp check of shop.example.com:443 passes at 6 of 6 locations. It failed at 6 of 6 locations: connection refused.',
    );
    expect(message.notifications).toEqual([first, second]);
  });

  test('of different incidents are two stories', () => {
    const others = [gatheredNotification('incident.opened', 1), gatheredNotification('incident.resolved', 2)];
    expect(gatheredMessage(others).items).toHaveLength(2);
  });

  test('alone, the end states that its start was not sent', () => {
    expect(toMessage([resolved]).summary).toContain('Its start was not sent to you.');
  });
});

describe('several notifications in one message', () => {
  test('of one kind are counted and named', () => {
    const message = gatheredMessage(range(3).map((index) => gatheredNotification('incident.opened', index)));
    expect(message).toMatchObject({
      title: '3 monitors are down: Shop 0, Shop 1, Shop 2',
      summary: 'At 24 Nov 2026, 09:30:12 UTC. Seen by the failing checks: connection refused.',
      ...{ id: 'inc_mbx1k2_0_opened', colour: 'red', severity: 'critical' },
    });
    expect(message.items.map(({ title }) => title)).toEqual(range(3).map((index) => `Shop ${index} is down`));
    expect(message.items[1]!.links[1]!.url).toBe(`${PUBLIC_URL}/acknowledge/inc_mbx1k2_1`);
  });

  test('with many names name those that fit, whole, and count the rest', () => {
    const { title } = gatheredMessage(
      range(200).map((index) => gatheredNotification('incident.opened', index)),
    );
    expect(title).toMatch(/^200 monitors are down: Shop 0, .*Shop \d+ and 1\d\d more$/);
    expect(title.length).toBeLessThanOrEqual(120);
    const named = title.match(/Shop/g)!.length;
    expect(title).toContain(`and ${200 - named} more`);
  });

  test('with a name that is too long keep what happened and how many', () => {
    const name = '🚀'.repeat(200);
    const { title } = gatheredMessage(
      range(12).map((index) => gatheredNotification('incident.partial', index, name)),
    );
    expect(title).toMatch(/^12 monitors are unreachable from some locations: .*… and 11 more$/u);
    expect(title.length).toBeLessThanOrEqual(120);
    expect(title.isWellFormed()).toBe(true);
  });

  test('of several kinds are counted by kind, with the worst colour and severity', () => {
    const types = ['incident.resolved', 'incident.opened', 'monitor.certificate', 'incident.opened'] as const;
    expect(gatheredMessage(types.map((type, index) => gatheredNotification(type, index)))).toMatchObject({
      title: '4 notifications: 1 outage is over, 2 monitors are down, 1 certificate expires soon',
      ...{ colour: 'red', severity: 'critical' },
      summary:
        'From 24 Nov 2026, 09:30:12 UTC to 24 Nov 2026, 09:42:10 UTC. Seen by the failing checks: connection refused.',
    });
  });

  test('of every event fit, and none is dropped', () => {
    const message = gatheredMessage(eventTypes.map((type, index) => gatheredNotification(type, index)));
    expect(message.items).toHaveLength(eventTypes.length);
    expect(message.title.length).toBeLessThanOrEqual(120);
    expect(message.summary.length).toBeLessThanOrEqual(500);
  });

  test('are a drill only if all are', () => {
    const drill = (index: number): OutgoingNotification => {
      const { id, body } = notificationOf('incident.opened', { drill: true });
      const incident = { ...body.data.incident!, id: `inc_${index}` };
      return { id: `${id}_${index}`, body: { ...body, data: { ...body.data, incident } } };
    };
    expect(gatheredMessage([drill(1), drill(2)])).toMatchObject({
      ...{ title: '[Drill] 2 monitors are down: Web shop, Web shop', isDrill: true, colour: 'grey' },
    });
    const mixed = gatheredMessage([drill(1), gatheredNotification('incident.opened', 2)]);
    expect(mixed.isDrill).toBe(false);
    expect(mixed.title).not.toContain('Drill');
  });
});

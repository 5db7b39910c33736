// The table of events: which exist, and how severe each is.
import { expect, test } from 'vitest';
import { type EventType, eventTypes, severityOf } from '../../src/channels/events.ts';

const incident = { verdict: 'down' } as const;
const withSeverity = (severity: string, of: { verdict: 'partial' | 'down' } | null = incident): string[] =>
  eventTypes.filter((event) => severityOf(event, of) === severity).sort();

/** Events whose severity depends on their incident. */
const INHERITING: EventType[] = ['incident.acknowledged', 'incident.escalated', 'incident.reminder'];

test('every event of the design is a webhook type, and no other', () => {
  expect(eventTypes.toSorted()).toEqual([
    'channel.disabled',
    'channel.failing',
    'channel.recovered',
    'heartbeat.missed',
    'heartbeat.recovered',
    'incident.acknowledged',
    'incident.commented',
    'incident.escalated',
    'incident.opened',
    'incident.partial',
    'incident.partial_resolved',
    'incident.reminder',
    'incident.resolved',
    'incident.updated',
    'location.lost',
    'location.quarantined',
    'location.recovered',
    'mesh.impaired',
    'mesh.recovered',
    'monitor.certificate',
    'monitor.degraded',
    'monitor.flapping',
    'monitor.flapping_ended',
    'monitor.no_data',
    'monitor.no_data_resolved',
    'port.changed',
    'port.closed',
    'port.opened',
    'report.created',
    'state.rebuilt',
    'test',
  ]);
});

test('an outage and a missed heartbeat are critical', () => {
  expect(withSeverity('critical', { verdict: 'partial' })).toEqual(['heartbeat.missed', 'incident.opened']);
});

test('problems that do not take a monitor down are warnings', () => {
  expect(withSeverity('warning')).toEqual([
    'channel.disabled',
    'channel.failing',
    'incident.partial',
    'location.lost',
    'location.quarantined',
    'mesh.impaired',
    'monitor.certificate',
    'monitor.degraded',
    'monitor.no_data',
    'port.opened',
    'state.rebuilt',
  ]);
});

test.each(INHERITING)('%s has the severity of its incident', (event) => {
  expect(severityOf(event, { verdict: 'down' })).toBe('critical');
  expect(severityOf(event, { verdict: 'partial' })).toBe('warning');
});

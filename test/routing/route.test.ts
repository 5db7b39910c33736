import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventType, eventTypes, severityOf } from '../../src/channels/events.ts';
import type { Route, Routing } from '../../src/routing/model.ts';
import { decideRoutes, type RoutedNotification, recipientsOf } from '../../src/routing/route.ts';
import { referenceChannels } from '../support/routing/reference.ts';

const AT = Date.parse('2026-11-24T12:00:00Z');

const route = (id: string, changes: Partial<Route> = {}): Route => ({
  id,
  name: id,
  match: {},
  continues: false,
  steps: [{ afterSeconds: 0, channels: [id], schedules: [] }],
  repeatMinutes: null,
  quietHours: null,
  ...changes,
});

const routing = (routes: Route[], changes: Partial<Routing> = {}): Routing => ({
  routes,
  defaultChannels: ['default'],
  schedules: new Map(),
  contacts: new Map(),
  ...changes,
});

const SHOP = { id: 'shop', group: 'Checkout', tags: { team: 'shop' }, channels: 'default' as const };
const of = (event: EventType, changes: Partial<RoutedNotification> = {}): RoutedNotification => ({
  event,
  severity: severityOf(event, null),
  at: AT,
  monitor: SHOP,
  ...changes,
});

const channels = (all: Routing, notification: RoutedNotification): string[] =>
  recipientsOf(all, decideRoutes(all, notification).plan, notification.at).map(({ id }) => id);

describe('which routes a notification takes', () => {
  test('the first that matches, and later ones if it continues', () => {
    const first = route('first', { match: { tags: ['team:shop'] } });
    const second = route('second');
    expect(channels(routing([first, second]), of('incident.opened'))).toEqual(['first']);
    const both = routing([{ ...first, continues: true }, second]);
    expect(channels(both, of('incident.opened'))).toEqual(['first', 'second']);
    const bank = { ...SHOP, tags: { team: 'bank' } };
    expect(channels(both, of('incident.opened', { monitor: bank }))).toEqual(['second']);
  });

  test('the default channels if none matches, and none if the first that matches has no step', () => {
    const other = route('other', { match: { monitors: ['blog'] } });
    expect(channels(routing([other]), of('incident.opened'))).toEqual(['default']);
    const silent = route('silent', { steps: [] });
    expect(channels(routing([silent]), of('incident.opened'))).toEqual([]);
  });

  test('no route if the monitor has a list of channels', () => {
    const monitor = { ...SHOP, channels: ['own'] };
    expect(channels(routing([route('first')]), of('incident.opened', { monitor }))).toEqual(['own']);
    expect(
      channels(routing([route('first')]), of('incident.opened', { monitor: { ...monitor, channels: [] } })),
    ).toEqual([]);
  });

  test.each(['monitor.degraded', 'monitor.certificate'] as const)(
    '%s only one that names the event or warnings, and never the defaults or a list of the monitor',
    (event) => {
      expect(channels(routing([route('any')]), of(event))).toEqual([]);
      expect(channels(routing([]), of(event))).toEqual([]);
      expect(channels(routing([]), of(event, { monitor: { ...SHOP, channels: ['own'] } }))).toEqual([]);
      const named = route('named', { match: { events: [event] } });
      const warnings = route('warnings', { match: { severities: ['warning'] } });
      expect(channels(routing([route('any'), named]), of(event))).toEqual(['named']);
      expect(channels(routing([warnings]), of(event))).toEqual(['warnings']);
      expect(decideRoutes(routing([route('any')]), of(event)).routes[0]!.mismatch).toBe('warning');
    },
  );

  test('a recovery that ends no stored condition takes the route of its failure', () => {
    const failing = route('failing', { match: { events: ['channel.failing'], severities: ['warning'] } });
    expect(channels(routing([failing]), of('channel.recovered', { monitor: null }))).toEqual(['failing']);
  });
});

describe('a step', () => {
  const onCall = (people: string[], contacts: Record<string, string[]>): Routing =>
    routing([route('r', { steps: [{ afterSeconds: 0, channels: [], schedules: ['primary'] }] })], {
      contacts: new Map(Object.entries(contacts)),
      schedules: new Map([
        [
          'primary',
          {
            ...{ id: 'primary', name: 'Primary', timeZone: 'UTC', rotations: [] },
            overrides: people.map((person, index) => ({
              ...{ id: String(index), person, startsAt: AT - 1, endsAt: AT + 1 },
            })),
          },
        ],
      ]),
    });

  test('with a schedule notifies the channels of the person on call', () => {
    expect(channels(onCall(['ada'], { ada: ['ada-phone'] }), of('incident.opened'))).toEqual(['ada-phone']);
  });

  test('whose schedule reaches no channel notifies the default channels', () => {
    expect(channels(onCall([], { ada: ['ada-phone'] }), of('incident.opened'))).toEqual(['default']);
    expect(channels(onCall(['ada'], {}), of('incident.opened'))).toEqual(['default']);
  });

  test('with a delay waits, and an event that reports a moment does not', () => {
    const delayed = routing([route('r', { steps: [{ afterSeconds: 60, channels: ['r'], schedules: [] }] })]);
    expect(channels(delayed, of('incident.opened'))).toEqual([]);
    expect(channels(delayed, of('channel.failing', { monitor: null }))).toEqual(['r']);
  });

  test('waits for the end of quiet hours below critical', () => {
    const quiet = routing([
      route('r', { quietHours: { days: ['tuesday'], from: '11:00', to: '13:00', timeZone: 'UTC' } }),
    ]);
    expect(channels(quiet, of('incident.opened'))).toEqual(['r']);
    expect(channels(quiet, of('incident.partial'))).toEqual([]);
    expect(decideRoutes(quiet, of('incident.partial')).plan[0]!.heldUntil).toBe(AT + 3_600_000);
  });
});

const subset = <T>(values: readonly T[]) =>
  fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });
const match = fc.record({
  tags: subset(['team', 'team:shop', 'team:bank', 'stage:live']),
  monitors: subset(['shop', 'blog']),
  groups: subset(['Checkout', 'Media']),
  severities: subset(['critical', 'warning', 'info'] as const),
  events: subset(eventTypes),
});
const someRoute = fc.record({
  match,
  continues: fc.boolean(),
  channels: fc.subarray(['a', 'b', 'c']),
});
const someMonitor = fc.option(
  fc.record({
    id: fc.constantFrom('shop', 'blog'),
    group: fc.constantFrom('Checkout', 'Media', null),
    tags: fc.constantFrom<Record<string, string>>({}, { team: 'shop' }, { team: 'bank', stage: 'live' }),
    channels: fc.oneof({ weight: 4, arbitrary: fc.constant('default' as const) }, fc.subarray(['a', 'own'])),
  }),
  { nil: null },
);

test('every event reaches exactly the channels that a naive reading of the rules names', () => {
  fc.assert(
    fc.property(
      fc.array(someRoute, { maxLength: 4 }),
      someMonitor,
      fc.constantFrom(...eventTypes),
      (drafts, monitor, event) => {
        const routes = drafts.map(({ match: wanted, continues, channels: listed }, index) =>
          route(`r${index}`, {
            // A field that is absent is not a field with the value undefined.
            match: JSON.parse(JSON.stringify(wanted)),
            continues,
            steps: [{ afterSeconds: 0, channels: listed, schedules: [] }],
          }),
        );
        const all = routing(routes);
        const notification = of(event, { monitor });
        expect(channels(all, notification).toSorted()).toEqual(referenceChannels(all, notification));
      },
    ),
    { numRuns: 1_000 },
  );
});

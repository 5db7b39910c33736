// A window that ends: of every problem, both its begin and its end are sent, or neither. The whole table of when a problem
// begins and ends, for each kind of window, each way in which a window ends, and each kind of problem.
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../src/engine/model/journal.ts';
import type { MonitorNotification } from '../../../src/engine/model/notification.ts';
import type { Window } from '../../../src/engine/model/state.ts';
import { T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const minutes = (count: number): number => T0 + count * MINUTE;

/** A window from minute 30 to 60. What a person does to it at minute 50, after which it covers the monitor until then. */
const ENDINGS: Record<string, { readonly change: Change | null; readonly until: number }> = {
  'ends by itself': { change: null, until: 60 },
  'is ended early': { change: { type: 'window', id: 'w', window: windowOf(30, 50) }, until: 50 },
  'is deleted': { change: { type: 'window.deleted', id: 'w' }, until: 50 },
  'no longer names the monitor': {
    change: { type: 'window', id: 'w', window: windowOf(30, 60, [9]) },
    until: 50,
  },
  'is extended': { change: { type: 'window', id: 'w', window: windowOf(30, 80) }, until: 80 },
};

function windowOf(from: number, to: number, monitors: Window['monitors'] = [1]): Window {
  return { kind: 'silence', monitors, spans: [[minutes(from), minutes(to)]] };
}

interface Problem {
  readonly begins: readonly MonitorNotification['event'][];
  readonly ends: readonly MonitorNotification['event'][];
  readonly sees: World['sees'];
  readonly finds?: World['finds'];
}

/** What every run finds while the problem lasts. The end of a warning is never sent. */
const PROBLEMS: Record<string, Problem> = {
  down: { begins: ['incident.opened'], ends: ['incident.resolved'], sees: () => 'failed' },
  partial: {
    ...{ begins: ['incident.partial'], ends: ['incident.partial_resolved'] },
    sees: (location) => (location <= 3 ? 'failed' : 'ok'),
  },
  no_data: { begins: ['monitor.no_data'], ends: ['monitor.no_data_resolved'], sees: () => 'unmeasured' },
  degraded: {
    ...{ begins: ['monitor.degraded'], ends: [], sees: () => 'ok' },
    finds: () => [{ code: 'latency', limit: 50, detail: 'slow' }],
  },
  certificate: {
    ...{ begins: ['monitor.certificate'], ends: [], sees: () => 'ok' },
    finds: () => [{ code: 'certificate', limit: 7, detail: '7 days' }],
  },
};

/** Minutes before, during and after every window, far enough from their edges for a problem to be detected. */
const WHEN = { before: 12, during: 37, after: 87 } as const;
const ENDS = { before: 22, during: 46, after: 98 } as const;
type When = keyof typeof WHEN;
const ORDER: readonly When[] = ['before', 'during', 'after'];

function play(
  kind: Window['kind'],
  { change, until }: (typeof ENDINGS)[string],
  problem: Problem,
  spans: readonly (readonly [number, number])[],
) {
  // The fewest locations that can be partial: an outage needs all four, and three are a regional problem.
  const world = new World(4, [{ quorum: 'all' }]);
  const isOn = (at: number): boolean => spans.some(([from, to]) => at >= minutes(from) && at < minutes(to));
  world.sees = (location, at, monitor) => (isOn(at) ? problem.sees(location, at, monitor) : 'ok');
  world.finds = (location, at, monitor) => (isOn(at) ? (problem.finds?.(location, at, monitor) ?? []) : []);
  const ofKind = (one: Change): Change =>
    one.type === 'window' ? { ...one, window: { ...one.window, kind } } : one;
  const apply = (one: Change): void =>
    world.apply({ kind: 'change', at: Math.max(world.now, world.state.at + 1), changes: [ofKind(one)] });
  world.play(minutes(3));
  apply({ type: 'window', id: 'w', window: windowOf(30, 60) });
  world.play(minutes(50));
  if (change) apply(change);
  world.play(minutes(106));
  for (const { at } of world.notifications) expect(at < minutes(30) || at >= minutes(until)).toBe(true);
  return world;
}

describe.each(['silence', 'maintenance'] as const)('a %s', (kind) => {
  // Both kinds suppress by the same rule, so two ways are enough for the second one.
  const endings = kind === 'silence' ? Object.keys(ENDINGS) : ['ends by itself', 'is deleted'];
  describe.each(endings)('that %s', (ending) => {
    test.each(Object.keys(PROBLEMS))('sends begin and end of each problem, or neither: %s', (name) => {
      const problem = PROBLEMS[name]!;
      const window = ENDINGS[ending]!;
      for (const [index, begin] of ORDER.entries()) {
        for (const end of ORDER.slice(index)) {
          const { notifications } = play(kind, window, problem, [[WHEN[begin], ENDS[end]]]);
          const isSent = !(begin === 'during' && end === 'during');
          expect([begin, end, notifications.map(({ event }) => event)]).toEqual([
            ...[begin, end],
            isSent ? [...problem.begins, ...problem.ends] : [],
          ]);
          if (problem.ends.length === 0 || !isSent) continue;
          const [opened, resolved] = notifications;
          // A begin that was held is sent as soon as the window ends; so is an end.
          if (begin === 'during') expect(opened!.at - minutes(window.until)).toBeLessThanOrEqual(1_000);
          if (end === 'during') expect(resolved!.at - minutes(window.until)).toBeLessThanOrEqual(1_000);
        }
      }
    });
  });

  test.each(['down', 'partial', 'no_data'])(
    'sends nothing twice of two problems, one of them inside: %s',
    (name) => {
      const problem = PROBLEMS[name]!;
      const once = [...problem.begins, ...problem.ends];
      const events = (...spans: (readonly [number, number])[]): string[] =>
        play(kind, ENDINGS['ends by itself']!, problem, spans).events();
      // The first problem ends inside the window. The second one is inside it, or outlasts it.
      expect(events([10, 33], [40, 48])).toEqual(once);
      // The receiver knows that there is no data, and there is none again.
      expect(events([10, 33], [44, 98])).toEqual(name === 'no_data' ? once : [...once, ...once]);
    },
  );

  test('sends one begin and one end of a regional problem that is an outage for a while, inside or across its end', () => {
    for (const [from, to] of [
      [37, 46],
      [46, 70],
      [22, 46],
    ] as const) {
      const world = new World(6);
      world.window(kind, 30 * MINUTE, 60 * MINUTE);
      world.sees = (location, at) =>
        at >= minutes(10) && at < minutes(120) && (location <= 3 || (at >= minutes(from) && at < minutes(to)))
          ? 'failed'
          : 'ok';
      world.play(minutes(150));
      const open = new Set<string>();
      for (const { event, incident } of world.notifications) {
        const isEnd = event.endsWith('resolved');
        expect(open.has(incident!.id)).toBe(
          isEnd || event === 'incident.opened' ? open.has(incident!.id) : false,
        );
        if (isEnd) expect(open.delete(incident!.id)).toBe(true);
        else open.add(incident!.id);
      }
      expect(open.size).toBe(0);
    }
  });
});

// What lists show of monitors, kept by comparing states: the same as computed from the whole state after every entry.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { State } from '../../src/engine/model/state.ts';
import { monitorStatus } from '../../src/http/monitor-status.ts';
import { allViews, changedViews, type MonitorView } from '../../src/store/monitor-views.ts';
import { playWorld, type Step, worldArbitrary } from '../support/engine/random-world.ts';
import { policy, T0, World } from '../support/engine/world.ts';

/** As the table is kept. */
function keep(kept: Map<number, MonitorView>, { before, after }: Pick<Step, 'before' | 'after'>): void {
  for (const view of changedViews(before, after, false)) kept.set(view.number, view);
  for (const number of kept.keys()) if (!after.monitors.has(number)) kept.delete(number);
}

const byNumber = (views: Iterable<MonitorView>): MonitorView[] =>
  [...views].sort((a, b) => a.number - b.number);

const meshOf = (state: State) => ({ state, now: state.at, stale: false, measuredAt: null });

test('after any entry, what is kept is what the state shows', () => {
  fc.assert(
    fc.property(worldArbitrary, (spec) => {
      const kept = new Map<number, MonitorView>();
      let isFirst = true;
      playWorld(spec, {
        see: (step) => {
          // The world begins before anybody sees it.
          if (isFirst) for (const view of allViews(step.before)) kept.set(view.number, view);
          isFirst = false;
          keep(kept, step);
          expect(byNumber(kept.values())).toEqual(byNumber(allViews(step.after)));
        },
      });
    }),
    { numRuns: 60 },
  );
});

test('a view has the verdict of the engine, and otherwise the status that the API shows in its slot', () => {
  fc.assert(
    fc.property(worldArbitrary, (spec) => {
      playWorld(spec, {
        see: ({ after }) => {
          const slot = Math.floor(after.at / 10_000) * 10_000;
          for (const view of allViews(after)) {
            const row = { number: view.number, updatedAt: 0 };
            const shown = monitorStatus(meshOf(after), row, after.at);
            expect(view.verdict).toBe(after.monitors.get(view.number)!.verdict);
            // A vote that expires, or that a location takes with it, changes the verdict with the next evaluation.
            if (shown.verdict === view.verdict) expect(view.since).toBe(shown.since);
            const { passing, failing, abstaining, flapping, incidentId, neverChecked } = view;
            expect(monitorStatus(meshOf(after), row, slot)).toMatchObject({
              ...{ passing, failing, abstaining, flapping, incidentId, neverChecked },
            });
            const counted = (vote: string) => view.votes.filter((one) => one[2] === vote).length;
            expect([counted('passing'), counted('failing'), counted('abstaining')]).toEqual([
              passing,
              failing,
              abstaining,
            ]);
          }
        },
      });
    }),
    { numRuns: 40 },
  );
});

test('a report that changes nothing shown changes no view, and a failure changes that of its monitor', () => {
  const world = new World(3, [{}, {}]);
  world.play(T0 + 300_000);
  const before = world.state;
  world.report(1, { 1: 'ok', 2: 'ok' });
  expect(changedViews(before, world.state, false)).toEqual([]);
  world.sees = (_, __, monitor) => (monitor === 2 ? 'failed' : 'ok');
  world.play(T0 + 500_000);
  const [changed, ...others] = changedViews(before, world.state, false);
  expect(others).toEqual([]);
  expect(changed).toMatchObject({ number: 2, verdict: 'down', failing: 3, passing: 0 });
  expect(changed!.votes[0]).toEqual([1, 'aws:test-1', 'failing', expect.any(Number)]);
});

test('a vote that expires while others measure becomes an abstention within 10 s of a commit', () => {
  const world = new World(3, [{}, {}]);
  world.play(T0 + 300_000);
  const measured = world.now;
  const before = world.state;
  // Location 3 says nothing more. Monitor 2 is checked from nowhere.
  for (let seconds = 30; seconds <= 300; seconds += 30) {
    world.now = measured + seconds * 1_000;
    for (const location of [1, 2]) world.report(location, { 1: 'ok' });
  }
  const changed = changedViews(before, world.state, false);
  expect(changed.map(({ number, abstaining }) => [number, abstaining])).toEqual([
    [1, 1],
    [2, 3],
  ]);
  expect(changed[0]!.votes[2]).toEqual([3, 'aws:test-3', 'abstaining', expect.any(Number)]);
});

test('a quarantine or a disabled location changes the views of all its monitors', () => {
  const world = new World(3, [{}, {}]);
  world.play(T0 + 300_000);
  const before = world.state;
  const location = { type: 'location' as const, number: 3, id: 'aws:test-3', enabled: false };
  world.apply({ kind: 'change', at: world.state.at + 1, changes: [location] });
  expect(changedViews(before, world.state, false).map(({ number }) => number)).toEqual([1, 2]);
  expect(policy().paused).toBe(false);
});

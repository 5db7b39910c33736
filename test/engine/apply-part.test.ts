// A part of the state, moved on by the entries that concern it, is that part of the whole state: what one page reads.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyToPart } from '../../src/engine/apply.ts';
import type { Entry } from '../../src/engine/model/journal.ts';
import type { State } from '../../src/engine/model/state.ts';
import { playWorld, worldArbitrary } from '../support/engine/random-world.ts';

/** The monitor, and all that dependencies link to it. */
function linked({ monitors }: State, number: number): ReadonlySet<number> {
  const found = new Set([number]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const { number: one, policy } of monitors.values())
      if (found.has(one) || policy.dependsOn.some((parent) => found.has(parent)))
        for (const other of [one, ...policy.dependsOn]) if (monitors.has(other)) found.add(other);
  }
  return found;
}

const partOf = (state: State, numbers: ReadonlySet<number>): State => ({
  ...state,
  monitors: new Map([...state.monitors].filter(([number]) => numbers.has(number))),
});

const own = (entry: Entry, numbers: ReadonlySet<number>): Entry =>
  entry.kind === 'report'
    ? {
        ...entry,
        observations: entry.observations.filter(({ monitor }) => numbers.has(monitor)),
        measured: entry.observations.some(({ outcome }) => outcome !== 'unmeasured'),
      }
    : {
        ...entry,
        changes: entry.changes.filter(
          (change) => !('number' in change) || change.type === 'location' || numbers.has(change.number),
        ),
      };

const incidentsOf = (state: State): string =>
  [...state.locations.values()].map(({ incident }) => incident?.id ?? '').join();

test('after any entry of a random world that no location and no gap decides', () => {
  let compared = 0;
  fc.assert(
    fc.property(worldArbitrary, (spec) => {
      playWorld(spec, {
        see: ({ before, after, entry }) => {
          if (incidentsOf(before) !== incidentsOf(after) || before.resumedAt !== after.resumedAt) return;
          if (entry.kind === 'change') return;
          for (const number of before.monitors.keys()) {
            const numbers = linked(before, number);
            const part = applyToPart(partOf(before, numbers), own(entry, numbers));
            expect(part).toEqual(partOf(after, numbers));
            compared += 1;
          }
        },
      });
    }),
    { numRuns: 40 },
  );
  expect(compared).toBeGreaterThan(1_000);
});

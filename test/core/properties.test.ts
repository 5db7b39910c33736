// What must hold whatever the locations say and in whatever order: random worlds, the seed printed on failure.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replay } from '../../src/core/settle.ts';
import { emptyState } from '../../src/core/state.ts';
import { pack, unpack } from '../../src/store/packed.ts';
import { type Saw, T0, World } from '../support/world.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);
const saw = fc.constantFrom<Saw>('ok', 'ok', 'failed', 'failed', 'unmeasured');

/** Each location's mood for every ten seconds of six minutes. */
const weather = (locations: number) =>
  fc.array(fc.array(saw, { minLength: 36, maxLength: 36 }), { minLength: locations, maxLength: locations });

const play = (moods: Saw[][], policy = {}): World => {
  const world = new World(moods.length, [policy]);
  world.sees = (location, at) => moods[location - 1]?.[Math.floor((at - T0) / 10_000)] ?? 'ok';
  world.play(T0 + 360_000);
  return world;
};

describe('in every world', () => {
  test('an outage opens only with the required number of locations at the required streak', () => {
    fc.assert(
      fc.property(weather(6), fc.integer({ min: 1, max: 4 }), (moods, failures) => {
        const world = play(moods, { failures });
        for (const notice of world.notices.filter(({ kind }) => kind === 'opened')) {
          const failing = notice.evidence.filter(
            (one) => one.vote === 'failing' && one.seen?.outcome === 'failed' && one.streak >= failures,
          );
          expect(failing.length).toBeGreaterThanOrEqual(Math.max(2, notice.quorum.required));
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('incidents open and end alternately, and begin before they end', () => {
    fc.assert(
      fc.property(weather(5), (moods) => {
        let open: string | null = null;
        for (const { kind, incident } of play(moods).notices) {
          if (!incident) continue;
          if (kind === 'resolved' || kind === 'partial_ended') {
            expect(incident.id).toBe(open);
            expect(incident.resolvedAt!).toBeGreaterThanOrEqual(incident.startedAt);
            open = null;
          } else {
            if (open !== null) expect([kind, incident.id]).toEqual(['opened', open]);
            open = incident.id;
          }
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('one location alone never opens anything', () => {
    fc.assert(
      fc.property(
        fc.array(saw, { minLength: 36, maxLength: 36 }),
        fc.integer({ min: 1, max: 6 }),
        (mood, who) => {
          const moods = Array.from({ length: 6 }, (_, index) =>
            index + 1 === who ? mood : mood.map(() => 'ok' as const),
          );
          expect(play(moods).kinds()).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  test('what measured nothing never votes', () => {
    fc.assert(
      fc.property(weather(4), (moods) => {
        const silent = moods.map((mood) => mood.map((one) => (one === 'failed' ? 'unmeasured' : one)));
        expect(
          play(silent)
            .kinds()
            .filter((kind) => !kind.startsWith('blind')),
        ).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('a replay of the journal, and the packed state, are the state', () => {
    fc.assert(
      fc.property(weather(4), (moods) => {
        const world = play(moods);
        expect(replay(emptyState, world.entries)).toEqual(world.state);
        expect(pack(unpack(pack(world.state)))).toBe(pack(world.state));
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
  });

  test('a healthy world leads back to up', () => {
    fc.assert(
      fc.property(weather(6), (moods) => {
        const world = play(moods);
        world.sees = () => 'ok';
        world.play(T0 + 360_000 + 180_000);
        expect(world.verdict()).toBe('up');
        expect(world.state.monitors.get(1)!.incident).toBeNull();
      }),
      { numRuns: RUNS },
    );
  });
});

// What one compromised location can hide and forge, for each quorum: the table of SECURITY.md.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Quorum } from '../../../src/engine/model/state.ts';
import { type Saw, T0, World } from '../../support/engine/world.ts';

const MINUTE = 60_000;
const LIAR = 1;

/** The incident events after ten minutes; one monitor, so quarantine has no say. */
function played(locations: number, quorum: Quorum, sees: (location: number) => Saw): string[] {
  const world = new World(locations, [{ quorum }]);
  world.play(T0 + 3 * MINUTE);
  world.sees = (location) => sees(location);
  world.play(T0 + 13 * MINUTE);
  return world.events().filter((event) => event.startsWith('incident.') || event === 'monitor.no_data');
}

/** Everywhere down: what the liar makes of it by reporting ok, or by reporting nothing. */
const hides = (locations: number, quorum: Quorum, lie: Saw = 'ok'): string =>
  played(locations, quorum, (location) => (location === LIAR ? lie : 'failed')).at(-1) ?? 'nothing';

/** The liar fails, and so do `honest` other locations. */
const forges = (locations: number, quorum: Quorum, honest: number): string =>
  played(locations, quorum, (location) => (location <= 1 + honest ? 'failed' : 'ok')).at(-1) ?? 'nothing';

const ROWS: readonly [
  quorum: Quorum,
  locations: number,
  hidden: string,
  alone: string,
  withOne: string,
  withTwo: string,
][] = [
  ['majority', 1, 'nothing', 'incident.opened', '–', '–'],
  ['majority', 2, 'nothing', 'nothing', 'incident.opened', '–'],
  ['majority', 3, 'incident.opened', 'nothing', 'incident.opened', 'incident.opened'],
  ['majority', 6, 'incident.opened', 'nothing', 'incident.partial', 'incident.partial'],
  ['all', 3, 'incident.partial', 'nothing', 'incident.partial', 'incident.opened'],
  ['all', 6, 'incident.partial', 'nothing', 'incident.partial', 'incident.partial'],
  ['any', 3, 'incident.opened', 'nothing', 'incident.opened', 'incident.opened'],
  ['any', 6, 'incident.opened', 'nothing', 'incident.opened', 'incident.opened'],
  [3, 6, 'incident.opened', 'nothing', 'incident.partial', 'incident.opened'],
  [6, 6, 'incident.partial', 'nothing', 'incident.partial', 'incident.partial'],
];

describe('one compromised location', () => {
  test.each(ROWS)(
    'with quorum %s of %i locations: an outage that it denies gives %s',
    (quorum, locations, hidden) => {
      expect(hides(locations, quorum)).toBe(hidden);
    },
  );

  test.each(ROWS)(
    'with quorum %s of %i locations: its failures alone, with one and with two others',
    (quorum, locations, _, ...wanted) => {
      const found = [0, 1, 2].map((honest) => (honest < locations ? forges(locations, quorum, honest) : '–'));
      expect(found).toEqual(wanted);
    },
  );

  test('by its silence it hides an outage from a mesh of one or two locations only, and that is sent as no data', () => {
    expect(hides(1, 'majority', 'unmeasured')).toBe('monitor.no_data');
    expect(hides(2, 'majority', 'unmeasured')).toBe('monitor.no_data');
    for (const quorum of ['majority', 'all', 'any', 2] as const) {
      for (const locations of [3, 4, 6])
        expect(hides(locations, quorum, 'unmeasured')).toBe('incident.opened');
    }
  });

  test('the table in SECURITY.md is this one', () => {
    const text = readFileSync(new URL('../../../SECURITY.md', import.meta.url), 'utf8');
    const words: Record<string, string> = {
      'incident.opened': 'outage',
      'incident.partial': 'partial',
      nothing: 'nothing',
      '–': '–',
    };
    for (const [quorum, locations, ...cells] of ROWS)
      expect(text).toContain(
        `| \`${quorum}\` | ${locations} | ${cells.map((cell) => words[cell]).join(' | ')} |`,
      );
  });
});

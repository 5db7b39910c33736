// The overall public status, from the verdicts of the public monitors.
import { expect, test } from 'vitest';
import { currentVerdict, overallStatus } from '../../../src/engine/explain/public-status.ts';
import { T0, World } from '../../support/engine/world.ts';

const of = (verdicts: string, maintenance = '') =>
  overallStatus(
    [...verdicts].map((letter, index) => ({
      verdict: ({ u: 'up', p: 'partial', d: 'down', x: 'no_data' } as const)[letter as 'u']!,
      maintenance: maintenance[index] === 'm',
    })),
  );

test.each([
  ['', '', 'operational'],
  ['uuuu', '', 'operational'],
  ['duuu', '', 'partial_outage'],
  ['dduu', '', 'major_outage'],
  ['puuu', '', 'partial_outage'],
  ['xuuu', '', 'operational'],
  ['xxuu', '', 'no_data'],
  ['xxdu', '', 'partial_outage'],
  ['duuu', 'm', 'maintenance'],
  ['dduu', 'm', 'partial_outage'],
  ['uuuu', 'm', 'maintenance'],
  ['xxuu', 'mm', 'maintenance'],
])('the public status of %s, maintenance %s, is %s', (verdicts, maintenance, state) => {
  expect(of(verdicts, maintenance)).toBe(state);
});

test('a verdict expires with its votes, and an unknown monitor has no data', () => {
  const world = new World(3);
  world.play(T0 + 120_000);
  expect(currentVerdict(world.state, 1, world.now)).toBe('up');
  expect(currentVerdict(world.state, 1, world.now + 400_000)).toBe('no_data');
  expect(currentVerdict(world.state, 9, world.now)).toBe('no_data');
});

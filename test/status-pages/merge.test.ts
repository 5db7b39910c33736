// What probes see and what people say as one state, on random pages: neither hides the other.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  groupState,
  type MeasuredComponent,
  mergeComponent,
  pageSince,
  pageState,
  type Said,
} from '../../src/status-pages/merge.ts';
import { IMPACTS } from '../../src/status-pages/model.ts';
import { PAGE_STATES, type PageState, stateOfImpact, worstState } from '../../src/status-pages/page-state.ts';

const rank = (state: PageState): number => PAGE_STATES.indexOf(state);
const time = fc.integer({ min: 1, max: 1_000 });

const measured = fc.record({
  ref: fc.constantFrom('monitor:a', 'monitor:b', 'monitor:c', 'static:d'),
  group: fc.constantFrom('G', 'H', null),
  measured: fc.constantFrom<PageState | null>(...PAGE_STATES, null),
  idle: fc.constant<MeasuredComponent['idle']>(null),
  since: fc.option(time),
});
/** A paused or new component has no data. */
const idle = fc.record({
  ...{
    ref: fc.constantFrom('monitor:e', 'monitor:f'),
    group: fc.constantFrom('G', null),
    since: fc.option(time),
  },
  measured: fc.constant<PageState>('no_data'),
  idle: fc.constantFrom<MeasuredComponent['idle']>('paused', 'pending'),
});
const components = fc.array(fc.oneof({ weight: 4, arbitrary: measured }, idle), { maxLength: 8 });

const said = fc.record({
  component: fc.constantFrom(
    'monitor:a',
    'monitor:b',
    'monitor:e',
    'static:d',
    'group:G',
    'monitor:elsewhere',
  ),
  impact: fc.constantFrom(...IMPACTS),
  since: time,
});

const merge = (all: readonly MeasuredComponent[], words: readonly Said[]) =>
  all.map((one) => mergeComponent(one, words));

describe('on any page', () => {
  test('a row has the worse of what probes see and what people say of it or of its group', () => {
    fc.assert(
      fc.property(components, fc.array(said), (all, words) => {
        for (const one of merge(all, words)) {
          const about = words.filter(
            ({ component }) => component === one.ref || component === `group:${one.group}`,
          );
          const states = [one.measured ?? 'operational', ...about.map(({ impact }) => stateOfImpact(impact))];
          expect(rank(one.state)).toBe(Math.max(...states.map((state) => rank(state as PageState))));
          expect(one.said === null).toBe(about.length === 0);
        }
      }),
    );
  });

  test('another word of people makes no row, no group and no page better', () => {
    fc.assert(
      fc.property(
        components,
        fc.constantFrom(...PAGE_STATES),
        fc.array(said),
        said,
        (all, seen, words, more) => {
          const before = merge(all, words);
          const after = merge(all, [...words, more]);
          for (const [index, one] of after.entries())
            expect(rank(one.state)).toBeGreaterThanOrEqual(rank(before[index]!.state));
          expect(rank(groupState(after))).toBeGreaterThanOrEqual(rank(groupState(before)));
          expect(rank(pageState(seen, after))).toBeGreaterThanOrEqual(rank(pageState(seen, before)));
        },
      ),
    );
  });

  test('words about a paused component make no major outage of the others a partial one', () => {
    const all = [
      { ref: 'monitor:e', group: 'G', since: null, measured: 'no_data', idle: 'paused' },
      { ref: 'monitor:a', group: 'G', since: null, measured: 'operational', idle: null },
      { ref: 'monitor:b', group: 'G', since: null, measured: 'major_outage', idle: null },
    ] as const;
    const words = [{ component: 'monitor:a', impact: 'partial', since: 1 }] as const;
    const more = { component: 'monitor:e', impact: 'degraded', since: 1 } as const;
    expect(pageState('operational', merge(all, words))).toBe('major_outage');
    expect(pageState('operational', merge(all, [...words, more]))).toBe('major_outage');
  });

  test('a page is at least as bad as what probes see of it, and shows every outage of which people say so', () => {
    fc.assert(
      fc.property(components, fc.constantFrom(...PAGE_STATES), fc.array(said), (all, seen, words) => {
        const merged = merge(all, words);
        const state = pageState(seen, merged);
        expect(rank(state)).toBeGreaterThanOrEqual(rank(seen));
        const worst = worstState(merged.map((one) => stateOfImpact(one.said ?? 'operational')));
        if (worst === 'degraded') expect(rank(state)).toBeGreaterThanOrEqual(rank('degraded'));
        if (rank(worst) > rank('degraded'))
          expect(rank(state)).toBeGreaterThanOrEqual(rank('partial_outage'));
      }),
    );
  });

  test('a maintenance hides no outage: neither one that probes see, nor one of which people say so', () => {
    fc.assert(
      fc.property(components, fc.array(said), (all, words) => {
        const planned = all.map((one) => ({ ...one, measured: 'maintenance' as const }));
        for (const one of merge(planned, words))
          if (one.said !== null && one.said !== 'operational')
            expect(one.state).toBe(stateOfImpact(one.said));
      }),
    );
  });

  test('without data nothing is operational', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(measured, idle), { minLength: 1 }), fc.array(said), (all, words) => {
        const blind = all.map((one) => ({ ...one, measured: 'no_data' as const }));
        const merged = merge(blind, words);
        for (const one of merged) expect(rank(one.state)).toBeGreaterThanOrEqual(rank('no_data'));
        expect(groupState(merged)).not.toBe('operational');
        expect(pageState('no_data', merged)).not.toBe('operational');
      }),
    );
  });

  test('the state of a page is never older than its components, nor than the end of its incidents', () => {
    fc.assert(
      fc.property(components, fc.array(said), fc.array(time), (all, words, ended) => {
        const merged = merge(all, words);
        const state = pageState('operational', merged);
        const since = pageSince(state, merged, ended);
        if (since === null) return;
        const times = [...merged.flatMap((one) => [one.since, one.saidSince]), ...ended];
        expect(times).toContain(since);
        if (state === 'operational') for (const end of ended) expect(since).toBeGreaterThanOrEqual(end);
      }),
    );
  });
});

const up = (ref: string, changes: Partial<MeasuredComponent> = {}): MeasuredComponent => ({
  ...{ ref, group: null, measured: 'operational', idle: null, since: 10, ...changes },
});
const major = (component: string, since = 50): Said => ({ component, impact: 'major', since });

test('people who say that half of the components are down make it a major outage, since it was half of them', () => {
  const all = [up('a'), up('b'), up('c'), up('d')];
  const one = merge(all, [major('a')]);
  expect([pageState('operational', one), pageSince('partial_outage', one, [])]).toEqual([
    'partial_outage',
    50,
  ]);
  const two = merge(all, [major('a'), major('b', 70)]);
  expect([pageState('operational', two), pageSince('major_outage', two, [])]).toEqual(['major_outage', 70]);
});

test('a paused component does not colour its group, unless people say something of it', () => {
  const paused = up('p', { measured: 'no_data', idle: 'paused' });
  expect(groupState(merge([up('a'), paused], []))).toBe('operational');
  expect(groupState(merge([paused], []))).toBe('no_data');
  expect(groupState(merge([up('a'), paused], [major('p')]))).toBe('major_outage');
});

test('a page without anything to show is operational, as nothing says otherwise', () => {
  expect([groupState([]), pageState('operational', []), pageSince('operational', [], [])]).toEqual([
    'operational',
    'operational',
    null,
  ]);
});

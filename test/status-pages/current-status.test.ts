// What the updates of a public incident add up to, in whatever order they were written.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { currentStatus } from '../../src/status-pages/current-status.ts';
import { type ComponentImpact, IMPACTS, UPDATE_STATUSES } from '../../src/status-pages/model.ts';
import { worstImpact } from '../../src/status-pages/page-state.ts';

const A = (impact: ComponentImpact['impact']): ComponentImpact => ({ component: 'monitor:a', impact });
const B = (impact: ComponentImpact['impact']): ComponentImpact => ({ component: 'group:b', impact });

test('a later update changes the components that it names, and leaves the others', () => {
  const updates = [
    { id: '1', at: 1, status: 'investigating', components: [A('major'), B('degraded')] },
    { id: '2', at: 2, status: 'monitoring', components: [A('degraded')] },
  ] as const;
  expect(currentStatus(updates)).toEqual({
    status: 'monitoring',
    resolvedAt: null,
    components: [A('degraded'), B('degraded')],
  });
});

test('a run of resolved updates ends the incident at its first, and another status opens it again', () => {
  const first = { id: '1', at: 1, status: 'investigating', components: [A('major')] } as const;
  const resolved = (id: string, at: number) => ({ id, at, status: 'resolved', components: [] }) as const;
  const twice = [first, resolved('2', 2), resolved('3', 3)];
  expect(currentStatus(twice)).toMatchObject({ resolvedAt: 2, components: [A('operational')] });
  const again = { id: '4', at: 4, status: 'identified', components: [B('partial')] } as const;
  expect(currentStatus([...twice, again])).toEqual({
    status: 'identified',
    resolvedAt: null,
    components: [A('operational'), B('partial')],
  });
});

const updates = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    at: fc.integer({ min: 0, max: 20 }),
    status: fc.constantFrom(...UPDATE_STATUSES),
    components: fc.array(
      fc.record({ component: fc.constantFrom('monitor:a', 'group:b'), impact: fc.constantFrom(...IMPACTS) }),
      { maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 8, selector: ({ id }) => id },
);

test('the order in which updates are stored changes nothing', () => {
  fc.assert(
    fc.property(updates, (given) => {
      expect(currentStatus(given.toReversed())).toEqual(currentStatus(given));
    }),
  );
});

test('a resolved incident affects nothing', () => {
  fc.assert(
    fc.property(updates, (given) => {
      const { status, resolvedAt, components } = currentStatus(given);
      expect(status === 'resolved').toBe(resolvedAt !== null);
      if (status === 'resolved')
        expect(worstImpact(components.map(({ impact }) => impact))).toBe('operational');
    }),
  );
});

test('of several impacts, the worst counts, and of none the component is operational', () => {
  expect(worstImpact(['degraded', 'partial'])).toBe('partial');
  expect(worstImpact([])).toBe('operational');
});

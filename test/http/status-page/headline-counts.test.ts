// The banner counts what probes measure and what people say, in every combination of both.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Condition } from '../../../src/http/status-page/condition.ts';
import { headlineOf } from '../../../src/http/status-page/headline.ts';
import type { ComponentView } from '../../../src/http/status-page/page-view.ts';
import { overall } from '../../../src/http/status-page/status-view.ts';
import { de } from '../../../src/status-pages/languages/de.ts';
import { en } from '../../../src/status-pages/languages/en.ts';
import { mergeComponent, pageState } from '../../../src/status-pages/merge.ts';
import { IMPACTS, type Impact } from '../../../src/status-pages/model.ts';
import { component, group, pageView } from '../../support/page-view.ts';

const RUNNING = ['down', 'was_down', 'partial', 'was_partial', 'no_data', 'pending'] as const;
const CONDITIONS = [...RUNNING, 'unstable', 'degraded', 'up', 'maintenance', 'paused'] as const;

interface Service {
  readonly condition: Condition;
  readonly said: Impact | null;
}

/** A page as the loader makes it, with services that are measured and described so. */
function pageOf(services: readonly Service[], stale = false) {
  const components = services.map(({ condition, said }, index): ComponentView => {
    const shown = { id: `m${index}`, condition, neverChecked: condition === 'pending' };
    return component(shown, { said });
  });
  const merged = components.map(({ ref, monitor, state, said }) => {
    const { condition } = monitor!;
    const idle = condition === 'paused' || condition === 'pending' ? condition : null;
    const about = said === null ? [] : [{ component: ref, impact: said, since: 0 }];
    return mergeComponent({ ref, group: null, measured: state, idle, since: 0 }, about);
  });
  const views = components.flatMap(({ monitor }) => monitor ?? []);
  const state = pageState(overall(views, stale), merged);
  return pageView({ groups: [group(null, components)], state, stale });
}

const isSaid = ({ said }: Service, ...impacts: Impact[]): boolean => said !== null && impacts.includes(said);

/** Counted without the code of the banner. */
function countsOf(services: readonly Service[]) {
  const active = services.filter(
    (one) => one.condition !== 'paused' || isSaid(one, 'degraded', 'partial', 'major'),
  );
  const outage = (one: Service): boolean =>
    /^(was_)?(down|partial)$/.test(one.condition) || isSaid(one, 'partial', 'major');
  const isKnown = (one: Service): boolean =>
    outage(one) &&
    (!one.condition.startsWith('was_') ||
      isSaid(one, 'major') ||
      (one.condition === 'was_partial' && isSaid(one, 'partial')));
  return {
    total: active.length,
    outages: active.filter(outage).length,
    known: active.filter(isKnown).length,
    degraded: active.filter(
      (one) => !outage(one) && (one.condition === 'degraded' || isSaid(one, 'degraded')),
    ).length,
    isPeopleSaying: services.some((one) => isSaid(one, 'degraded', 'partial', 'major')),
  };
}

const service = fc.record({
  condition: fc.constantFrom<Condition>(...CONDITIONS),
  said: fc.constantFrom<Impact | null>(null, ...IMPACTS),
});

describe('the banner', () => {
  test.each([
    ['English', en, '1 of 3 services is affected. 1 of 3 services is degraded.'],
    ['German', de, '1 von 3 Diensten ist betroffen. 1 von 3 Diensten ist beeinträchtigt.'],
  ])('counts a measured outage beside a service that people call degraded, in %s', (_, texts, detail) => {
    const page = pageOf([
      { condition: 'down', said: null },
      { condition: 'up', said: 'degraded' },
      { condition: 'up', said: null },
    ]);
    expect(headlineOf(page, texts).detail).toBe(detail);
  });

  test('shows what people say while nothing is measured, and that nothing is measured', () => {
    const page = pageOf(
      [
        { condition: 'stopped', said: 'degraded' },
        { condition: 'stopped', said: null },
      ],
      true,
    );
    expect(headlineOf(page, en)).toMatchObject({
      ...{ tone: 'warn', words: 'Degraded performance' },
      detail: '1 of 2 services is degraded. 1 of 2 services has no data.',
    });
  });

  test('does not call an outage unknown that people confirm', () => {
    const page = pageOf([{ condition: 'was_down', said: 'major' }]);
    expect(headlineOf(page, en)).toMatchObject({ words: 'Major outage', detail: 'The service is affected.' });
  });

  test('counts every outage and every degraded service, whatever probes measure and people say of the others', () => {
    fc.assert(
      fc.property(fc.array(service, { minLength: 1, maxLength: 5 }), (services) => {
        const { total, outages, known, degraded, isPeopleSaying } = countsOf(services);
        const { detail, tone } = headlineOf(pageOf(services), en);
        if (outages > 0 && known > 0) expect(detail).toContain(en.banner.affected(outages, total));
        if (outages > 0 && degraded > 0) expect(detail).toContain(en.banner.areDegraded(degraded, total));
        if (outages === 0 && degraded === 0) expect(detail).not.toMatch(/affected|degraded/);
        if (outages === 0 && degraded > 0)
          expect(detail).toMatch(total === 1 ? /degraded/ : new RegExp(`\\b${degraded}\\b.* degraded`));
        if (isPeopleSaying) expect(['warn', 'bad']).toContain(tone);
        if (detail.includes(en.banner.othersOperational)) expect(outages).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

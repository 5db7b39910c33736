import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, nextDue } from '../../src/routing/alert.ts';
import type { AlertPlan, PlannedRoute, Routing } from '../../src/routing/model.ts';

const OPENED = 1_800_000_000_000;
const MINUTE = 60_000;
const ROUTING: Routing = { routes: [], defaultChannels: [], schedules: new Map(), contacts: new Map() };

const planned = (afterMinutes: number[], changes: Partial<PlannedRoute> = {}): PlannedRoute => ({
  routeId: 'r',
  steps: afterMinutes.map((after, index) => ({
    afterSeconds: after * 60,
    channels: [`step-${index + 1}`],
    schedules: [],
  })),
  done: afterMinutes[0] === 0 ? 1 : 0,
  ...{ repeatMinutes: null, remindedAt: null, heldUntil: null },
  ...changes,
});

const alertOf = (...routes: PlannedRoute[]) => ({
  ...{ openedAt: OPENED, plan: { routes } as AlertPlan, snoozedUntil: null, isIncident: true },
});
const ids = (list: readonly { id: string }[]): string[] => list.map(({ id }) => id);

test('a delayed opening goes to the first step, and the steps behind it are escalations', () => {
  const alert = alertOf(planned([1, 5]));
  expect(nextDue(alert)).toBe(OPENED + MINUTE);
  expect(advance(ROUTING, alert, OPENED + MINUTE - 1)).toMatchObject({ openings: [], escalations: [] });
  const first = advance(ROUTING, alert, OPENED + MINUTE);
  expect([ids(first.openings), first.escalations, first.nextAt]).toEqual([
    ['step-1'],
    [],
    OPENED + 5 * MINUTE,
  ]);
  const second = advance(ROUTING, { ...alert, plan: first.plan }, OPENED + 5 * MINUTE);
  expect(second).toMatchObject({ openings: [], nextAt: null });
  expect(second.escalations).toMatchObject([
    { number: 1, step: 2, steps: 2, recipients: [{ id: 'step-2' }] },
  ]);
  expect(second.plan.notified).toEqual(['step-1', 'step-2']);
});

test('quiet hours hold the whole route, and its steps count from their end', () => {
  const held = planned([0, 5], { done: 0, heldUntil: OPENED + 60 * MINUTE });
  expect(nextDue(alertOf(held))).toBe(OPENED + 60 * MINUTE);
  const after = advance(ROUTING, alertOf(held), OPENED + 60 * MINUTE);
  expect([ids(after.openings), after.nextAt]).toEqual([['step-1'], OPENED + 65 * MINUTE]);
});

test('a snooze delays what is due, and nothing is left out', () => {
  const alert = { ...alertOf(planned([0, 5])), snoozedUntil: OPENED + 30 * MINUTE };
  expect(nextDue(alert)).toBe(OPENED + 30 * MINUTE);
  expect(advance(ROUTING, alert, OPENED + 30 * MINUTE).escalations).toHaveLength(1);
});

test('what is not about an incident gets its opening in later steps, and no reminder', () => {
  const alert = { ...alertOf(planned([0, 5], { repeatMinutes: 1 })), isIncident: false };
  const next = advance(ROUTING, alert, OPENED + 5 * MINUTE);
  expect([ids(next.openings), next.escalations, next.reminder]).toEqual([['step-2'], [], null]);
});

test('reminders repeat after the opening, and those of a long pause are one', () => {
  const alert = alertOf(planned([0], { repeatMinutes: 10 }));
  expect(nextDue(alert)).toBe(OPENED + 10 * MINUTE);
  const late = advance(ROUTING, alert, OPENED + 35 * MINUTE);
  expect([late.reminder, late.nextAt]).toEqual([1, OPENED + 45 * MINUTE]);
  expect(advance(ROUTING, { ...alert, plan: late.plan }, OPENED + 45 * MINUTE).reminder).toBe(2);
});

test('a step leaves the rest of the plan, such as when a drill ends', () => {
  const alert = alertOf(planned([0, 5]));
  const plan: AlertPlan = { ...alert.plan, drillEndsAt: OPENED + 60 * MINUTE };
  const next = advance(ROUTING, { ...alert, plan }, OPENED + 5 * MINUTE);
  expect([next.plan.drillEndsAt, next.plan.routes[0]?.done]).toEqual([OPENED + 60 * MINUTE, 2]);
});

const someRoute = fc
  .record({
    steps: fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }),
    held: fc.option(fc.integer({ min: 1, max: 20 }), { nil: null }),
  })
  .map(({ steps, held }) => {
    const sorted = steps.toSorted((a, b) => a - b);
    const heldUntil = held === null ? null : OPENED + held * MINUTE;
    return planned(sorted, { heldUntil, done: heldUntil === null && sorted[0] === 0 ? 1 : 0 });
  });

test('at any pace of ticks, each step is carried out once, in order, and never before its time', () => {
  fc.assert(
    fc.property(
      fc.array(someRoute, { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 3, maxLength: 30 }),
      (routes, pauses) => {
        let plan: AlertPlan = { routes };
        let now = OPENED;
        for (const pause of pauses) {
          now += pause * MINUTE;
          const alert = { ...alertOf(), plan };
          const due = nextDue(alert);
          const next = advance(ROUTING, alert, now);
          const done = (of: AlertPlan) => of.routes.reduce((sum, route) => sum + route.done, 0);
          expect(done(next.plan) > done(plan)).toBe(due !== null && due <= now);
          plan = next.plan;
          for (const { steps, done: count, heldUntil } of plan.routes) {
            const start = Math.max(OPENED, heldUntil ?? 0);
            expect(count).toBe(
              steps.filter(({ afterSeconds }) => start + afterSeconds * 1_000 <= now).length,
            );
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

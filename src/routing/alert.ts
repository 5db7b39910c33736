// Owns what an open alert does next: delayed openings, escalation steps and reminders. Pure: time is an argument.
// Does not know whether the condition still holds: the caller asks before.
import type { AlertPlan, PlannedRoute, Routing } from './model.ts';
import { channelsOfStep, type Recipient } from './route.ts';

/** What an alert does now, and the plan afterwards. */
export interface Advance {
  readonly plan: AlertPlan;
  /** When the next step or reminder is due. Null: nothing follows. */
  readonly nextAt: number | null;
  /** Channels that get the notification which began the condition. */
  readonly openings: readonly Recipient[];
  readonly escalations: readonly Escalation[];
  /** Number of the reminder that is due, from 1. Null: none is. */
  readonly reminder: number | null;
}

export interface Escalation {
  /** Number of the escalation of this alert, from 1. */
  readonly number: number;
  /** Number of the step of its route, from 1. */
  readonly step: number;
  readonly steps: number;
  readonly recipients: readonly Recipient[];
}

interface PlannedAlert {
  readonly openedAt: number;
  readonly plan: AlertPlan;
  readonly snoozedUntil: number | null;
  /** Whether `incident.escalated` and `incident.reminder` can be sent about it. Otherwise later steps get the opening. */
  readonly isIncident: boolean;
}

/** Quiet hours that hold the opening hold the whole route. */
const startOf = (route: PlannedRoute, openedAt: number): number => Math.max(openedAt, route.heldUntil ?? 0);

const stepAt = (route: PlannedRoute, index: number, openedAt: number): number =>
  startOf(route, openedAt) + route.steps[index]!.afterSeconds * 1_000;

/** Null: the route sends no reminder. */
function reminderAt(route: PlannedRoute, openedAt: number): number | null {
  if (route.repeatMinutes === null || route.done === 0) return null;
  return (route.remindedAt ?? stepAt(route, 0, openedAt)) + route.repeatMinutes * 60_000;
}

/** When anything is due. Null: never. */
export function nextDue({ openedAt, plan, snoozedUntil }: Omit<PlannedAlert, 'isIncident'>): number | null {
  const times = plan.routes.flatMap((route) => {
    const step = route.done < route.steps.length ? stepAt(route, route.done, openedAt) : null;
    return [step, reminderAt(route, openedAt)].filter((at) => at !== null);
  });
  return times.length === 0 ? null : Math.max(Math.min(...times), snoozedUntil ?? 0);
}

export function advance(routing: Routing, alert: PlannedAlert, now: number): Advance {
  const { openedAt, plan, isIncident } = alert;
  const openings = new Map<string, Recipient>();
  const escalations: Escalation[] = [];
  const notified = new Set(plan.notified);
  let { escalations: count = 0, reminders = 0 } = plan;
  let isReminded = false;
  const routes = plan.routes.map((before): PlannedRoute => {
    let route = before;
    while (route.done < route.steps.length && stepAt(route, route.done, openedAt) <= now) {
      const index = route.done;
      const { routeId, steps } = route;
      const found = channelsOfStep(routing, steps[index]!, now).map(({ id }) => ({ id, routeId }));
      for (const { id } of found) notified.add(id);
      if (index > 0 && isIncident) {
        count += 1;
        escalations.push({ number: count, step: index + 1, steps: steps.length, recipients: found });
      } else for (const one of found) if (!openings.has(one.id)) openings.set(one.id, one);
      route = { ...route, done: index + 1 };
    }
    // What was due while the coordinator did not run is one reminder.
    const due = isIncident ? reminderAt(before, openedAt) : null;
    if (due === null || due > now) return route;
    isReminded = true;
    return { ...route, remindedAt: now };
  });
  if (isReminded) reminders += 1;
  const next: AlertPlan = { ...plan, routes, notified: [...notified], escalations: count, reminders };
  return {
    plan: next,
    nextAt: nextDue({ ...alert, plan: next }),
    openings: [...openings.values()],
    escalations,
    reminder: isReminded ? reminders : null,
  };
}

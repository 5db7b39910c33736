// Owns the answer to "who would be notified?": the routes applied to a monitor, an event and a time. Notifies no channel.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import { type EventType, type Severity, severityOf } from '../../channels/events.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { channelsOfStep, decideRoutes, type Mismatch, type RoutingSource } from '../../routing/route.ts';
import { type AlertingSetup, readAlertingSetup, routingOf } from '../../store/alerting-setup.ts';
import { ifInside, insideIds, unknownReference } from '../access/references.ts';

export interface PreviewQuestion {
  /** Id. Null: an event about probemesh itself. */
  readonly monitor: string | null;
  readonly event: EventType;
  readonly at: number;
}

export interface PreviewRecipient {
  readonly channel: {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly enabled: boolean;
  };
  readonly route: { readonly id: string; readonly name: string } | null;
  readonly step: number;
  readonly at: number;
  readonly waitsFor: 'nothing' | 'delay' | 'quiet_hours' | 'escalation';
  readonly onCall: {
    readonly schedule: string;
    readonly person: { readonly id: string; readonly name: string };
  } | null;
  readonly fallback: boolean;
}

export interface Preview {
  readonly event: EventType;
  readonly severity: Severity;
  readonly at: number;
  readonly source: RoutingSource;
  readonly recipients: readonly PreviewRecipient[];
  readonly routes: readonly {
    readonly id: string;
    readonly name: string;
    readonly mismatch: Mismatch | 'disabled' | null;
    readonly repeatMinutes: number | null;
  }[];
}

/** One statement. */
export async function previewRoutes(
  { db }: Pick<Config, 'db'>,
  question: PreviewQuestion,
  caller: Pick<Caller, 'restriction'>,
): Promise<Result<Preview, ValidationError>> {
  return answerPreview(
    await readAlertingSetup(db, { monitor: question.monitor ?? undefined }),
    question,
    caller,
  );
}

/** A restricted caller sees the routes, the channels and the schedules inside. Pure. */
export function answerPreview(
  setup: AlertingSetup,
  { monitor: id, event, at }: PreviewQuestion,
  { restriction }: Pick<Caller, 'restriction'>,
): Result<Preview, ValidationError> {
  const monitor = ifInside(
    restriction,
    setup.monitors.find((one) => one.id === id),
  );
  if (id !== null && !monitor)
    return err({ kind: 'not_found', path: ['monitor'], message: unknownReference('monitor', id) });
  const routing = routingOf(setup);
  const { routes: rows } = setup;
  const severity = severityOf(event, null);
  const { source, plan, routes } = decideRoutes(routing, { event, severity, at, monitor });
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const shownChannels = new Map(
    setup.channels.filter((one) => isInside(restriction, one)).map((one) => [one.id, one]),
  );
  const shownSchedules = insideIds(restriction, setup.schedules);
  const drafts = plan.flatMap((route) =>
    route.steps.flatMap((step, index) => {
      const due = Math.max(at, route.heldUntil ?? 0) + step.afterSeconds * 1_000;
      const waitsFor: PreviewRecipient['waitsFor'] =
        index > 0 ? 'escalation' : route.heldUntil !== null ? 'quiet_hours' : due > at ? 'delay' : 'nothing';
      return channelsOfStep(routing, step, due).map((one) => ({
        ...one,
        route,
        step: index + 1,
        due,
        waitsFor,
      }));
    }),
  );
  const names = new Map(setup.people.map((person) => [person.id, person.name]));
  const shownRoute = (routeId: string | null) => {
    const row = routeId === null ? undefined : rowOf.get(routeId);
    return row && isInside(restriction, row) ? { id: row.id, name: row.name } : null;
  };
  const recipients = drafts.flatMap((draft): PreviewRecipient[] => {
    const channel = shownChannels.get(draft.id);
    if (!channel) return [];
    const { name, type, enabled } = channel;
    const { schedule, person, step, waitsFor, due } = draft;
    const onCall =
      schedule === null || person === null || !shownSchedules.has(schedule)
        ? null
        : { schedule, person: { id: person, name: names.get(person) ?? person } };
    return [
      {
        channel: { id: channel.id, name, type, enabled },
        route: shownRoute(draft.route.routeId),
        ...{ step, at: due, waitsFor, onCall, fallback: draft.isFallback },
      },
    ];
  });
  const decided = new Map(routes.map(({ route, mismatch }) => [route.id, mismatch]));
  return ok({
    ...{ event, severity, at, source, recipients: recipients.toSorted((a, b) => a.at - b.at) },
    routes: rows
      .filter((row) => isInside(restriction, row) && (!row.enabled || decided.has(row.id)))
      .map((row) => ({
        ...{ id: row.id, name: row.name, repeatMinutes: row.repeatMinutes },
        mismatch: row.enabled ? (decided.get(row.id) ?? null) : 'disabled',
      })),
  });
}

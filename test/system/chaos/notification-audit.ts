// Owns auditing the notifications against the injected outages: exactly one opened and one resolved for each, with true
// times, and no other. A resolved that says `openedNotSent` has no opened. Does not collect them.
import type { Received } from '../../support/mesh/receiver.ts';
import type { IncidentRow } from './journal.ts';
import { activeMsIn } from './schedule.ts';

/** An outage as the test caused it, ms since the epoch. */
export interface InjectedOutage {
  readonly monitor: string;
  readonly from: number;
  readonly to: number;
}

const TIMEOUT_MS = 2_000;
/** For the start of a tick, and for clocks that are read at different moments. */
const SLACK_MS = 5_000;

interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The discrepancies, one line for each; `active` is when ticks ran. */
export function auditNotifications(
  outages: readonly InjectedOutage[],
  received: readonly Received[],
  incidents: readonly IncidentRow[],
  active: readonly Interval[],
  intervalOf: (monitor: string) => number,
): string[] {
  const problems: string[] = [];
  const left = new Map(uniqueById(received).map((message) => [message.id, message]));
  const unmatched = new Set(incidents);
  for (const outage of outages.toSorted((a, b) => a.from - b.from)) {
    const bound = intervalOf(outage.monitor) + TIMEOUT_MS;
    const name = `${outage.monitor} ${time(outage.from)}–${time(outage.to)}`;
    const matches = (row: IncidentRow): boolean =>
      row.monitorId === outage.monitor &&
      row.startedAt >= outage.from - SLACK_MS &&
      row.startedAt < outage.to;
    const own = [...unmatched].filter(matches);
    if (own.length !== 1)
      problems.push(`${name}: ${own.length} incidents: ${own.map(({ id }) => id).join(', ')}`);
    for (const row of own) {
      unmatched.delete(row);
      if (row.state !== 'resolved' || row.verdict !== 'down')
        problems.push(`${name}: ${row.id} is ${row.state}, ${row.verdict}`);
      for (const [what, actualAt, recordedAt] of [
        ['began', outage.from, row.startedAt],
        ['ended', outage.to, row.resolvedAt ?? 0],
      ] as const) {
        const late = activeMsIn(active, actualAt, recordedAt);
        if (recordedAt < actualAt - SLACK_MS || late > bound + SLACK_MS)
          problems.push(
            `${name}: ${row.id} ${what} at ${time(recordedAt)}, ${late} ms of active time too late`,
          );
      }
      const sentAs = (type: string): Received[] =>
        [...left.values()].filter(({ body }) => body.type === type && body.data.incident?.id === row.id);
      // The coordinator was killed before an attempt: the end then says that the opening was not sent.
      const [end] = sentAs('incident.resolved');
      const openings = end?.body.data.incident?.openedNotSent ? 0 : 1;
      for (const [type, expected] of [
        ['incident.opened', openings],
        ['incident.resolved', 1],
      ] as const) {
        const sent = sentAs(type);
        if (sent.length !== expected) problems.push(`${name}: ${row.id} has ${sent.length} × ${type}`);
        for (const message of sent) {
          left.delete(message.id);
          problems.push(...mismatches(message, row));
        }
      }
    }
  }
  for (const { id, monitorId } of unmatched)
    problems.push(`${monitorId}: incident ${id} matches none of the outages`);
  for (const { id, body } of left.values())
    problems.push(`${body.type} ${id} for ${body.data.monitor?.id} matches none of the outages`);
  return problems;
}

/** One message for each webhook-id. */
const uniqueById = (received: readonly Received[]): Received[] => [
  ...new Map(received.map((message) => [message.id, message])).values(),
];

function mismatches({ id, body }: Received, row: IncidentRow): string[] {
  const { incident, monitor } = body.data;
  const problems: string[] = [];
  if (monitor?.id !== row.monitorId)
    problems.push(`${id} is about ${monitor?.id}, not about ${row.monitorId}`);
  if (Date.parse(incident?.startedAt ?? '') !== row.startedAt)
    problems.push(`${id} has another start than ${row.id}`);
  if (body.type === 'incident.resolved' && Date.parse(incident?.resolvedAt ?? '') !== row.resolvedAt)
    problems.push(`${id} has another end than ${row.id}`);
  return problems;
}

const time = (at: number): string => new Date(at).toISOString().slice(11, 23);

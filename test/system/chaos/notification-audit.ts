// Holds what was told against what happened: one opened and one resolved notification an outage, with true times, and none else.

import type { Received } from '../../support/mesh/receiver.ts';
import type { IncidentRow } from './journal.ts';
import { awakeIn } from './schedule.ts';

/** An outage as it was made, ms since the epoch. */
export interface Happened {
  readonly monitor: string;
  readonly from: number;
  readonly to: number;
}

const TIMEOUT_MS = 2_000;
/** For what a tick takes to begin, and for clocks that are read a moment apart. */
const SLACK_MS = 5_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What does not fit, a line each. */
export function verdictsOn(
  happened: readonly Happened[],
  received: readonly Received[],
  incidents: readonly IncidentRow[],
  awake: readonly Span[],
  intervalOf: (monitor: string) => number,
): string[] {
  const faults: string[] = [];
  const left = new Map(distinct(received).map((message) => [message.id, message]));
  const unmatched = new Set(incidents);
  for (const outage of happened.toSorted((a, b) => a.from - b.from)) {
    const bound = intervalOf(outage.monitor) + TIMEOUT_MS;
    const name = `${outage.monitor} ${time(outage.from)}–${time(outage.to)}`;
    const fits = (row: IncidentRow): boolean =>
      row.monitorId === outage.monitor &&
      row.startedAt >= outage.from - SLACK_MS &&
      row.startedAt < outage.to;
    const own = [...unmatched].filter(fits);
    if (own.length !== 1)
      faults.push(`${name}: ${own.length} incidents: ${own.map(({ id }) => id).join(', ')}`);
    for (const row of own) {
      unmatched.delete(row);
      if (row.state !== 'resolved' || row.verdict !== 'down')
        faults.push(`${name}: ${row.id} is ${row.state}, ${row.verdict}`);
      for (const [what, truth, said] of [
        ['began', outage.from, row.startedAt],
        ['ended', outage.to, row.resolvedAt ?? 0],
      ] as const) {
        const late = awakeIn(awake, truth, said);
        if (said < truth - SLACK_MS || late > bound + SLACK_MS)
          faults.push(`${name}: ${row.id} ${what} at ${time(said)}, ${late} ms awake after the truth`);
      }
      for (const type of ['incident.opened', 'incident.resolved']) {
        const told = [...left.values()].filter(
          ({ body }) => body.type === type && body.data.incident?.id === row.id,
        );
        if (told.length !== 1) faults.push(`${name}: ${row.id} was told of by ${told.length} × ${type}`);
        for (const message of told) {
          left.delete(message.id);
          faults.push(...falsehoods(message, row));
        }
      }
    }
  }
  for (const { id, monitorId } of unmatched) faults.push(`${monitorId}: incident ${id} fits no outage`);
  for (const { id, body } of left.values())
    faults.push(`${body.type} ${id} for ${body.data.monitor?.id} fits no outage`);
  return faults;
}

/** One message each webhook-id. */
const distinct = (received: readonly Received[]): Received[] => [
  ...new Map(received.map((message) => [message.id, message])).values(),
];

function falsehoods({ id, body }: Received, row: IncidentRow): string[] {
  const { incident, monitor } = body.data;
  const faults: string[] = [];
  if (monitor?.id !== row.monitorId) faults.push(`${id} speaks of ${monitor?.id}, not of ${row.monitorId}`);
  if (Date.parse(incident?.startedAt ?? '') !== row.startedAt)
    faults.push(`${id} says another start than ${row.id}`);
  if (body.type === 'incident.resolved' && Date.parse(incident?.resolvedAt ?? '') !== row.resolvedAt)
    faults.push(`${id} says another end than ${row.id}`);
  return faults;
}

const time = (at: number): string => new Date(at).toISOString().slice(11, 23);

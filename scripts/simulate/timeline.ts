// Owns the story of a simulation for people: what was found, decided, notified and suppressed, in order of time, in
// sentences. Decides nothing: every answer is the engine's own. Does not play the scenario.
import { groupFailures, withoutAddress } from '../../src/engine/explain/failures.ts';
import type { Entry } from '../../src/engine/model/journal.ts';
import type {
  IncidentRecord,
  LocationNotification,
  MonitorNotification,
  Notification,
} from '../../src/engine/model/notification.ts';
import type { MonitorState, State } from '../../src/engine/model/state.ts';
import { isNotified } from '../../src/engine/notifications/pipeline.ts';
import { suppressionOf } from '../../src/engine/notifications/suppression.ts';
import { evaluate } from '../../src/engine/voting/evaluation.ts';
import { requiredFailing } from '../../src/engine/voting/quorum.ts';
import type { Scenario } from './scenario.ts';
import {
  describeSuppression,
  formatDuration,
  formatMoment,
  joinNames,
  type Line,
  renderLines,
} from './timeline-text.ts';

/** One applied entry. `now` is D1's time in ms since second 0, and `momentOf` returns it for a time of the state. */
export interface Applied {
  readonly entry: Entry;
  readonly before: State;
  readonly after: State;
  readonly notifications: readonly Notification[];
  readonly records: readonly IncidentRecord[];
  readonly now: number;
  readonly momentOf: (time: number) => number;
}

type MonitorRecord = Extract<IncidentRecord, { readonly monitor: number }>;

/** More faults than this are not a story. */
const MAX_FAULTS = 200;

export class Timeline {
  readonly #scenario: Scenario;
  readonly #lines: Line[] = [];
  /** Why the open incident of a monitor is not notified, as it was last written. */
  readonly #waits = new Map<number, string>();
  /** Monitors whose open round began with a contradiction, and what that was. */
  readonly #confirming = new Map<number, keyof typeof UNCONFIRMED>();
  #notified = 0;
  #suppressed = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  add(applied: Applied): void {
    if (applied.now < 0) return;
    for (const notification of applied.notifications)
      if ('location' in notification) this.#addLocation(notification, applied);
    for (const number of applied.after.monitors.keys()) this.#addMonitor(number, applied);
    this.#notified += applied.notifications.length;
  }

  /** The whole story, one line each. */
  render({ checks, extraChecks }: { readonly checks: number; readonly extraChecks: number }): string {
    const { durationSeconds } = this.#scenario;
    const end = [
      count(this.#notified, 'notification'),
      `${count(this.#suppressed, 'incident')} without one`,
      `${count(checks, 'check run')}, ${extraChecks} of them outside the schedule`,
    ];
    const at = durationSeconds * 1_000;
    // What the scenario does at a moment is the cause of what the engine finds then.
    const lines = [...this.#causes(), ...this.#lines, { at, text: `The end: ${end.join('; ')}.` }];
    return renderLines(
      lines.toSorted((a, b) => a.at - b.at),
      durationSeconds,
    );
  }

  /** What the scenario does, which the engine does not know. */
  #causes(): Line[] {
    const { faults, monitors, durationSeconds } = this.#scenario;
    const lines: Line[] = [];
    if (faults.length > MAX_FAULTS)
      lines.push({ at: 0, text: `${faults.length} faults follow, too many to list.` });
    for (const { from, to, kind, probability, ...where } of faults.length > MAX_FAULTS ? [] : faults) {
      const who = where.monitors === '*' ? 'everything' : joinNames(where.monitors);
      const places = where.locations === '*' ? 'all locations' : joinNames(where.locations);
      const share = probability < 1 ? `, ${Math.round(probability * 100)} % of the runs` : '';
      const until =
        to >= durationSeconds ? 'to the end' : `until ${formatMoment(to * 1_000, durationSeconds)}`;
      lines.push({ at: from * 1_000, text: `FAULT ${kind} begins: ${who} at ${places}${share}, ${until}.` });
      if (to < durationSeconds)
        lines.push({ at: to * 1_000, text: `FAULT ${kind} ends: ${who} at ${places}.` });
    }
    for (const { id, maintenance } of monitors)
      for (const { from, to } of maintenance) {
        const until = formatMoment(to * 1_000, durationSeconds);
        lines.push({ at: from * 1_000, name: id, text: `maintenance begins, until ${until}.` });
        lines.push({ at: to * 1_000, name: id, text: 'maintenance ends.' });
      }
    return lines.filter(({ at }) => at <= durationSeconds * 1_000);
  }

  #addMonitor(number: number, applied: Applied): void {
    const { before, after, notifications, records } = applied;
    const was = before.monitors.get(number);
    const is = after.monitors.get(number)!;
    if (!was || was === is) return;
    const own = records.filter(
      (record): record is MonitorRecord => 'monitor' in record && record.monitor === number,
    );
    const sent = notifications.filter(
      (one): one is MonitorNotification => 'monitor' in one && one.monitor === number,
    );
    this.#addRound(was, is, own.length > 0, applied);
    for (const record of own) this.#addRecord(record, is, sent, applied);
    for (const notification of sent) this.#addNotification(notification, own, applied);
    this.#addWait(is, own, applied);
  }

  /** A result that contradicts its location's vote, and what the other locations found then. */
  #addRound(was: MonitorState, is: MonitorState, isChanged: boolean, applied: Applied): void {
    const name = this.#nameOf(is.number);
    const opening = was.round === null && is.round !== null ? contradictionIn(applied.entry, was) : null;
    if (opening !== null && is.round !== null) {
      this.#confirming.set(is.number, opening.fails ? 'failed' : 'ok');
      const location = this.#locationOf(opening.location);
      const failure = this.#failureAt(applied.after, is, opening.location);
      const found = opening.fails ? `failed (${failure})` : 'is ok again';
      const others = count(is.round.asked.length, 'other location');
      this.#write(applied, name, `${location} ${found}; ${others} check at once.`);
    }
    const confirming = this.#confirming.get(is.number);
    if (confirming === undefined || (is.round !== null && !isChanged)) return;
    this.#confirming.delete(is.number);
    if (isChanged) return;
    const { votes, verdict } = evaluate(applied.after, is, applied.after.at);
    const failing = votes.failing.length;
    const voters = failing + votes.passing.length;
    const required = requiredFailing(is.policy, voters, votes.configured);
    const found = failing > 0 ? `${failing} of ${voters} fail, ${required} must` : UNCONFIRMED[confirming];
    this.#write(applied, name, `${found}: ${VERDICT_TEXTS[verdict]}.`);
  }

  #addRecord(
    { incident, scope, quorum }: MonitorRecord,
    is: MonitorState,
    sent: readonly MonitorNotification[],
    applied: Applied,
  ): void {
    const name = this.#nameOf(is.number);
    const startedAt = applied.momentOf(incident.startedAt);
    if (incident.resolvedAt !== null) {
      const lasted = formatDuration(applied.momentOf(incident.resolvedAt) - startedAt);
      const isSent = sent.some((one) => one.incident?.id === incident.id && one.incident.resolvedAt !== null);
      const waits = is.notified?.incident.id === incident.id && is.notified.ended !== null;
      const what = incident.verdict === 'down' ? 'the outage' : 'the regional problem';
      const sentText = isSent
        ? 'notified.'
        : waits
          ? `${this.#reason(is, 'resolved', applied)}`
          : 'not notified, because its opening was not.';
      if (!isSent && !waits) this.#suppressed += 1;
      this.#waits.delete(is.number);
      this.#write(applied, name, `${what} is over after ${lasted}; ${sentText}`);
      return;
    }
    const voters = quorum.failing + quorum.passing;
    const saw = this.#failureOfMost(applied.after, is);
    const places = scope.length < voters ? `: ${joinNames(scope.map((one) => this.#locationOf(one)))}` : '';
    const what = incident.verdict === 'down' ? 'down' : 'a regional problem';
    const opening = sent.find((one) => one.incident?.id === incident.id && one.incident.resolvedAt === null);
    const after = formatDuration(applied.now - startedAt);
    const sentText = opening ? `, notified ${after} after onset.` : '. ';
    const wait = opening ? '' : this.#reason(is, 'opened', applied);
    if (!opening) this.#waits.set(is.number, wait);
    this.#write(
      applied,
      name,
      `${what} at ${quorum.failing} of ${voters} locations (${saw})${places}; incident opened${sentText}${wait && `Not notified: ${wait}`}`,
    );
  }

  /** What was sent although nothing was recorded just now: it was held back, or it is about no incident. */
  #addNotification(notification: MonitorNotification, own: readonly MonitorRecord[], applied: Applied): void {
    const { event, incident, monitor } = notification;
    const startedAt = applied.momentOf(notification.startedAt);
    const isRecorded = own.some(
      (record) =>
        record.incident.id === incident?.id &&
        (record.incident.resolvedAt === null) === (incident.resolvedAt === null),
    );
    if (incident && isRecorded) return;
    const since = formatMoment(startedAt, this.#scenario.durationSeconds);
    const text = ((): string => {
      if (event === 'incident.opened' || event === 'incident.partial') {
        this.#waits.delete(monitor);
        return `the incident that began at ${since} is notified now, ${formatDuration(applied.now - startedAt)} after onset.`;
      }
      if (incident) return `the end of the incident that began at ${since} is notified now.`;
      if (event === 'monitor.no_data') return `no data since ${since}: too few locations report; notified.`;
      if (event === 'monitor.no_data_resolved') return 'data again; notified.';
      if (event === 'monitor.flapping')
        return `flapping since ${since}: single changes are not notified from now on; notified.`;
      if (event === 'monitor.flapping_ended') return 'flaps no longer; notified.';
      return `${event}; notified.`;
    })();
    this.#write(applied, this.#nameOf(monitor), text);
  }

  /** Why the open incident still waits, if that changed. */
  #addWait(is: MonitorState, own: readonly MonitorRecord[], applied: Applied): void {
    if (own.length > 0 || isNotified(is)) return;
    const wait = this.#reason(is, 'opened', applied);
    if (wait === this.#waits.get(is.number)) return;
    this.#waits.set(is.number, wait);
    this.#write(applied, this.#nameOf(is.number), `still not notified: ${wait}`);
  }

  #addLocation({ event, location, incident }: LocationNotification, applied: Applied): void {
    const since = formatMoment(applied.momentOf(incident.startedAt), this.#scenario.durationSeconds);
    const text =
      event === 'location.quarantined'
        ? `in quarantine: it fails ${incident.failedMonitors} of ${incident.checkedMonitors} monitors that other locations reach; notified.`
        : event === 'location.lost'
          ? `lost: it has measured nothing since ${since}; notified.`
          : `${incident.kind === 'lost' ? 'measures again' : 'out of quarantine'}; notified.`;
    this.#write(applied, this.#locationOf(location), text);
  }

  /** Why a notification is not sent: the engine's own answer. */
  #reason(monitor: MonitorState, subject: 'opened' | 'resolved', { after, momentOf }: Applied): string {
    const evaluation = evaluate(after, monitor, after.at);
    const suppression = suppressionOf(evaluation, subject);
    if (suppression === null) return 'it is due with the next entry.';
    return describeSuppression(suppression, {
      nameOf: (number) => this.#nameOf(number),
      momentOf: (time) => formatMoment(momentOf(time), this.#scenario.durationSeconds),
    });
  }

  #failureAt(state: State, monitor: MonitorState, location: number): string {
    const groups = groupFailures(evaluate(state, monitor, state.at));
    return withoutAddress(groups.find(({ locations }) => locations.includes(location))?.detail ?? 'failed');
  }

  #failureOfMost(state: State, monitor: MonitorState): string {
    const [first, ...others] = groupFailures(evaluate(state, monitor, state.at));
    if (!first) return 'failing';
    const detail = withoutAddress(first.detail);
    return others.length === 0 ? detail : `${first.locations.length}: ${detail}; the others differ`;
  }

  #write({ now }: Applied, name: string, text: string): void {
    this.#lines.push({ at: now, name, text });
  }

  #nameOf(number: number): string {
    return this.#scenario.monitors[number - 1]?.id ?? String(number);
  }

  #locationOf(number: number): string {
    return this.#scenario.locations[number - 1] ?? String(number);
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const UNCONFIRMED = {
  failed: 'the other locations do not confirm it',
  ok: 'no location fails any more',
} as const;

const VERDICT_TEXTS: Record<MonitorState['verdict'], string> = {
  up: 'still up',
  down: 'still down',
  partial: 'still a regional problem',
  no_data: 'no data',
};

/** The result of a report that its location's vote did not expect. Null for rounds that begin for another reason. */
function contradictionIn(
  entry: Entry,
  { number, byLocation }: MonitorState,
): { readonly location: number; readonly fails: boolean } | null {
  if (entry.kind !== 'report') return null;
  const outcome = entry.observations.find(({ monitor }) => monitor === number)?.outcome;
  if (outcome === undefined || outcome === 'unmeasured') return null;
  const fails = outcome === 'failed';
  const isExpected = fails === (byLocation.get(entry.location)?.vote === 'failing');
  return isExpected ? null : { location: entry.location, fails };
}

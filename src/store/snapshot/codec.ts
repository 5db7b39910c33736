// A cohort's state as one text, and back: the small parts as JSON, the views (monitors × locations) as bytes.
// A later version must go on reading what an earlier one wrote.
import { Buffer } from 'node:buffer';
import type { Timings } from '../../../probes/contract/index.ts';
import type {
  LocationState,
  LocationStatus,
  MonitorState,
  NotifiedIncident,
  OpenIncident,
  Policy,
  Round,
  State,
  StoredObservation,
  Transition,
  Verdict,
  Window,
} from '../../engine/model/state.ts';
import type { RaisedWarnings } from '../../engine/model/warning.ts';
import { fromLogByte, toLogByte, VarintReader, VarintWriter } from '../varint.ts';
import { type Extras, NO_EXTRAS, readExtras, writeExtras } from './extras.ts';
import {
  decodeDegraded,
  decodeObservation,
  type EncodedDegraded,
  type EncodedObservation,
  encodeDegraded,
  encodeObservation,
  StringTable,
} from './observation.ts';

const VERSION = 1;

interface Header {
  version: number;
  seq: number;
  at: number;
  resumedAt: number;
  nextMonitor: number;
  locations: LocationState[];
  /** Monitors share few policies: each one names its own by position. */
  policies: Policy[];
  rounds: Record<string, Omit<Round, 'results'> & { results: [location: number, ...EncodedObservation][] }>;
  incidents: Record<string, OpenIncident>;
  blinds: Record<string, string>;
  /** Absent in states from before these were kept. */
  told?: Record<string, NotifiedIncident>;
  turns?: Record<string, readonly Transition[]>;
  flapping?: Record<string, NonNullable<MonitorState['flapping']>>;
  /** Positions in `words`, by monitor. */
  networks?: Record<string, number>;
  windows?: [string, Window][];
  warnings?: Record<string, RaisedWarnings>;
  /** Of the views, as base64; absent where no view has any. */
  extras?: string;
  /** What makes a view's ok look a warning, by `monitor.location`. */
  degraded?: Record<string, EncodedDegraded>;
  /** What failed or was missed, by `monitor.location`: figures and sentences that fit no byte. */
  observation: Record<string, EncodedObservation>;
  missed: Record<string, EncodedObservation>;
  words: string[];
}

const VERDICTS: readonly Verdict[] = ['up', 'partial', 'down', 'no_data'];
const VOTES = ['none', 'passing', 'failing'] as const;
const STREAKS = ['none', 'ok', 'failed'] as const;
const NO_RESPONSE = 16;
const NEVER_MEASURED = 32;
const CHECKED_LATER = 64;

/** `<json>\n<base64 of the views>`. */
export function encodeSnapshot(state: State): string {
  const head: Required<Omit<Header, 'extras'>> & Pick<Header, 'extras'> = {
    version: VERSION,
    seq: state.seq,
    at: state.at,
    resumedAt: state.resumedAt,
    nextMonitor: state.nextMonitor,
    locations: [...state.locations.values()],
    policies: [],
    rounds: {},
    incidents: {},
    blinds: {},
    told: {},
    turns: {},
    flapping: {},
    networks: {},
    windows: [...state.windows],
    warnings: {},
    degraded: {},
    observation: {},
    missed: {},
    words: [],
  };
  const words = new StringTable(head.words);
  const policies = new Map<string, number>();
  const to = new VarintWriter();
  const extras = new VarintWriter();
  let hasExtras = false;
  for (const monitor of state.monitors.values()) {
    const key = JSON.stringify(monitor.policy);
    const position = policies.get(key) ?? head.policies.push(monitor.policy) - 1;
    policies.set(key, position);
    if (monitor.round) {
      const results = monitor.round.results.map((answer): [number, ...EncodedObservation] => [
        answer.location,
        ...encodeObservation(words, state.at, answer),
      ]);
      head.rounds[monitor.number] = { ...monitor.round, results };
    }
    if (monitor.incident) head.incidents[monitor.number] = monitor.incident;
    if (monitor.noDataId !== null) head.blinds[monitor.number] = monitor.noDataId;
    if (monitor.notified) head.told[monitor.number] = monitor.notified;
    if (monitor.transitions.length > 0) head.turns[monitor.number] = monitor.transitions;
    if (monitor.flapping) head.flapping[monitor.number] = monitor.flapping;
    if (monitor.warnings) head.warnings[monitor.number] = monitor.warnings;
    if (monitor.network !== null) head.networks[monitor.number] = words.add(monitor.network);
    to.unsigned(monitor.number);
    to.unsigned(position);
    to.byte(VERDICTS.indexOf(monitor.verdict));
    to.signed(state.at - monitor.verdictSince);
    to.signed(state.at - orZero(monitor.lastFullCheckAt));
    to.unsigned(monitor.byLocation.size);
    for (const [location, status] of monitor.byLocation) {
      to.unsigned(location);
      encodeLocationStatus(to, status, state.at);
      hasExtras = writeExtras(extras, status, words) || hasExtras;
      const key = `${monitor.number}.${location}`;
      if (status.lastResult && status.lastResult.outcome !== 'ok')
        head.observation[key] = encodeObservation(words, state.at, status.lastResult);
      else if (status.lastResult?.degraded)
        head.degraded[key] = encodeDegraded(words, status.lastResult.degraded);
      if (status.lastUnmeasured) head.missed[key] = encodeObservation(words, state.at, status.lastUnmeasured);
    }
  }
  if (hasExtras) head.extras = base64(extras);
  return `${JSON.stringify(head)}\n${base64(to)}`;
}

const base64 = (bytes: VarintWriter): string => Buffer.from(bytes.finish()).toString('base64');

/** A time that is null is written as 0. */
const orZero = (time: number | null): number => time ?? 0;
const orNull = (time: number): number | null => (time === 0 ? null : time);

function encodeLocationStatus(to: VarintWriter, status: LocationStatus, at: number): void {
  const { lastMeasuredAt } = status;
  const measured = lastMeasuredAt !== null;
  const later = status.lastCheckedAt !== status.lastMeasuredAt;
  to.byte(
    VOTES.indexOf(status.vote) |
      (STREAKS.indexOf(status.streakOf) << 2) |
      (status.noResponse ? NO_RESPONSE : 0) |
      (measured ? 0 : NEVER_MEASURED) |
      (later ? CHECKED_LATER : 0),
  );
  if (later) to.signed(at - orZero(status.lastCheckedAt));
  if (!measured) {
    to.signed(at - orZero(status.assignedAt));
    return;
  }
  to.signed(at - lastMeasuredAt);
  to.byte(status.streak);
  to.unsigned(lastMeasuredAt - (status.streakSince ?? lastMeasuredAt));
  const timings = status.lastResult?.timings ?? {};
  to.byte(toLogByte(timings.connectMs));
  to.byte(toLogByte(timings.dnsMs));
  to.byte(toLogByte(timings.totalMs));
}

/** Throws when the text is damaged or written by a newer version. */
export function decodeSnapshot(snapshot: string): State {
  const split = snapshot.indexOf('\n');
  const head = JSON.parse(snapshot.slice(0, split)) as Header;
  if (head.version > VERSION) {
    throw new Error(
      `the packed state is of version ${head.version}, this Worker reads ${VERSION}: deploy the newer Worker`,
    );
  }
  const from = new VarintReader(Buffer.from(snapshot.slice(split + 1), 'base64'));
  const extras = head.extras === undefined ? null : new VarintReader(Buffer.from(head.extras, 'base64'));
  const policies = head.policies.map((policy) => ({ ...policy, dependsOn: policy.dependsOn ?? [] }));
  const monitors = new Map<number, MonitorState>();
  while (!from.done) {
    const number = from.unsigned();
    const policy = policies[from.unsigned()]!;
    const verdict = VERDICTS[from.byte()]!;
    const verdictSince = head.at - from.signed();
    const lastFullCheckAt = orNull(head.at - from.signed());
    const byLocation = new Map<number, LocationStatus>();
    for (let left = from.unsigned(); left > 0; left -= 1) {
      const location = from.unsigned();
      const key = `${number}.${location}`;
      const observation = head.observation[key];
      const missed = head.missed[key];
      const degraded = head.degraded?.[key];
      const about: Details = {
        failed: observation && decodeObservation(head.words, head.at, observation),
        lastUnmeasured: missed ? decodeObservation(head.words, head.at, missed) : null,
        degraded: degraded && decodeDegraded(head.words, degraded),
        extras: extras ? readExtras(extras, head.words) : NO_EXTRAS,
      };
      byLocation.set(location, decodeLocationStatus(from, head.at, about));
    }
    const round = head.rounds[number];
    monitors.set(number, {
      number,
      policy,
      network: head.words[head.networks?.[number] ?? -1] ?? null,
      byLocation,
      round: round
        ? {
            ...round,
            results: round.results.map(([location, ...observation]) => ({
              location,
              ...decodeObservation(head.words, head.at, observation),
            })),
          }
        : null,
      verdict,
      verdictSince,
      lastFullCheckAt,
      incident: head.incidents[number] ?? null,
      notified: toldOf(head, number),
      transitions: head.turns?.[number] ?? [],
      flapping: head.flapping?.[number] ?? null,
      noDataId: head.blinds[number] ?? null,
      warnings: head.warnings?.[number] ?? null,
    });
  }
  const { seq, at, resumedAt, nextMonitor } = head;
  const locations = new Map(head.locations.map((location) => [location.number, location]));
  return { seq, at, resumedAt, nextMonitor, locations, monitors, windows: new Map(head.windows ?? []) };
}

/** Before this was kept, every incident had been told. */
function toldOf({ told, incidents }: Header, number: number): NotifiedIncident | null {
  if (told) return told[number] ?? null;
  const incident = incidents[number];
  return incident ? { incident, ended: null } : null;
}

/** What is known of a view beside its bytes. */
interface Details {
  readonly failed: StoredObservation | undefined;
  readonly lastUnmeasured: StoredObservation | null;
  readonly degraded: StoredObservation['degraded'] | undefined;
  readonly extras: Extras;
}

function decodeLocationStatus(
  from: VarintReader,
  at: number,
  { failed, lastUnmeasured, degraded, extras }: Details,
): LocationStatus {
  const { warnings, samples } = extras;
  const flags = from.byte();
  const vote = VOTES[flags & 3]!;
  const streakOf = STREAKS[(flags >> 2) & 3]!;
  const noResponse = (flags & NO_RESPONSE) !== 0;
  const lastCheckedAt = flags & CHECKED_LATER ? at - from.signed() : null;
  if (flags & NEVER_MEASURED) {
    const assignedAt = orNull(at - from.signed());
    const never = { streak: 0, streakSince: null, lastMeasuredAt: null, lastResult: null, warnings };
    return {
      vote,
      streakOf,
      ...never,
      lastCheckedAt,
      noResponse,
      assignedAt,
      lastUnmeasured,
    };
  }
  const lastMeasuredAt = at - from.signed();
  const streak = from.byte();
  const streakSince = lastMeasuredAt - from.unsigned();
  const timings: Timings = { ...extras.timings };
  for (const phase of ['connectMs', 'dnsMs', 'totalMs'] as const) {
    const value = fromLogByte(from.byte());
    if (value !== undefined) timings[phase] = value;
  }
  const more = { ...(samples ? { samples } : {}), ...(degraded ? { degraded } : {}) };
  const lastResult: StoredObservation = failed ?? {
    startedAt: lastMeasuredAt,
    outcome: 'ok',
    timings,
    ...more,
  };
  return {
    vote,
    streakOf,
    streak,
    streakSince,
    lastMeasuredAt,
    lastCheckedAt: lastCheckedAt ?? lastMeasuredAt,
    noResponse,
    assignedAt: null,
    lastResult,
    lastUnmeasured,
    warnings,
  };
}

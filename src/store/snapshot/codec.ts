// A cohort's state as one text, and back: the small parts as JSON, the views (monitors × locations) as bytes.
// A later version must go on reading what an earlier one wrote.
import { Buffer } from 'node:buffer';
import type { Timings } from '../../../probes/contract/index.ts';
import type {
  LocationState,
  MonitorState,
  OpenIncident,
  Policy,
  Round,
  Seen,
  State,
  Told,
  Turn,
  Verdict,
  View,
  Window,
} from '../../engine/model/state.ts';
import type { RaisedWarnings } from '../../engine/notifications/warnings.ts';
import { ByteReader, ByteWriter, fromLogByte, toLogByte } from '../varint.ts';
import { type Extras, NO_EXTRAS, readExtras, writeExtras } from './extras.ts';
import {
  type PackedDegraded,
  type PackedSeen,
  packDegraded,
  packSeen,
  unpackDegraded,
  unpackSeen,
  Words,
} from './observation.ts';

const VERSION = 1;

interface Head {
  version: number;
  seq: number;
  at: number;
  awakeSince: number;
  nextMonitor: number;
  locations: LocationState[];
  /** Monitors share few policies: each one names its own by position. */
  policies: Policy[];
  rounds: Record<string, Omit<Round, 'answers'> & { answers: [location: number, ...PackedSeen][] }>;
  incidents: Record<string, OpenIncident>;
  blinds: Record<string, string>;
  /** Absent in states from before these were kept. */
  told?: Record<string, Told>;
  turns?: Record<string, readonly Turn[]>;
  flapping?: Record<string, NonNullable<MonitorState['flapping']>>;
  /** Positions in `words`, by monitor. */
  networks?: Record<string, number>;
  windows?: [string, Window][];
  warnings?: Record<string, RaisedWarnings>;
  /** Of the views, as base64; absent where no view has any. */
  extras?: string;
  /** What makes a view's ok look a warning, by `monitor.location`. */
  degraded?: Record<string, PackedDegraded>;
  /** What failed or was missed, by `monitor.location`: figures and sentences that fit no byte. */
  seen: Record<string, PackedSeen>;
  missed: Record<string, PackedSeen>;
  words: string[];
}

const VERDICTS: readonly Verdict[] = ['up', 'partial', 'down', 'undecided'];
const VOTES = ['none', 'passing', 'failing'] as const;
const STREAKS = ['none', 'ok', 'failed'] as const;
const UNANSWERED = 16;
const NEVER_MEASURED = 32;
const LOOKED_LATER = 64;

/** `<json>\n<base64 of the views>`. */
export function pack(state: State): string {
  const head: Required<Omit<Head, 'extras'>> & Pick<Head, 'extras'> = {
    version: VERSION,
    seq: state.seq,
    at: state.at,
    awakeSince: state.awakeSince,
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
    seen: {},
    missed: {},
    words: [],
  };
  const words = new Words(head.words);
  const policies = new Map<string, number>();
  const to = new ByteWriter();
  const extras = new ByteWriter();
  let hasExtras = false;
  for (const monitor of state.monitors.values()) {
    const key = JSON.stringify(monitor.policy);
    const position = policies.get(key) ?? head.policies.push(monitor.policy) - 1;
    policies.set(key, position);
    if (monitor.round) {
      const answers = monitor.round.answers.map((answer): [number, ...PackedSeen] => [
        answer.location,
        ...packSeen(words, state.at, answer),
      ]);
      head.rounds[monitor.number] = { ...monitor.round, answers };
    }
    if (monitor.incident) head.incidents[monitor.number] = monitor.incident;
    if (monitor.blind !== null) head.blinds[monitor.number] = monitor.blind;
    if (monitor.told) head.told[monitor.number] = monitor.told;
    if (monitor.turns.length > 0) head.turns[monitor.number] = monitor.turns;
    if (monitor.flapping) head.flapping[monitor.number] = monitor.flapping;
    if (monitor.warnings) head.warnings[monitor.number] = monitor.warnings;
    if (monitor.network !== null) head.networks[monitor.number] = words.add(monitor.network);
    to.unsigned(monitor.number);
    to.unsigned(position);
    to.byte(VERDICTS.indexOf(monitor.verdict));
    to.signed(state.at - monitor.verdictSince);
    to.signed(state.at - monitor.askedAllAt);
    to.unsigned(monitor.views.size);
    for (const [location, view] of monitor.views) {
      to.unsigned(location);
      packView(to, view, state.at);
      hasExtras = writeExtras(extras, view, words) || hasExtras;
      const key = `${monitor.number}.${location}`;
      if (view.seen && view.seen.outcome !== 'ok') head.seen[key] = packSeen(words, state.at, view.seen);
      else if (view.seen?.degraded) head.degraded[key] = packDegraded(words, view.seen.degraded);
      if (view.missed) head.missed[key] = packSeen(words, state.at, view.missed);
    }
  }
  if (hasExtras) head.extras = base64(extras);
  return `${JSON.stringify(head)}\n${base64(to)}`;
}

const base64 = (bytes: ByteWriter): string => Buffer.from(bytes.finish()).toString('base64');

function packView(to: ByteWriter, view: View, at: number): void {
  const measured = view.measuredAt > 0;
  const later = view.lookedAt !== view.measuredAt;
  to.byte(
    VOTES.indexOf(view.vote) |
      (STREAKS.indexOf(view.streakOf) << 2) |
      (view.unanswered ? UNANSWERED : 0) |
      (measured ? 0 : NEVER_MEASURED) |
      (later ? LOOKED_LATER : 0),
  );
  if (later) to.signed(at - view.lookedAt);
  if (!measured) {
    to.signed(at - view.addedAt);
    return;
  }
  to.signed(at - view.measuredAt);
  to.byte(view.streak);
  to.unsigned(view.measuredAt - view.streakSince);
  const timings = view.seen?.timings ?? {};
  to.byte(toLogByte(timings.connectMs));
  to.byte(toLogByte(timings.dnsMs));
  to.byte(toLogByte(timings.totalMs));
}

/** Throws when the text is damaged or written by a newer version. */
export function unpack(packed: string): State {
  const split = packed.indexOf('\n');
  const head = JSON.parse(packed.slice(0, split)) as Head;
  if (head.version > VERSION) {
    throw new Error(
      `the packed state is of version ${head.version}, this Worker reads ${VERSION}: deploy the newer Worker`,
    );
  }
  const from = new ByteReader(Buffer.from(packed.slice(split + 1), 'base64'));
  const extras = head.extras === undefined ? null : new ByteReader(Buffer.from(head.extras, 'base64'));
  const policies = head.policies.map((policy) => ({ ...policy, dependsOn: policy.dependsOn ?? [] }));
  const monitors = new Map<number, MonitorState>();
  while (!from.done) {
    const number = from.unsigned();
    const policy = policies[from.unsigned()]!;
    const verdict = VERDICTS[from.byte()]!;
    const verdictSince = head.at - from.signed();
    const askedAllAt = head.at - from.signed();
    const views = new Map<number, View>();
    for (let left = from.unsigned(); left > 0; left -= 1) {
      const location = from.unsigned();
      const key = `${number}.${location}`;
      const seen = head.seen[key];
      const missed = head.missed[key];
      const degraded = head.degraded?.[key];
      const about: About = {
        failed: seen && unpackSeen(head.words, head.at, seen),
        missed: missed ? unpackSeen(head.words, head.at, missed) : null,
        degraded: degraded && unpackDegraded(head.words, degraded),
        extras: extras ? readExtras(extras, head.words) : NO_EXTRAS,
      };
      views.set(location, unpackView(from, head.at, about));
    }
    const round = head.rounds[number];
    monitors.set(number, {
      number,
      policy,
      network: head.words[head.networks?.[number] ?? -1] ?? null,
      views,
      round: round
        ? {
            ...round,
            answers: round.answers.map(([location, ...seen]) => ({
              location,
              ...unpackSeen(head.words, head.at, seen),
            })),
          }
        : null,
      verdict,
      verdictSince,
      askedAllAt,
      incident: head.incidents[number] ?? null,
      told: toldOf(head, number),
      turns: head.turns?.[number] ?? [],
      flapping: head.flapping?.[number] ?? null,
      blind: head.blinds[number] ?? null,
      warnings: head.warnings?.[number] ?? null,
    });
  }
  const { seq, at, awakeSince, nextMonitor } = head;
  const locations = new Map(head.locations.map((location) => [location.number, completed(location)]));
  return { seq, at, awakeSince, nextMonitor, locations, monitors, windows: new Map(head.windows ?? []) };
}

/** Before this was kept, every incident had been told. */
function toldOf({ told, incidents }: Head, number: number): Told | null {
  if (told) return told[number] ?? null;
  const incident = incidents[number];
  return incident ? { incident, ended: null } : null;
}

const completed = (location: LocationState): LocationState => ({
  ...location,
  measuredAt: location.measuredAt ?? location.reportedAt,
  silentSince: location.silentSince ?? 0,
  incident: location.incident ?? null,
});

/** What is known of a view beside its bytes. */
interface About {
  readonly failed: Seen | undefined;
  readonly missed: Seen | null;
  readonly degraded: Seen['degraded'] | undefined;
  readonly extras: Extras;
}

function unpackView(from: ByteReader, at: number, { failed, missed, degraded, extras }: About): View {
  const { warnings, samples } = extras;
  const flags = from.byte();
  const vote = VOTES[flags & 3]!;
  const streakOf = STREAKS[(flags >> 2) & 3]!;
  const unanswered = (flags & UNANSWERED) !== 0;
  const lookedAt = flags & LOOKED_LATER ? at - from.signed() : null;
  if (flags & NEVER_MEASURED) {
    const addedAt = at - from.signed();
    const never = { streak: 0, streakSince: 0, measuredAt: 0, seen: null, warnings };
    return { vote, streakOf, ...never, lookedAt: lookedAt ?? 0, unanswered, addedAt, missed };
  }
  const measuredAt = at - from.signed();
  const streak = from.byte();
  const streakSince = measuredAt - from.unsigned();
  const timings: Timings = { ...extras.timings };
  for (const phase of ['connectMs', 'dnsMs', 'totalMs'] as const) {
    const value = fromLogByte(from.byte());
    if (value !== undefined) timings[phase] = value;
  }
  const more = { ...(samples ? { samples } : {}), ...(degraded ? { degraded } : {}) };
  const seen: Seen = failed ?? { startedAt: measuredAt, outcome: 'ok', timings, ...more };
  return {
    vote,
    streakOf,
    streak,
    streakSince,
    measuredAt,
    lookedAt: lookedAt ?? measuredAt,
    unanswered,
    addedAt: 0,
    seen,
    missed,
    warnings,
  };
}

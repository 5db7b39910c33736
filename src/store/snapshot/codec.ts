// Owns the snapshot: a shard's state as one text, and back. Small parts are JSON, location statuses are bytes.
// Does not know where a snapshot is stored.
// More than 300 lines: one format, written and read.
import { Buffer } from 'node:buffer';
import type {
  Detachment,
  Gap,
  LocationState,
  LocationStatus,
  MonitorState,
  NotifiedIncident,
  OpenIncident,
  Policy,
  Round,
  State,
  Transition,
  Verdict,
  Window,
} from '../../engine/model/state.ts';
import type { RaisedWarnings } from '../../engine/model/warning.ts';
import { NewerFormat } from '../damage.ts';
import { check } from '../stored-schemas.ts';
import { VarintReader, VarintWriter } from '../varint.ts';
import { NO_EXTRAS, readExtras, writeExtras } from './extras.ts';
import { headerSchema, versionSchema } from './header-schema.ts';
import { decodeLocationStatus, encodeLocationStatus } from './location-status.ts';
import {
  decodeDegraded,
  decodeObservation,
  type EncodedDegraded,
  type EncodedObservation,
  encodeDegraded,
  encodeObservation,
  StringTable,
  stringAt,
} from './observation.ts';
import { readTime, writeTime } from './time.ts';

export const VERSION = 1;

/** Records are keyed by monitor number, or by `monitor.location`. Strings are positions in `strings`. */
export interface Header {
  readonly version: number;
  readonly seq: number;
  readonly at: number;
  readonly resumedAt: number;
  readonly nextMonitor: number;
  readonly locations: readonly LocationState[];
  readonly windows: readonly (readonly [string, Window])[];
  /** Monitors share few policies: each one refers to its own by position. */
  readonly policies: Policy[];
  readonly rounds: Record<string, EncodedRound>;
  readonly incidents: Record<string, OpenIncident>;
  readonly notified: Record<string, NotifiedIncident>;
  readonly upSince: Record<string, number>;
  readonly gaps: Record<string, Gap>;
  readonly transitions: Record<string, readonly Transition[]>;
  readonly flapping: Record<string, NonNullable<MonitorState['flapping']>>;
  readonly noData: Record<string, string>;
  readonly warnings: Record<string, RaisedWarnings>;
  /** Absent in older snapshots. */
  readonly detached?: Record<string, Detachment>;
  /** What most locations of a monitor report. */
  readonly networks: Record<string, number>;
  /** What the others report; -1 = nothing. */
  readonly otherNetworks: Record<string, number>;
  /** Last results that are not ok. */
  readonly failed: Record<string, EncodedObservation>;
  /** Warnings of last results that are ok. */
  readonly degraded: Record<string, EncodedDegraded>;
  readonly unmeasured: Record<string, EncodedObservation>;
  readonly strings: string[];
  /** Bytes as base64. Empty if no location status has extras. */
  extras: string;
}

type EncodedRound = Omit<Round, 'results'> & {
  readonly results: readonly [location: number, ...EncodedObservation][];
};

const VERDICTS: readonly Verdict[] = ['up', 'partial', 'down', 'no_data'];

/** `<header as JSON>\n<location statuses as base64>`. */
export function encodeSnapshot(state: State): string {
  const { seq, at, resumedAt, nextMonitor } = state;
  const header: Header = {
    ...{ version: VERSION, seq, at, resumedAt, nextMonitor },
    ...{ locations: [...state.locations.values()], windows: [...state.windows] },
    ...{ policies: [], rounds: {}, incidents: {}, notified: {}, transitions: {}, flapping: {}, noData: {} },
    ...{
      upSince: {},
      gaps: {},
      warnings: {},
      detached: {},
      networks: {},
      otherNetworks: {},
      failed: {},
      degraded: {},
      unmeasured: {},
      strings: [],
      extras: '',
    },
  };
  const strings = new StringTable(header.strings);
  const policies = new Map<string, number>();
  const to = new VarintWriter();
  const extras = new VarintWriter();
  let hasExtras = false;
  for (const monitor of state.monitors.values()) {
    const policy = JSON.stringify(monitor.policy);
    const position = policies.get(policy) ?? header.policies.push(monitor.policy) - 1;
    policies.set(policy, position);
    addToHeader(header, monitor, strings, at);
    to.unsigned(monitor.number);
    to.unsigned(position);
    to.byte(VERDICTS.indexOf(monitor.verdict));
    to.signed(at - monitor.verdictSince);
    writeTime(to, at, monitor.lastFullCheckAt);
    to.unsigned(monitor.hostHash === null ? 0 : monitor.hostHash + 1);
    to.unsigned(monitor.byLocation.size);
    for (const [location, status] of monitor.byLocation) {
      to.unsigned(location);
      encodeLocationStatus(to, status, at);
      hasExtras = writeExtras(extras, status, strings) || hasExtras;
      const key = `${monitor.number}.${location}`;
      addDetails(header, key, status, strings, at);
      if (status.network !== monitor.network)
        header.otherNetworks[key] = strings.add(status.network ?? undefined);
    }
  }
  if (hasExtras) header.extras = base64(extras);
  return `${JSON.stringify(header)}\n${base64(to)}`;
}

const base64 = (bytes: VarintWriter): string => Buffer.from(bytes.finish()).toString('base64');

/** Written only if it differs: most monitors are up since their verdict began. */
const impliedUpSince = ({ verdict, verdictSince }: Pick<MonitorState, 'verdict' | 'verdictSince'>) =>
  verdict === 'up' ? verdictSince : null;
const NEVER = -1;

function decodeUpSince(header: Header, monitor: Pick<MonitorState, 'number' | 'verdict' | 'verdictSince'>) {
  const written = header.upSince[monitor.number];
  if (written === undefined) return impliedUpSince(monitor);
  return written === NEVER ? null : written;
}

/** What few monitors have. */
function addToHeader(header: Header, monitor: MonitorState, strings: StringTable, at: number): void {
  const { number, round, incident, notified, transitions, flapping, noDataId, warnings, detached, network } =
    monitor;
  const { upSince, lastGap } = monitor;
  if (round) {
    const results = round.results.map((result): [number, ...EncodedObservation] => [
      result.location,
      ...encodeObservation(strings, at, result),
    ]);
    header.rounds[number] = { ...round, results };
  }
  if (incident) header.incidents[number] = incident;
  if (upSince !== impliedUpSince(monitor)) header.upSince[number] = upSince ?? NEVER;
  if (lastGap) header.gaps[number] = lastGap;
  if (notified) header.notified[number] = notified;
  if (transitions.length > 0) header.transitions[number] = transitions;
  if (flapping) header.flapping[number] = flapping;
  if (noDataId !== null) header.noData[number] = noDataId;
  if (warnings) header.warnings[number] = warnings;
  if (detached && header.detached) header.detached[number] = detached;
  if (network !== null) header.networks[number] = strings.add(network);
}

function addDetails(
  header: Header,
  key: string,
  { lastResult, lastUnmeasured }: LocationStatus,
  strings: StringTable,
  at: number,
): void {
  if (lastResult && lastResult.outcome !== 'ok')
    header.failed[key] = encodeObservation(strings, at, lastResult);
  else if (lastResult?.degraded) header.degraded[key] = encodeDegraded(strings, lastResult.degraded);
  if (lastUnmeasured) header.unmeasured[key] = encodeObservation(strings, at, lastUnmeasured);
}

/** Throws if the text is damaged. Throws a {@link NewerFormat} if it has another version. */
export function decodeSnapshot(snapshot: string): State {
  const split = snapshot.indexOf('\n');
  const json: unknown = JSON.parse(snapshot.slice(0, split));
  const { version } = check(versionSchema, json, 'snapshot');
  if (version !== VERSION) {
    throw new NewerFormat(
      `the snapshot has version ${version}, this Worker reads ${VERSION}: deploy the newer Worker`,
    );
  }
  const header = check(headerSchema, json, 'snapshot') as unknown as Header;
  const from = new VarintReader(Buffer.from(snapshot.slice(split + 1), 'base64'));
  const extras = header.extras === '' ? null : new VarintReader(Buffer.from(header.extras, 'base64'));
  const monitors = new Map<number, MonitorState>();
  while (!from.done) {
    const monitor = decodeMonitor(header, from, extras);
    monitors.set(monitor.number, monitor);
  }
  if (extras && !extras.done) throw new Error('the extras do not end after the last location status');
  const { seq, at, resumedAt, nextMonitor } = header;
  const locations = new Map(header.locations.map((location) => [location.number, location]));
  return { seq, at, resumedAt, nextMonitor, locations, monitors, windows: new Map(header.windows) };
}

export function decodeMonitor(header: Header, from: VarintReader, extras: VarintReader | null): MonitorState {
  const { at, strings } = header;
  const number = from.unsigned();
  const policy = header.policies[from.unsigned()];
  const verdict = VERDICTS[from.byte()];
  if (!policy || !verdict) throw new Error(`monitor ${number} has a policy or a verdict that does not exist`);
  const verdictSince = at - from.signed();
  const lastFullCheckAt = readTime(from, at);
  const hostHash = from.unsigned() - 1;
  const network = number in header.networks ? stringAt(strings, header.networks[number]) : null;
  const byLocation = new Map<number, LocationStatus>();
  for (let left = from.unsigned(); left > 0; left -= 1) {
    const location = from.unsigned();
    const key = `${number}.${location}`;
    const failed = header.failed[key];
    const unmeasured = header.unmeasured[key];
    const degraded = header.degraded[key];
    const details = {
      failed: failed && decodeObservation(strings, at, failed),
      lastUnmeasured: unmeasured ? decodeObservation(strings, at, unmeasured) : null,
      degraded: degraded && decodeDegraded(strings, degraded),
      extras: extras ? readExtras(extras, strings) : NO_EXTRAS,
    };
    const other = header.otherNetworks[key];
    const reported = other === undefined ? network : other < 0 ? null : stringAt(strings, other);
    byLocation.set(location, { ...decodeLocationStatus(from, at, details), network: reported });
  }
  return {
    ...{ number, policy, byLocation, verdict, verdictSince, lastFullCheckAt },
    ...{ network, hostHash: hostHash < 0 ? null : hostHash },
    round: decodeRound(header, header.rounds[number]),
    upSince: decodeUpSince(header, { number, verdict, verdictSince }),
    lastGap: header.gaps[number] ?? null,
    incident: header.incidents[number] ?? null,
    notified: header.notified[number] ?? null,
    transitions: header.transitions[number] ?? [],
    flapping: header.flapping[number] ?? null,
    noDataId: header.noData[number] ?? null,
    warnings: header.warnings[number] ?? null,
    detached: header.detached?.[number] ?? null,
  };
}

const decodeRound = ({ strings, at }: Header, round: EncodedRound | undefined): Round | null =>
  round
    ? {
        ...round,
        results: round.results.map(([location, ...observation]) => ({
          location,
          ...decodeObservation(strings, at, observation),
        })),
      }
    : null;

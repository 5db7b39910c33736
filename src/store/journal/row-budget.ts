// Owns the bytes of a journal row: what is cut from a report, and where a change is split, so that D1 takes every row.
// D1 takes 2,000,000 bytes a row: developers.cloudflare.com/d1/platform/limits
import { Buffer } from 'node:buffer';
import type { Change, ChangeEntry, ReportEntry, ReportedObservation } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import { encodeChanges } from './changes.ts';
import { exactFigures } from './codec.ts';

/** Of one row, all columns together. */
export const MAX_ROW_BYTES = 1_500_000;
/** The figures and words of all runs of a report. The other columns of 10,000 runs take less than 250,000 bytes. */
const REPORT_BYTES = 1_000_000;
/** The changes of one row. More changes are several rows of one commit. */
const CHANGE_BYTES = 500_000;
/** Sentences of all runs in the state: each location of each monitor has its share. */
const STATE_SENTENCE_BYTES = 4_000_000;
/** A sentence as long as the contract allows, in characters that JSON escapes. */
const LONGEST_SENTENCE_BYTES = 1_800;
/** Long enough for what went wrong, such as `192.0.2.7:443 refused the connection`. */
const SHORT_SENTENCE_BYTES = 80;
const ERROR_BYTES = 2_000;

const jsonBytes = (value: unknown): number =>
  value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));

/** What is given up next, until the report fits: responses, long sentences, samples, timings, sentences, the rest. */
const CUTS: readonly ((run: ReportedObservation) => ReportedObservation)[] = [
  ({ response: _, ...run }) => run,
  (run) => shortenSentences(run, SHORT_SENTENCE_BYTES),
  (run) => (run.outcome === 'ok' ? run : without(run, 'samples')),
  (run) => (run.outcome === 'ok' ? run : { ...without(run, 'phase'), timings: {} }),
  (run) => without(shortenSentences(run, 0), 'detail'),
  (run) => without(without(run, 'degraded'), 'network'),
];

function without<K extends 'samples' | 'phase' | 'detail' | 'degraded' | 'network'>(
  run: ReportedObservation,
  key: K,
): ReportedObservation {
  const { [key]: _, ...rest } = run;
  return rest as ReportedObservation;
}

/** The report as its row can hold it. Applied once, before the entry is encoded, so that a replay agrees. */
export function fitReport(state: State, entry: ReportEntry): ReportEntry {
  const limit = sentenceBytes(state);
  let observations = entry.observations.map((run) => shortenSentences(run, limit));
  for (const cut of CUTS) {
    if (figureBytes(observations) <= REPORT_BYTES) break;
    observations = observations.map(cut);
  }
  return { ...entry, observations, error: entry.error && shorten(entry.error, ERROR_BYTES) };
}

/** A large mesh keeps shorter sentences, so that its snapshot stays small. */
function sentenceBytes({ monitors, locations }: State): number {
  const share = Math.floor(STATE_SENTENCE_BYTES / Math.max(1, monitors.size * locations.size));
  return Math.min(LONGEST_SENTENCE_BYTES, Math.max(SHORT_SENTENCE_BYTES, share));
}

/** Twelve bytes a run: its key and its commas. */
const figureBytes = (runs: readonly ReportedObservation[]): number =>
  runs.reduce((sum, run) => {
    const figures = exactFigures(run);
    return figures === null ? sum : sum + jsonBytes(figures) + 12;
  }, 0);

/** All sentences of a run together take this many bytes of JSON. */
function shortenSentences(run: ReportedObservation, bytes: number): ReportedObservation {
  const { detail, degraded } = run;
  const shorter = detail === undefined ? undefined : shorten(detail, bytes);
  const each = Math.floor(bytes / Math.max(1, degraded?.length ?? 0));
  const warnings = degraded?.map((one) => ({ ...one, detail: shorten(one.detail, each) }));
  const isSame =
    shorter === detail && (degraded?.every((one, index) => one.detail === warnings?.[index]?.detail) ?? true);
  if (isSame) return run;
  return {
    ...run,
    ...(shorter === undefined ? {} : { detail: shorter }),
    ...(warnings === undefined ? {} : { degraded: warnings }),
  };
}

/** Cuts a text to this many bytes of JSON, between characters. */
export function shorten(text: string, bytes: number): string {
  // A UTF-16 unit takes six bytes at most, as \u001f.
  if (text.length * 6 <= bytes || jsonBytes(text) - 2 <= bytes) return text;
  let length = 0;
  let left = bytes - Buffer.byteLength('…');
  for (const character of text) {
    left -= jsonBytes(character) - 2;
    if (left < 0) break;
    length += character.length;
  }
  return bytes === 0 ? '' : `${text.slice(0, length)}…`;
}

/** The entry, or entries that follow each other in one commit, if one row cannot hold all its changes. */
export function splitChanges<T extends Omit<ChangeEntry, 'at'>>(entry: T): T[] {
  const { changes } = entry;
  if (changes.length < 2 || jsonBytes(encodeChanges(changes)) <= CHANGE_BYTES) return [entry];
  const middle = Math.ceil(changes.length / 2);
  const half = (part: readonly Change[]): T[] => splitChanges({ ...entry, changes: part });
  return [...half(changes.slice(0, middle)), ...half(changes.slice(middle))];
}

interface Sized {
  readonly monitors: Uint8Array | null;
  readonly starts: Uint8Array | null;
  readonly outcomes: Uint8Array | null;
  readonly phases: Uint8Array | null;
  readonly detail: string | null;
}

/** Throws if D1 would not take the row: a bug, because every entry is cut or split before. */
export function assertRowSize({ monitors, starts, outcomes, phases, detail }: Sized): void {
  const blobs = [monitors, starts, outcomes, phases].reduce((sum, blob) => sum + (blob?.length ?? 0), 0);
  const bytes = blobs + (detail === null ? 0 : Buffer.byteLength(detail));
  if (bytes > MAX_ROW_BYTES)
    throw new Error(`a journal row has ${bytes} bytes, but at most ${MAX_ROW_BYTES} are allowed`);
}

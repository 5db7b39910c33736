// Owns one observation inside a snapshot, exactly: times relative to the state's own, texts by their position in a table.
import {
  DEGRADED_CODES,
  type Degraded,
  PHASES as FAILED_PHASES,
  type Timings,
} from '../../../probes/contract/index.ts';
import type { StoredObservation } from '../../engine/model/state.ts';
import { OUTCOME_CODES, OUTCOME_REASONS } from '../outcome-bytes.ts';
import { check, figuresSchema } from '../stored-schemas.ts';

/** What few observations have. */
type Optional = Pick<StoredObservation, 'samples' | 'response'> & { readonly degraded?: EncodedDegraded };

/** Positions of code, limit and detail, repeated for each warning. */
export type EncodedDegraded = readonly number[];

/**
 * Ms before the state's time; positions in the string table, -1 = absent; then timings in ms, the position of the phase
 * that failed, and the rest. Null = absent; absent fields at the end are left out.
 */
export type EncodedObservation = [
  ago: number,
  outcome: number,
  codeOrReason: number,
  detail: number,
  ...fields: (number | Optional | null)[],
];

const OUTCOMES = ['ok', 'failed', 'unmeasured'] as const;
const PHASES = ['dnsMs', 'connectMs', 'totalMs', 'tlsMs', 'firstByteMs'] as const;

/** Outcomes, codes, details and limits. Six locations report the same of one target, so each text is stored once. */
export class StringTable {
  readonly all: string[];
  readonly #positions = new Map<string, number>();

  constructor(all: string[]) {
    this.all = all;
  }

  add(text: string | undefined): number {
    if (text === undefined) return -1;
    const known = this.#positions.get(text) ?? this.all.push(text) - 1;
    this.#positions.set(text, known);
    return known;
  }
}

export function encodeObservation(
  strings: StringTable,
  at: number,
  observation: StoredObservation,
): EncodedObservation {
  const { startedAt, outcome, code, reason, detail, timings, phase } = observation;
  const rest = optionalOf(strings, observation);
  const fields: (number | Optional | null)[] = [
    ...PHASES.map((one) => timings[one] ?? null),
    phase === undefined ? null : strings.add(phase),
    Object.keys(rest).length === 0 ? null : rest,
  ];
  while (fields.at(-1) === null) fields.pop();
  return [at - startedAt, strings.add(outcome), strings.add(code ?? reason), strings.add(detail), ...fields];
}

/** In a fixed order, so that a decoded state is encoded to the same text. */
const optionalOf = (strings: StringTable, { samples, degraded, response }: StoredObservation): Optional => ({
  ...(samples === undefined ? {} : { samples }),
  ...(degraded === undefined ? {} : { degraded: encodeDegraded(strings, degraded) }),
  ...(response === undefined ? {} : { response }),
});

export const encodeDegraded = (strings: StringTable, degraded: readonly Degraded[]): EncodedDegraded =>
  degraded.flatMap(({ code, limit, detail }) => [
    strings.add(code),
    strings.add(`${limit}`),
    strings.add(detail),
  ]);

/** The text at a position. Throws if it does not exist. */
export function stringAt(strings: readonly string[], position: unknown): string {
  const text = typeof position === 'number' ? strings[position] : undefined;
  if (text === undefined) throw new Error(`the string ${position} does not exist`);
  return text;
}

/** The text at a position, if it is one of these words. */
function wordAt<T extends string>(words: readonly T[], strings: readonly string[], position: unknown): T {
  const word = stringAt(strings, position);
  if (!words.includes(word as T)) throw new Error(`the word "${word.slice(0, 40)}" does not exist`);
  return word as T;
}

export function limitAt(strings: readonly string[], position: unknown): number {
  const limit = Number(stringAt(strings, position));
  if (!(limit >= 0)) throw new Error('the limit of a warning is not a number');
  return limit;
}

export function decodeDegraded(strings: readonly string[], snapshot: EncodedDegraded): Degraded[] {
  if (!Array.isArray(snapshot) || snapshot.length % 3 !== 0)
    throw new Error('warnings of a run are not three numbers each');
  const degraded: Degraded[] = [];
  for (let at = 0; at < snapshot.length; at += 3) {
    const code = wordAt(DEGRADED_CODES, strings, snapshot[at]);
    const limit = limitAt(strings, snapshot[at + 1]);
    degraded.push({ code, limit, detail: stringAt(strings, snapshot[at + 2]) });
  }
  return degraded;
}

export function decodeObservation(
  strings: readonly string[],
  at: number,
  encoded: EncodedObservation,
): StoredObservation {
  if (!Array.isArray(encoded)) throw new Error('an observation is not a list');
  const [ago, outcome, codeOrReason, detail, ...fields] = encoded;
  if (!Number.isFinite(ago) || !Number.isInteger(detail)) throw new Error('an observation has no time');
  const timings: Timings = {};
  for (const [index, one] of PHASES.entries()) {
    const ms = fields[index];
    if (ms === null || ms === undefined) continue;
    if (typeof ms !== 'number' || ms < 0) throw new Error(`\`${one}\` of an observation is not a time`);
    timings[one] = ms;
  }
  const [phase, rest] = fields.slice(PHASES.length);
  const kind = wordAt(OUTCOMES, strings, outcome);
  return {
    startedAt: at - ago,
    outcome: kind,
    ...decodeCause(kind, strings, codeOrReason),
    ...(detail < 0 ? {} : { detail: stringAt(strings, detail) }),
    timings,
    ...(typeof phase === 'number' ? { phase: wordAt(FAILED_PHASES, strings, phase) } : {}),
    ...(rest && typeof rest === 'object' ? decodeOptional(strings, rest) : {}),
  };
}

const decodeCause = (
  outcome: StoredObservation['outcome'],
  strings: readonly string[],
  position: number,
): Pick<StoredObservation, 'code' | 'reason'> => {
  if (position < 0) return {};
  return outcome === 'failed'
    ? { code: wordAt(OUTCOME_CODES, strings, position) }
    : { reason: wordAt(OUTCOME_REASONS, strings, position) };
};

const decodeOptional = (
  strings: readonly string[],
  { degraded, ...rest }: Optional,
): Pick<StoredObservation, 'samples' | 'degraded' | 'response'> => {
  const figures = check(figuresSchema, rest, 'an observation') as Omit<Optional, 'degraded'>;
  return degraded === undefined ? figures : { ...figures, degraded: decodeDegraded(strings, degraded) };
};

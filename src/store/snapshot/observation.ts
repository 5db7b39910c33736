// Owns one observation inside a snapshot, exactly: times relative to the state's own, texts by their position in a table.
import type { Degraded, Phase, Timings } from '../../../probes/contract/index.ts';
import type { StoredObservation } from '../../engine/model/state.ts';

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

export function decodeDegraded(strings: readonly string[], snapshot: EncodedDegraded): Degraded[] {
  const degraded: Degraded[] = [];
  for (let at = 0; at < snapshot.length; at += 3) {
    const [code = '', limit, detail = ''] = snapshot.slice(at, at + 3).map((position) => strings[position]);
    degraded.push({ code: code as Degraded['code'], limit: Number(limit), detail });
  }
  return degraded;
}

export function decodeObservation(
  strings: readonly string[],
  at: number,
  [ago, outcome, codeOrReason, detail, ...fields]: EncodedObservation,
): StoredObservation {
  const timings: Timings = {};
  for (const [index, one] of PHASES.entries()) {
    const ms = fields[index];
    if (typeof ms === 'number') timings[one] = ms;
  }
  const [phase, rest] = fields.slice(PHASES.length);
  const kind = strings[outcome] as StoredObservation['outcome'];
  return {
    startedAt: at - ago,
    outcome: kind,
    ...decodeCause(kind, strings[codeOrReason]),
    ...(detail < 0 ? {} : { detail: strings[detail]! }),
    timings,
    ...(typeof phase === 'number' ? { phase: strings[phase] as Phase } : {}),
    ...(rest && typeof rest === 'object' ? decodeOptional(strings, rest) : {}),
  };
}

const decodeCause = (
  outcome: StoredObservation['outcome'],
  cause: string | undefined,
): Pick<StoredObservation, 'code' | 'reason'> => {
  if (cause === undefined) return {};
  return outcome === 'failed'
    ? { code: cause as NonNullable<StoredObservation['code']> }
    : { reason: cause as NonNullable<StoredObservation['reason']> };
};

const decodeOptional = (
  strings: readonly string[],
  { degraded, ...rest }: Optional,
): Pick<StoredObservation, 'samples' | 'degraded' | 'response'> =>
  degraded === undefined ? rest : { ...rest, degraded: decodeDegraded(strings, degraded) };

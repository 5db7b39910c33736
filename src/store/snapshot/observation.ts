// One observation inside the packed state, exactly: times before the state's own, texts by their position in `words`.
import type { CapturedResponse, Degraded, Phase, Samples, Timings } from '../../../probes/contract/index.ts';
import type { StoredObservation } from '../../engine/model/state.ts';

/** What few looks have. */
interface Optional {
  readonly samples?: Samples;
  readonly degraded?: EncodedDegraded;
  readonly response?: CapturedResponse;
}

/** Positions of code, limit and detail, and again. */
export type EncodedDegraded = readonly number[];

/**
 * Ms before the state's time; positions in `words`, -1 = absent; then phases in ms, the position of the phase in which
 * it failed, and the rest, null = absent. States from before there were more have the first three phases only.
 */
export type EncodedObservation = [
  ago: number,
  outcome: number,
  codeOrReason: number,
  detail: number,
  ...facts: (number | Optional | null)[],
];

const PHASES = ['dnsMs', 'connectMs', 'totalMs', 'tlsMs', 'firstByteMs'] as const;
const FIRST_PHASES = 3;

/** Outcomes, codes, sentences and limits: six locations say the same of one target, so each is kept once. */
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
  words: StringTable,
  at: number,
  observation: StoredObservation,
): EncodedObservation {
  const { startedAt, outcome, code, reason, detail, timings, phase } = observation;
  const rest = optionalOf(words, observation);
  const fields: (number | Optional | null)[] = [
    ...PHASES.map((one) => timings[one] ?? null),
    phase === undefined ? null : words.add(phase),
    Object.keys(rest).length === 0 ? null : rest,
  ];
  while (fields.length > FIRST_PHASES && fields.at(-1) === null) fields.pop();
  return [at - startedAt, words.add(outcome), words.add(code ?? reason), words.add(detail), ...fields];
}

/** In an order of its own, so that a state that was unpacked is packed to the same text. */
const optionalOf = (words: StringTable, { samples, degraded, response }: StoredObservation): Optional => ({
  ...(samples === undefined ? {} : { samples }),
  ...(degraded === undefined ? {} : { degraded: encodeDegraded(words, degraded) }),
  ...(response === undefined ? {} : { response }),
});

export const encodeDegraded = (words: StringTable, degraded: readonly Degraded[]): EncodedDegraded =>
  degraded.flatMap(({ code, limit, detail }) => [words.add(code), words.add(`${limit}`), words.add(detail)]);

export function decodeDegraded(words: readonly string[], snapshot: EncodedDegraded): Degraded[] {
  const degraded: Degraded[] = [];
  for (let at = 0; at < snapshot.length; at += 3) {
    const [code = '', limit, detail = ''] = snapshot.slice(at, at + 3).map((position) => words[position]);
    degraded.push({ code: code as Degraded['code'], limit: Number(limit), detail });
  }
  return degraded;
}

export function decodeObservation(
  words: readonly string[],
  at: number,
  [ago, outcome, word, text, ...facts]: EncodedObservation,
): StoredObservation {
  const timings: Timings = {};
  for (const [index, one] of PHASES.entries()) {
    const ms = facts[index];
    if (typeof ms === 'number') timings[one] = ms;
  }
  const [phase, rest] = facts.slice(PHASES.length);
  const detail = words[text];
  const codeOrReason = words[word];
  const kind = words[outcome] as StoredObservation['outcome'];
  return {
    startedAt: at - ago,
    outcome: kind,
    ...(codeOrReason === undefined
      ? {}
      : kind === 'failed'
        ? { code: codeOrReason as NonNullable<StoredObservation['code']> }
        : { reason: codeOrReason as NonNullable<StoredObservation['reason']> }),
    ...(detail === undefined ? {} : { detail }),
    timings,
    ...(typeof phase === 'number' ? { phase: words[phase] as Phase } : {}),
    ...(rest && typeof rest === 'object' ? decodeOptional(words, rest) : {}),
  };
}

const decodeOptional = (
  words: readonly string[],
  { degraded, ...rest }: Optional,
): Pick<StoredObservation, 'samples' | 'degraded' | 'response'> =>
  degraded === undefined ? rest : { ...rest, degraded: decodeDegraded(words, degraded) };

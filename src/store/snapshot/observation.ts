// One observation inside the packed state, exactly: times before the state's own, texts by their position in `words`.
import type { Degraded, Phase, Reply, Samples, Timings } from '../../../probes/contract/index.ts';
import type { Seen } from '../../engine/model/state.ts';

/** What few looks have. */
interface Rest {
  readonly samples?: Samples;
  readonly degraded?: PackedDegraded;
  readonly reply?: Reply;
}

/** Positions of code, limit and detail, and again. */
export type PackedDegraded = readonly number[];

/**
 * Ms before the state's time; positions in `words`, -1 = absent; then phases in ms, the position of the phase in which
 * it failed, and the rest, null = absent. States from before there were more have the first three phases only.
 */
export type PackedSeen = [
  ago: number,
  outcome: number,
  codeOrReason: number,
  detail: number,
  ...facts: (number | Rest | null)[],
];

const PHASES = ['dnsMs', 'connectMs', 'totalMs', 'tlsMs', 'firstByteMs'] as const;
const FIRST_PHASES = 3;

/** Outcomes, codes, sentences and limits: six locations say the same of one target, so each is kept once. */
export class Words {
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

export function packSeen(words: Words, at: number, seen: Seen): PackedSeen {
  const { startedAt, outcome, code, reason, detail, timings, phase } = seen;
  const rest = restOf(words, seen);
  const facts: (number | Rest | null)[] = [
    ...PHASES.map((one) => timings[one] ?? null),
    phase === undefined ? null : words.add(phase),
    Object.keys(rest).length === 0 ? null : rest,
  ];
  while (facts.length > FIRST_PHASES && facts.at(-1) === null) facts.pop();
  return [at - startedAt, words.add(outcome), words.add(code ?? reason), words.add(detail), ...facts];
}

/** In an order of its own, so that a state that was unpacked is packed to the same text. */
const restOf = (words: Words, { samples, degraded, reply }: Seen): Rest => ({
  ...(samples === undefined ? {} : { samples }),
  ...(degraded === undefined ? {} : { degraded: packDegraded(words, degraded) }),
  ...(reply === undefined ? {} : { reply }),
});

export const packDegraded = (words: Words, degraded: readonly Degraded[]): PackedDegraded =>
  degraded.flatMap(({ code, limit, detail }) => [words.add(code), words.add(`${limit}`), words.add(detail)]);

export function unpackDegraded(words: readonly string[], packed: PackedDegraded): Degraded[] {
  const degraded: Degraded[] = [];
  for (let at = 0; at < packed.length; at += 3) {
    const [code = '', limit, detail = ''] = packed.slice(at, at + 3).map((position) => words[position]);
    degraded.push({ code: code as Degraded['code'], limit: Number(limit), detail });
  }
  return degraded;
}

export function unpackSeen(
  words: readonly string[],
  at: number,
  [ago, outcome, word, text, ...facts]: PackedSeen,
): Seen {
  const timings: Timings = {};
  for (const [index, one] of PHASES.entries()) {
    const ms = facts[index];
    if (typeof ms === 'number') timings[one] = ms;
  }
  const [phase, rest] = facts.slice(PHASES.length);
  const detail = words[text];
  const codeOrReason = words[word];
  const kind = words[outcome] as Seen['outcome'];
  return {
    startedAt: at - ago,
    outcome: kind,
    ...(codeOrReason === undefined
      ? {}
      : kind === 'failed'
        ? { code: codeOrReason as NonNullable<Seen['code']> }
        : { reason: codeOrReason as NonNullable<Seen['reason']> }),
    ...(detail === undefined ? {} : { detail }),
    timings,
    ...(typeof phase === 'number' ? { phase: words[phase] as Phase } : {}),
    ...(rest && typeof rest === 'object' ? unpackRest(words, rest) : {}),
  };
}

const unpackRest = (
  words: readonly string[],
  { degraded, ...rest }: Rest,
): Pick<Seen, 'samples' | 'degraded' | 'reply'> =>
  degraded === undefined ? rest : { ...rest, degraded: unpackDegraded(words, degraded) };

// Owns how facts become moments, and how a condition is replaced among the facts of a day. Pure.
import type { MomentSpan } from '../../uptime/model.ts';
import type { Fact, Layer } from './history-state.ts';
import { DAY_MS, dayStart } from './ids.ts';

const MOMENT_OF = { p: 'paused', m: 'maintenance', n: 'no_data', d: 'down', a: 'partial' } as const;

/** Votes of locations are no moments of the monitor. */
export const momentsOf = (facts: readonly Fact[]): MomentSpan[] =>
  facts.flatMap(({ layer, from, to }): MomentSpan[] =>
    layer in MOMENT_OF && from < to ? [{ moment: MOMENT_OF[layer as keyof typeof MOMENT_OF], from, to }] : [],
  );

const isSame = (a: Fact, b: Fact): boolean => a.layer === b.layer && a.by === b.by;

/** The facts with these in the place of the same conditions: one that ended earlier than it seemed becomes shorter. */
export const replaceFacts = (facts: readonly Fact[], newer: readonly Fact[]): Fact[] => {
  if (newer.length === 0) return [...facts];
  return [...facts.filter((fact) => !newer.some((one) => isNewer(one, fact))), ...newer];
};

/** Without a row that began it, a condition has no name: it is only added. */
const isNewer = (one: Fact, fact: Fact): boolean => one.by !== 0 && isSame(one, fact);

/** The part of each fact in a UTC day. */
export const factsOfDay = (facts: readonly Fact[], day: number): Fact[] => {
  const start = dayStart(day);
  return facts.flatMap((fact) => {
    const from = Math.max(fact.from, start);
    const to = Math.min(fact.to, start + DAY_MS);
    return from < to ? [{ ...fact, from, to }] : [];
  });
};

/** As stored: times from the start of the day. */
export type FactRow = [layer: Layer, by: number, from: number, to: number];

export const factRows = (facts: readonly Fact[], day: number): FactRow[] =>
  facts.map(({ layer, by, from, to }) => [layer, by, from - dayStart(day), to - dayStart(day)]);

export const factsOfRows = (rows: readonly FactRow[], day: number): Fact[] =>
  rows.map(([layer, by, from, to]) => ({ layer, by, from: from + dayStart(day), to: to + dayStart(day) }));

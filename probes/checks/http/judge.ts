// Owns the question whether a response that has not ended already decides the check: a stream never ends. Pure.
import type { HttpRequest } from '../check.ts';
import { matchBeginning } from '../shared/pattern.ts';
import { type Expectations, matchesStatus } from './assertions.ts';

/** Characters times instructions that early judgements of one pattern may take together. */
const MAX_EARLY_STEPS = 5_000_000;
/** Beyond that, a pattern is tried again on a text that has grown so much: all tries together cost little more than one. */
const GROWTH = 4;

/** For one request: it remembers what it has tried. */
export function createJudge(expected: Expectations): NonNullable<HttpRequest['judge']> {
  const { contains, notContains, matches, jsonPath } = expected;
  const meetsPattern = matches === undefined ? () => true : createMatcher(matches);
  return ({ status, body }, isLast) => {
    if (!matchesStatus(status, expected.status)) return 'decided';
    if (notContains !== undefined && body.includes(notContains)) return 'decided';
    // Half a document is none.
    if (jsonPath !== undefined) return 'undecided';
    if (contains !== undefined && !body.includes(contains)) return 'undecided';
    if (!meetsPattern(body, isLast)) return 'undecided';
    return notContains === undefined ? 'decided' : 'decided_at_deadline';
  };
}

function createMatcher(pattern: string): (text: string, isLast: boolean) => boolean {
  let isMet = false;
  let spent = 0;
  let triedLength = 0;
  return (text, isLast) => {
    const mayTry = isLast || spent < MAX_EARLY_STEPS || text.length >= triedLength * GROWTH;
    if (isMet || !mayTry) return isMet;
    const { found, steps } = matchBeginning(pattern, text);
    isMet = found;
    spent += steps;
    triedLength = text.length;
    return isMet;
  };
}

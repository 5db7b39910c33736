// Owns the question whether a response that has not ended already decides the check: a stream never ends. Pure.
import type { HttpRequest } from '../check.ts';
import { matchBeginning } from '../shared/pattern.ts';
import { type Expectations, findJsonMismatch, matchesStatus } from './assertions.ts';

/** Characters times instructions that early judgements of one pattern may take together. */
const MAX_EARLY_STEPS = 5_000_000;
/** Beyond that, a pattern is tried again on a text that has grown so much: all tries together cost little more than one. */
const GROWTH = 4;
/** Queries read each value of a complete document, and a stream may consist of many. */
const MAX_EARLY_QUERIES = 20;
/** A document that is complete ends so. More digits could follow a number. */
const MAY_BE_WHOLE = /[}\]"]\s*$/;

/** For one request: it remembers what it has tried. */
export function createJudge(expected: Expectations): NonNullable<HttpRequest['judge']> {
  const { contains, notContains, matches, jsonPath } = expected;
  const meetsPattern = matches === undefined ? () => true : createMatcher(matches);
  const meetsQueries = jsonPath === undefined ? () => true : createQuerier(jsonPath);
  return ({ status, body }, isLast) => {
    if (!matchesStatus(status, expected.status)) return 'decided';
    if (notContains !== undefined && body.includes(notContains)) return 'decided';
    if (contains !== undefined && !body.includes(contains)) return 'undecided';
    if (!meetsPattern(body, isLast)) return 'undecided';
    if (!meetsQueries(body, isLast)) return 'undecided';
    return notContains === undefined ? 'decided' : 'decided_at_deadline';
  };
}

/** Half a document is none: the queries count once the body is a whole one. */
function createQuerier(
  rules: NonNullable<Expectations['jsonPath']>,
): (text: string, isLast: boolean) => boolean {
  let isMet = false;
  let queries = 0;
  let spent = 0;
  let triedLength = 0;
  return (text, isLast) => {
    const isCheap = spent < MAX_EARLY_STEPS && queries < MAX_EARLY_QUERIES;
    const mayTry = isLast || (MAY_BE_WHOLE.test(text) && (isCheap || text.length >= triedLength * GROWTH));
    if (isMet || !mayTry) return isMet;
    const mismatch = findJsonMismatch({ body: text, truncated: false }, rules, (shown) => shown);
    isMet = mismatch === null;
    if (mismatch?.startsWith('$')) queries += 1;
    spent += text.length;
    triedLength = text.length;
    return isMet;
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

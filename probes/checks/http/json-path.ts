// JSONPath of checks (RFC 9535): queries that are validated when written, and bounded when asked of a hostile document. Pure.
import { FunctionExpressionType, JSONPathEnvironment, JSONPathError, type JSONValue } from 'json-p3';
import { z } from 'zod';
import { type Matched, matchPattern, patternProblem } from '../shared/pattern.ts';

const LONGEST_QUERY = 512;
/** Looks into values that all queries of a check may take together: about a third of a second at worst. */
const MOST_STEPS = 300_000;
const DEEPEST = 100;
/** So many steps of a pattern take as long as one look into a value. */
const PATTERN_STEPS = 50;

/** What is wrong with a query, and where; null when nothing is. */
export function queryProblem(query: string): string | null {
  try {
    environment(() => {}).compile(query);
    return null;
  } catch (error) {
    const where = error instanceof JSONPathError ? ` at character ${error.token.index + 1}` : '';
    const what = error instanceof JSONPathError ? error.message.replace(/ \('.*$/s, '') : 'it is too deep';
    return `This is no JSONPath (RFC 9535)${where}: ${what}. Write one such as $.status or $.items[0].id.`;
  }
}

export const querySchema = z
  .string()
  .min(1, { error: 'Write a JSONPath such as $.status.' })
  .max(LONGEST_QUERY, { error: `Write at most ${LONGEST_QUERY} characters.` })
  .superRefine((query, context) => {
    const message = queryProblem(query);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

/** A document is too deep or too large for the query: what is in it was not found out. */
export class BudgetExceeded extends Error {
  override readonly name = 'TooMuch';
}

/** Throws TooMuch when more was spent, over several calls, than a look may take. */
export type Budget = (steps?: number) => void;

export function createBudget(): Budget {
  let left = MOST_STEPS;
  return (steps = 1) => {
    left -= steps;
    if (left < 0) throw new BudgetExceeded('it is too large for this query');
  };
}

export const spendPattern = (spend: Budget, { steps }: Matched): void =>
  spend(Math.ceil(steps / PATTERN_STEPS));

/** The values that the query finds; throws TooMuch where that takes too long to find out. */
export function findAll(query: string, document: unknown, spend: Budget): unknown[] {
  try {
    const nodes = environment(spend)
      .compile(query)
      .lazyQuery(countReads(document, spend) as JSONValue);
    return Array.from(nodes, ({ value }) => value);
  } catch (error) {
    if (error instanceof BudgetExceeded) throw error;
    // Recursion that goes deeper than the query's limit, or than the stack.
    if (error instanceof JSONPathError || error instanceof RangeError)
      throw new BudgetExceeded(`it is nested deeper than ${DEEPEST} levels`);
    throw error;
  }
}

/** The same value, which counts every look into it: queries of queries cost the square and more. */
function countReads(value: unknown, spend: Budget): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      spend();
      return countReads(Reflect.get(target, key), spend);
    },
    ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      spend(keys.length);
      return keys;
    },
  });
}

function environment(spend: Budget): JSONPathEnvironment {
  const made = new JSONPathEnvironment({ maxRecursionDepth: DEEPEST });
  made.functionRegister.set('match', patternFunction(true, spend));
  made.functionRegister.set('search', patternFunction(false, spend));
  return made;
}

/** RFC 9535, sections 2.4.6 and 2.4.7: false where either is no text or the pattern is none. A document may hold patterns. */
function patternFunction(whole: boolean, spend: Budget) {
  const { ValueType, LogicalType } = FunctionExpressionType;
  return {
    argTypes: [ValueType, ValueType],
    returnType: LogicalType,
    call(text: unknown, pattern: unknown): boolean {
      if (typeof text !== 'string' || typeof pattern !== 'string') return false;
      if (pattern.length > LONGEST_QUERY) return false;
      spend(pattern.length);
      if (patternProblem(pattern) !== null) return false;
      const matched = matchPattern(pattern, text, whole);
      spendPattern(spend, matched);
      return matched.found;
    },
  };
}

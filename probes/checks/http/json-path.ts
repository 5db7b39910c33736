// Owns the JSONPath queries of checks (RFC 9535): validation, and bounded evaluation on an untrusted document. Pure.
import { FunctionExpressionType, JSONPathEnvironment, JSONPathError, type JSONValue } from 'json-p3';
import { z } from 'zod';
import { ExactNumber } from '../shared/exact-number.ts';
import { type Matched, matchPattern, patternError } from '../shared/pattern.ts';
import { compareExactly } from './exact-comparison.ts';

const MAX_QUERY_LENGTH = 512;
/** Reads of values that all queries of a check may take together: at worst about a third of a second. */
const MAX_STEPS = 300_000;
const MAX_DEPTH = 100;
/** Steps of a pattern that take as long as one read of a value. */
const PATTERN_STEPS = 50;

/** Why a query is not valid, and where; null if it is valid. */
export function queryError(query: string): string | null {
  try {
    environment(() => {}).compile(query);
    return null;
  } catch (error) {
    const where = error instanceof JSONPathError ? ` at character ${error.token.index + 1}` : '';
    const what =
      error instanceof JSONPathError ? error.message.replace(/ \('.*$/s, '') : 'the query is nested too deep';
    return `Invalid JSONPath (RFC 9535)${where}: ${what}. Enter one such as $.status or $.items[0].id.`;
  }
}

export const querySchema = z
  .string()
  .min(1, { error: 'The JSONPath is empty. Enter one such as $.status.' })
  .max(MAX_QUERY_LENGTH, { error: `A JSONPath must have at most ${MAX_QUERY_LENGTH} characters.` })
  .superRefine((query, context) => {
    const message = queryError(query);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });

/** A document is too deep or too large for the query, so the result is unknown. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}

/** Spends steps. Throws BudgetExceeded once all calls together exceed the budget of a run. */
export type Budget = (steps?: number) => void;

export function createBudget(): Budget {
  let left = MAX_STEPS;
  return (steps = 1) => {
    left -= steps;
    if (left < 0) throw new BudgetExceeded('the document is too large for this query');
  };
}

export const spendPattern = (spend: Budget, { steps }: Matched): void =>
  spend(Math.ceil(steps / PATTERN_STEPS));

/** The values that the query finds. Throws BudgetExceeded if the evaluation takes too long. */
export function findAll(query: string, document: unknown, spend: Budget): unknown[] {
  try {
    const nodes = compareExactly(environment(spend).compile(query)).lazyQuery(
      countReads(document, spend) as JSONValue,
    );
    return Array.from(nodes, ({ value }) => value);
  } catch (error) {
    if (error instanceof BudgetExceeded) throw error;
    // Recursion exceeded the depth limit of the query, or the stack.
    if (error instanceof JSONPathError || error instanceof RangeError)
      throw new BudgetExceeded(`the document is nested deeper than ${MAX_DEPTH} levels`);
    throw error;
  }
}

/** The same value, with every read counted: nested queries cost the square and more. */
function countReads(value: unknown, spend: Budget): unknown {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return value;
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
  const created = new JSONPathEnvironment({ maxRecursionDepth: MAX_DEPTH });
  created.functionRegister.set('match', patternFunction(true, spend));
  created.functionRegister.set('search', patternFunction(false, spend));
  return created;
}

/**
 * RFC 9535, sections 2.4.6 and 2.4.7: false if either argument is not text or the pattern is not valid. Patterns may come
 * from the document.
 */
function patternFunction(whole: boolean, spend: Budget) {
  const { ValueType, LogicalType } = FunctionExpressionType;
  return {
    argTypes: [ValueType, ValueType],
    returnType: LogicalType,
    call(text: unknown, pattern: unknown): boolean {
      if (typeof text !== 'string' || typeof pattern !== 'string') return false;
      if (pattern.length > MAX_QUERY_LENGTH) return false;
      spend(pattern.length);
      if (patternError(pattern) !== null) return false;
      const matched = matchPattern(pattern, text, whole);
      spendPattern(spend, matched);
      return matched.found;
    },
  };
}

// Owns the assertions on an HTTP response: status, text, patterns and JSON. Names the first one that does not hold. Pure.
import { z } from 'zod';
import type { HttpResponse } from '../check.ts';
import { compareNumbers, ExactNumber, isInexact, parseExactJson } from '../shared/exact-number.ts';
import { matchPattern, patternSchema } from '../shared/pattern.ts';
import {
  type Budget,
  BudgetExceeded,
  createBudget,
  findAll,
  querySchema,
  spendPattern,
} from './json-path.ts';
import { phraseOf } from './status-phrases.ts';

const STATUS_ERROR =
  'Invalid status. Use a code such as 200, a class such as "2xx", or a range such as "200-299".';

const statusSchema = z.union(
  [
    z.int().min(100, { error: STATUS_ERROR }).max(599, { error: STATUS_ERROR }),
    z.string().regex(/^[1-5]xx$/),
    z
      .string()
      .regex(/^[1-5]\d\d-[1-5]\d\d$/)
      .refine((range) => range.slice(0, 3) <= range.slice(4)),
  ],
  { error: STATUS_ERROR },
);

const textSchema = z
  .string()
  .min(1, { error: 'The text is empty. Enter a text, or remove the field.' })
  .max(1_024, { error: 'A text must have at most 1024 characters.' });

const valueSchema = z
  .strictObject({
    path: querySchema.meta({ description: 'JSONPath query.', example: '$.status' }),
    equals: z
      .union([z.string().max(1_024), z.number(), z.boolean(), z.null()], {
        error: '`equals` must be a text of at most 1024 characters, a number, true, false or null.',
      })
      .optional()
      .meta({
        description:
          'Value that the result must equal. Numbers compare exactly. A number with more digits than JavaScript keeps is stored as its text.',
      }),
    matches: patternSchema
      .optional()
      .meta({ description: 'Regular expression (RE2 syntax) that must match somewhere in the result.' }),
    exists: z
      .boolean()
      .optional()
      .meta({ description: 'Whether the query must find a value (true) or none (false).' }),
  })
  .refine(({ path: _, ...rules }) => Object.values(rules).filter((rule) => rule !== undefined).length === 1, {
    error: 'An entry must have exactly one of `equals`, `matches` and `exists`.',
  });

export const expectFields = {
  status: z
    .array(statusSchema)
    .min(1, { error: '`status` is empty. Add a status, or remove `status`.' })
    .max(20, { error: '`status` must have at most 20 entries.' })
    .default(['2xx'])
    .meta({ description: 'Expected statuses: codes, classes and ranges.', example: ['2xx', 401] }),
  contains: textSchema.optional().meta({ description: 'Text that the body must contain.' }),
  notContains: textSchema.optional().meta({ description: 'Text that the body must not contain.' }),
  matches: patternSchema.optional().meta({
    description: 'Regular expression (RE2 syntax) that must match somewhere in the body.',
    example: '"status": ?"(ok|up)"',
  }),
  jsonPath: z
    .array(valueSchema)
    .min(1, { error: '`jsonPath` is empty. Add an entry, or remove `jsonPath`.' })
    .max(10, { error: '`jsonPath` must have at most 10 entries.' })
    .optional()
    .meta({
      description:
        'JSONPath queries (RFC 9535) on the body. The value that a query finds must equal a value, match a pattern, or exist. ' +
        'If a query finds several values, all of them must.',
      example: [{ path: '$.status', equals: 'ok' }],
    }),
};

type Status = z.output<typeof statusSchema>;
type ValueRule = z.output<typeof valueSchema>;

export interface Expectations {
  readonly status: readonly Status[];
  readonly contains?: string | undefined;
  readonly notContains?: string | undefined;
  readonly matches?: string | undefined;
  readonly jsonPath?: readonly ValueRule[] | undefined;
}

export const matchesStatus = (status: number, expected: readonly Status[]): boolean =>
  expected.some((rule) => {
    if (typeof rule === 'number') return rule === status;
    if (rule.endsWith('xx')) return Math.floor(status / 100) === Number(rule[0]);
    return status >= Number(rule.slice(0, 3)) && status <= Number(rule.slice(4));
  });

export const readsBody = ({ contains, notContains, matches, jsonPath }: Expectations): boolean =>
  [contains, notContains, matches, jsonPath].some((assertion) => assertion !== undefined);

/** The first assertion that does not hold, in words; null if all hold. `show` makes text fit for a detail. */
export function findMismatch(
  response: HttpResponse,
  expected: Expectations,
  show: (text: string) => string,
): string | null {
  const { status, body } = response;
  const { contains, notContains, matches, jsonPath } = expected;
  if (!matchesStatus(status, expected.status))
    return `answered ${phraseOf(status)} instead of ${expected.status.join(' or ')}`;
  const within = response.truncated ? ` in its first ${body.length} characters` : '';
  if (contains !== undefined && !body.includes(contains))
    return `the body does not contain ${show(contains)}${within}`;
  if (notContains !== undefined && body.includes(notContains))
    return `the body contains ${show(notContains)}`;
  if (matches !== undefined) {
    const { found, examined } = matchPattern(matches, body);
    const part = examined < body.length ? ` in its first ${examined} characters` : within;
    if (!found) return `the body does not match ${show(matches)}${part}`;
  }
  return jsonPath === undefined ? null : findJsonMismatch(response, jsonPath, show);
}

/** Why the body is not JSON, or which query does not hold (then it begins with the query); null if all hold. */
export function findJsonMismatch(
  { body, truncated }: Pick<HttpResponse, 'body' | 'truncated'>,
  rules: readonly ValueRule[],
  show: (text: string) => string,
): string | null {
  if (truncated) return `the body is too long to parse as JSON: more than ${body.length} characters`;
  let document: unknown;
  try {
    document = parseExactJson(body);
  } catch {
    return body === '' ? 'the body is empty, but must be JSON' : `the body is not valid JSON: ${show(body)}`;
  }
  const budget = createBudget();
  for (const rule of rules) {
    try {
      const found = findValueMismatch(findAll(rule.path, document, budget), rule, show, budget);
      if (found !== null) return `${rule.path} ${found}`;
    } catch (error) {
      if (error instanceof BudgetExceeded)
        return `${rule.path} cannot be evaluated on the body: ${error.message}`;
      throw error;
    }
  }
  return null;
}

function findValueMismatch(
  values: readonly unknown[],
  { equals, matches, exists }: ValueRule,
  show: (text: string) => string,
  budget: Budget,
): string | null {
  if (exists === false) return values.length === 0 ? null : 'exists, but must not';
  if (values.length === 0) return 'is not in the body';
  if (exists) return null;
  for (const value of values) {
    if (matches !== undefined) {
      if (!matchesValue(value, matches, budget))
        return `is ${showValue(value, show)} and does not match ${show(matches)}`;
    } else if (!equalsValue(value, equals))
      return `is ${showValue(value, show)} instead of ${showValue(equals, show)}`;
  }
  return null;
}

function matchesValue(value: unknown, pattern: string, budget: Budget): boolean {
  if (isCompound(value)) return false;
  const matched = matchPattern(pattern, String(value));
  spendPattern(budget, matched);
  return matched.found;
}

/** A text may stand for a number that a JavaScript number cannot hold. */
function equalsValue(value: unknown, expected: unknown): boolean {
  if (!(value instanceof ExactNumber)) return value === expected;
  return typeof expected === 'string' && isInexact(expected)
    ? compareNumbers(value, new ExactNumber(expected)) === 0
    : false;
}

const isCompound = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof ExactNumber);

function showValue(value: unknown, show: (text: string) => string): string {
  if (typeof value === 'string') return show(value);
  if (isCompound(value)) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

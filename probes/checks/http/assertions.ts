// What an HTTP answer has to be: status, words, patterns, JSON; and the first thing in which it is not, in words. Pure.
import { z } from 'zod';
import type { HttpResponse } from '../check.ts';
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

const STATUS_ERROR = 'Write a status such as 200, a class such as "2xx", or a range such as "200-299".';

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
  .min(1, { error: 'Write at least one character.' })
  .max(1_024, { error: 'Write at most 1024 characters.' });

const valueSchema = z
  .strictObject({
    path: querySchema,
    equals: z
      .union([z.string().max(1_024), z.number(), z.boolean(), z.null()], {
        error: 'Write a text of at most 1024 characters, a number, true, false or null.',
      })
      .optional(),
    matches: patternSchema.optional(),
    exists: z.boolean().optional(),
  })
  .refine(({ path: _, ...rules }) => Object.values(rules).filter((rule) => rule !== undefined).length === 1, {
    error: 'Write one of "equals", "matches" and "exists".',
  });

export const expectFields = {
  status: z
    .array(statusSchema)
    .min(1, { error: 'Write at least one status.' })
    .max(20, { error: 'Write at most 20.' })
    .default(['2xx'])
    .meta({ description: 'Statuses that are fine: codes, classes and ranges.', example: ['2xx', 401] }),
  contains: textSchema.optional().meta({ description: 'Text that the body has to contain.' }),
  notContains: textSchema.optional().meta({ description: 'Text that the body must not contain.' }),
  matches: patternSchema.optional().meta({
    description: 'A regular expression (RE2 syntax) that has to match somewhere in the body.',
    example: '"status": ?"(ok|up)"',
  }),
  jsonPath: z
    .array(valueSchema)
    .min(1, { error: 'Write at least one, or leave "jsonPath" out.' })
    .max(10, { error: 'Write at most 10.' })
    .optional()
    .meta({
      description:
        'JSONPaths (RFC 9535) into the body; what each finds has to be equal to a value, match a pattern, or exist. ' +
        'Where it finds several, all of them have to.',
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
  expected.some((one) => {
    if (typeof one === 'number') return one === status;
    if (one.endsWith('xx')) return Math.floor(status / 100) === Number(one[0]);
    return status >= Number(one.slice(0, 3)) && status <= Number(one.slice(4));
  });

export const readsBody = ({ contains, notContains, matches, jsonPath }: Expectations): boolean =>
  [contains, notContains, matches, jsonPath].some((one) => one !== undefined);

/** The first way in which an answer is not what it has to be; null when there is none. `show` makes text fit for a detail. */
export function findMismatch(
  reply: HttpResponse,
  expected: Expectations,
  show: (text: string) => string,
): string | null {
  const { status, body } = reply;
  const { contains, notContains, matches, jsonPath } = expected;
  if (!matchesStatus(status, expected.status))
    return `answered ${phraseOf(status)} instead of ${expected.status.join(' or ')}`;
  const within = reply.truncated ? ` in its first ${body.length} characters` : '';
  if (contains !== undefined && !body.includes(contains))
    return `the body does not contain ${show(contains)}${within}`;
  if (notContains !== undefined && body.includes(notContains))
    return `the body contains ${show(notContains)}`;
  if (matches !== undefined) {
    const { found, examined } = matchPattern(matches, body);
    const part = examined < body.length ? ` in its first ${examined} characters` : within;
    if (!found) return `the body does not match ${show(matches)}${part}`;
  }
  return jsonPath === undefined ? null : findJsonMismatch(reply, jsonPath, show);
}

function findJsonMismatch(
  { body, truncated }: HttpResponse,
  rules: readonly ValueRule[],
  show: (text: string) => string,
): string | null {
  if (truncated) return `the body is too long to be read as JSON: more than ${body.length} characters`;
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return body === '' ? 'the body is empty and has to be JSON' : `the body is no JSON: ${show(body)}`;
  }
  const spend = createBudget();
  for (const rule of rules) {
    try {
      const found = findValueMismatch(findAll(rule.path, document, spend), rule, show, spend);
      if (found !== null) return `${rule.path} ${found}`;
    } catch (error) {
      if (error instanceof BudgetExceeded)
        return `${rule.path} cannot be looked up in the body: ${error.message}`;
      throw error;
    }
  }
  return null;
}

function findValueMismatch(
  values: readonly unknown[],
  { equals, matches, exists }: ValueRule,
  show: (text: string) => string,
  spend: Budget,
): string | null {
  if (exists === false) return values.length === 0 ? null : 'exists, and must not';
  if (values.length === 0) return 'is not in the body';
  if (exists) return null;
  for (const value of values) {
    if (matches !== undefined) {
      if (!matchesValue(value, matches, spend))
        return `is ${shown(value, show)} and does not match ${show(matches)}`;
    } else if (value !== equals) return `is ${shown(value, show)} instead of ${shown(equals, show)}`;
  }
  return null;
}

function matchesValue(value: unknown, pattern: string, spend: Budget): boolean {
  if (isCompound(value)) return false;
  const matched = matchPattern(pattern, String(value));
  spendPattern(spend, matched);
  return matched.found;
}

const isCompound = (value: unknown): value is object => typeof value === 'object' && value !== null;

function shown(value: unknown, show: (text: string) => string): string {
  if (typeof value === 'string') return show(value);
  if (isCompound(value)) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

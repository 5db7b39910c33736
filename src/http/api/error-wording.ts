// Owns the wording of every error that zod raises without a message of ours, so that none of zod's own text is shown.
// Importing this file sets it for all schemas. A schema's own message always wins. Does not know where a field is.
import leven, { closestMatch } from 'leven';
import { z } from 'zod';

z.config({ customError: wordingOf });

/** Separates the messages of one issue that names several unknown fields. */
export const SEPARATOR = '\n';

function wordingOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, issue.input);
    case 'invalid_value':
      return `Must be ${oneOf(issue.values)}.${didYouMean(issue.input, issue.values)}`;
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'Must not be empty.';
      return `Must ${bound(issue.exact ? 'exactly' : 'at least', issue.minimum, issue.origin)}.`;
    case 'too_big':
      return `Must ${bound(issue.exact ? 'exactly' : 'at most', issue.maximum, issue.origin)}.`;
    case 'not_multiple_of':
      return `Must be a multiple of ${issue.divisor}.`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'Does not have the form that this field needs: see /api/v1/docs.';
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(key, fieldsOf(issue.inst))).join(SEPARATOR);
    case 'invalid_union':
      return noVariant(issue);
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'This field name is not allowed here.';
    default:
      return 'This value is not allowed here: see /api/v1/docs.';
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'Must be a time such as 2026-11-24T09:30:00Z.',
  url: 'Must be a URL such as https://shop.example.com/health.',
};

const TYPE_NAMES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  nan: 'a number',
  string: 'a string',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

const typeName = (type: string): string => TYPE_NAMES[type] ?? 'another type';

/** How a value is called in a message. Never the value: it may be secret. */
function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'boolean') return String(value);
  return typeName(typeof value);
}

function wrongType(expected: string, input: unknown): string {
  const must = `Must be ${typeName(expected)}`;
  if (expected === 'string' && typeof input === 'number') return `${must}. Put quotes around the number.`;
  if (expected === 'array' && input === null) return `${must}, not null. Write [] for an empty list.`;
  return input === undefined || typeof input === 'number' ? `${must}.` : `${must}, not ${nameOf(input)}.`;
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1
    ? JSON.stringify(values[0])
    : `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' entries', set: ' entries' };

const bound = (word: string, limit: number | bigint, origin: string): string =>
  UNITS[origin] ? `have ${word} ${limit}${UNITS[origin]}` : `be ${word} ${limit}`;

function noVariant(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const { input } = issue;
  if (!('discriminator' in issue && 'options' in issue && Array.isArray(issue.options)))
    return variants(issue.errors);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return wrongType('object', input);
  const given = (input as Readonly<Record<string, unknown>>)[String(issue.discriminator)];
  return `Must be ${oneOf(issue.options)}.${didYouMean(given, issue.options)}`;
}

/** The forms that a value may have, one after the other. */
function variants(errors: readonly (readonly z.core.$ZodIssue[])[]): string {
  const forms = new Set(
    errors.flatMap(([first]) => (first && first.path.length === 0 ? [first.message] : [])),
  );
  return forms.size === 0
    ? 'Matches none of the allowed forms: see /api/v1/docs.'
    : [...forms]
        .map((form) => form.replace(/\.$/, ''))
        .join(', or: ')
        .concat('.');
}

/** The fields of an object's schema. */
function fieldsOf(schema: unknown): string[] {
  const { shape } = (schema as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def ?? {};
  return shape ? Object.keys(shape) : [];
}

function unknownField(key: string, known: readonly string[]): string {
  const hint = didYouMean(key, known);
  return `Unknown field "${key}".${hint === '' ? ' Check the spelling or remove the field.' : hint}`;
}

/** Upper case, hyphens and underscores differ in most conventions, so they are no difference. */
const bare = (text: string): string => text.replace(/[-_\s]/g, '').toLowerCase();

const MIN_PREFIX = 4;

/** Of two short words, two letters are half: "host" is not a misspelled "port", but "prot" is. */
const isPlausible = (wanted: string, name: string): boolean =>
  Math.min(wanted.length, name.length) > 4 ||
  leven(wanted, name) < 2 ||
  sortedLetters(wanted) === sortedLetters(name);

const sortedLetters = (word: string): string => [...word].toSorted().join('');

/** ` Did you mean "port"?`, or nothing. Also for the beginning of a longer name. */
export function didYouMean(given: unknown, known: readonly unknown[]): string {
  if (typeof given !== 'string' || given.length > 100 || known.length < 2) return '';
  const names = new Map(known.flatMap((name) => (typeof name === 'string' ? [[bare(name), name]] : [])));
  const wanted = bare(given);
  const maxDistance = wanted.length < 2 ? 0 : wanted.length === 2 ? 1 : wanted.length <= 6 ? 2 : 3;
  const candidates = [...names.keys()].filter((name) => isPlausible(wanted, name));
  const near = names.has(wanted) ? wanted : closestMatch(wanted, candidates, { maxDistance });
  const begun =
    wanted.length >= MIN_PREFIX ? [...names.keys()].find((name) => name.startsWith(wanted)) : null;
  const name = names.get(near ?? begun ?? '');
  return name === undefined ? '' : ` Did you mean "${name}"?`;
}

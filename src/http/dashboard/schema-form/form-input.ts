// Owns reading a posted form as the body of a request to the API, by the fields that drew it. Does not validate: the API does.
// More than 300 lines: reading and showing each kind of input are one pair.
import { escaped, readScalar, scalarText, unescaped } from './escapes.ts';
import type { FieldSpec } from './field-spec.ts';
import { isEmptyRow, rowFields, rowNumbers } from './rows.ts';

/** What was posted, with every value of a name that repeats. */
export type PostedValues = Readonly<Record<string, readonly string[] | undefined>>;

/** `create` leaves out what is empty. `update` sends null for it, which restores the default (RFC 7396). */
export type Mode = 'create' | 'update';

/** Names of the inputs beside that of the field itself. */
export const KEYWORD_SUFFIX = '~keyword';
/** A box that is not ticked is not posted, so a hidden input says that it was there. */
export const PRESENT_SUFFIX = '~present';
/** Of secrets: one name and one value a row, the names that are stored, and those to remove. */
export const SECRET_SUFFIXES = {
  name: '~name',
  value: '~value',
  stored: '~stored',
  remove: '~remove',
} as const;
/** How many `items` the form had, empty ones included. */
export const COUNT_SUFFIX = '~count';
/** Of one of the `items`, and of a stored value. */
export const REMOVE_SUFFIX = '~remove';

const isRemoved = (path: string, posted: PostedValues): boolean =>
  posted[path + REMOVE_SUFFIX]?.at(-1) === 'yes';

export function readInput(
  fields: readonly FieldSpec[],
  posted: PostedValues,
  mode: Mode = 'create',
): Readonly<Record<string, unknown>> {
  const entries = fields.flatMap((field) => {
    const value = bodyValue(field, posted, mode);
    return value === undefined ? [] : [[field.path.split('.').at(-1)!, value] as const];
  });
  return Object.fromEntries(entries);
}

/** Undefined: the field is left out of the body. */
function bodyValue(field: FieldSpec, posted: PostedValues, mode: Mode): unknown {
  if (field.stored && (posted[field.path] ?? []).every((text) => text.trim() === ''))
    return field.stored.isRemovable && isRemoved(field.path, posted) ? '' : undefined;
  if (field.kind === 'items') return itemsOf(field, posted, mode);
  if (field.kind === 'group') {
    if (field.nullable && isBlank(field.fields, posted))
      return mode === 'create' || !isPosted(field.path, posted) ? undefined : null;
    const value = readInput(field.fields, posted, mode);
    return Object.keys(value).length === 0 ? undefined : value;
  }
  if (field.kind === 'variants') {
    const chosen = posted[`${field.path}.${field.tag}`]?.at(-1);
    const variant = field.variants.find(({ value }) => value === chosen);
    if (variant === undefined) return chosen === undefined ? undefined : { [field.tag]: chosen };
    return { [field.tag]: variant.value, ...readInput(variant.fields, posted, mode) };
  }
  const values = posted[field.path];
  if (field.kind === 'flag' && field.onlyTrue)
    return values?.at(-1) === 'yes' ? true : mode === 'create' ? undefined : null;
  if (field.kind === 'flag') {
    if (values?.length) return values.at(-1) === 'yes';
    return posted[field.path + PRESENT_SUFFIX] ? false : undefined;
  }
  if (field.kind === 'list') return listOf(field, posted, mode);
  if (field.kind === 'secrets') return secretsOf(field.path, posted, mode);
  if (field.kind === 'rows') return rowsOf(field, posted, mode);
  const text = values?.at(-1);
  if (text === undefined) return undefined;
  if (text.trim() === '') return emptyValue(field, mode);
  if (field.kind === 'number') return scaled(asNumber(text), field.scale);
  if (field.kind === 'choice' && field.isFlag) return text === 'true';
  if (field.kind === 'choice') return field.isNumber ? asNumber(text) : text;
  if (field.kind === 'record') return recordOf(text);
  if (field.kind === 'json') return parsed(text);
  if (field.kind === 'scalar') return readScalar(text);
  return textOf(field, text);
}

const scaled = (value: unknown, scale: number): unknown =>
  typeof value === 'number' && scale !== 1 ? Math.round(value * scale) : value;

const isPosted = (path: string, posted: PostedValues): boolean =>
  Object.keys(posted).some((name) => name.startsWith(`${path}.`));

/** Whether nothing was typed or ticked. A choice has a value of its own, so it does not count. */
function isBlank(fields: readonly FieldSpec[], posted: PostedValues): boolean {
  return fields.every((field) => {
    if (field.kind === 'group') return isBlank(field.fields, posted);
    if (field.kind === 'items') return readItems(field, posted).length === 0;
    if (field.kind === 'choice' || field.kind === 'flag' || field.kind === 'variants') return true;
    return (posted[field.path] ?? []).every((text) => text.trim() === '' || text === String(field.fallback));
  });
}

/** Those that are not removed and not empty. A list is replaced as a whole, so nothing in it is a change. */
function readItems(field: FieldSpec & { kind: 'items' }, posted: PostedValues): unknown[] {
  const count = Math.min(Number(posted[field.path + COUNT_SUFFIX]?.at(-1) ?? 0), MAX_ITEMS);
  return Array.from({ length: Number.isInteger(count) ? count : 0 }, (_, index) => index).flatMap((index) => {
    const fields = field.fieldsAt(index);
    if (isRemoved(`${field.path}[${index}]`, posted) || isBlank(fields, posted)) return [];
    return [readInput(fields, posted, 'create')];
  });
}

const MAX_ITEMS = 200;

function itemsOf(field: FieldSpec & { kind: 'items' }, posted: PostedValues, mode: Mode): unknown {
  if (posted[field.path + COUNT_SUFFIX] === undefined) return undefined;
  const items = readItems(field, posted);
  return items.length > 0 || !field.isNeverEmpty ? items : mode === 'create' ? undefined : null;
}

/** Nothing was typed. */
function emptyValue(field: FieldSpec, mode: Mode): unknown {
  if (field.kind === 'record') return mode === 'create' ? undefined : {};
  // The API says that it is missing.
  if (field.required) return field.kind === 'text' ? '' : undefined;
  if (field.nullable) return mode === 'create' && field.fallback !== undefined ? undefined : null;
  return mode === 'create' ? undefined : null;
}

function listOf(field: FieldSpec & { kind: 'list' }, posted: PostedValues, mode: Mode): unknown {
  if (field.keyword !== undefined && posted[field.path + KEYWORD_SUFFIX]?.at(-1) === field.keyword)
    return field.keyword;
  const values = posted[field.path];
  if (values === undefined && !posted[field.path + PRESENT_SUFFIX]) return undefined;
  const lines = (values ?? []).flatMap((text) => text.split(/\r?\n/)).map((line) => line.trim());
  const items = lines.filter((line) => line !== '');
  if (items.length === 0 && field.isNeverEmpty && !field.required && field.keyword === undefined)
    return mode === 'create' ? undefined : null;
  if (values === undefined) return noneOf(field, mode);
  if (items.length === 0 && field.choices === undefined && field.keyword === undefined)
    return mode === 'create' ? undefined : field.nullable || field.fallback === undefined ? null : [];
  if (items.length === 0) return field.nullable ? null : [];
  return items.map((item) => (isNumber(field, item) ? asNumber(item) : item));
}

/** No box is ticked. A field without a default may be absent, and then an empty list would be another value. */
function noneOf(
  { keyword, required, fallback, nullable }: FieldSpec & { kind: 'list' },
  mode: Mode,
): unknown {
  // Of a list that may be null, that is what null says.
  if (nullable) return null;
  if (keyword !== undefined || required || fallback !== undefined) return [];
  return mode === 'create' ? undefined : null;
}

/** A row in which nothing was typed is none. The whole list is written, so a field that is empty has its default. */
function rowsOf(field: FieldSpec & { kind: 'rows' }, posted: PostedValues, mode: Mode): unknown {
  const numbers = rowNumbers(field, posted);
  if (numbers.length === 0 && !posted[field.path + PRESENT_SUFFIX]) return undefined;
  const items = numbers.flatMap((number) => {
    if (isEmptyRow(field, number, posted)) return [];
    return [readInput(rowFields(field, number), posted, 'create')];
  });
  if (items.length > 0 || !field.isNeverEmpty || field.required) return items;
  return mode === 'create' ? undefined : null;
}

const DIGITS = /^\d{1,9}$/;

const isNumber = ({ items }: FieldSpec & { kind: 'list' }, item: string): boolean =>
  items === 'number' || (items === 'either' && DIGITS.test(item));

/** The API says what is wrong with a text that is no number. */
function asNumber(text: string): unknown {
  const number = Number(text.trim());
  return Number.isFinite(number) ? number : text;
}

/** Line breaks of a form are CRLF (HTML Standard, section 4.10.22.7). */
function textOf({ input, orNumber }: FieldSpec & { kind: 'text' }, text: string): unknown {
  if (orNumber && DIGITS.test(text.trim())) return Number(text);
  if (input === 'escaped') return unescaped(text);
  return input === 'textarea' || input === 'secret' ? text.replaceAll('\r\n', '\n') : text.trim();
}

/** A name without a value keeps the value that is stored. */
function secretsOf(path: string, posted: PostedValues, mode: Mode): unknown {
  const { name, value, stored, remove } = SECRET_SUFFIXES;
  const removed = new Set(posted[path + remove]);
  const values = posted[path + value] ?? [];
  const entries = (posted[path + name] ?? []).flatMap((typed, index) => {
    const one = typed.trim();
    const text = values[index] ?? '';
    if (removed.has(one) || (one === '' && text === '')) return [];
    return [[one, text === '' ? null : text] as const];
  });
  if (entries.length > 0) return Object.fromEntries(entries);
  return mode === 'update' && posted[path + stored]?.length ? null : undefined;
}

/** `name: value` a line. A line without a colon is a name with an empty value. */
function recordOf(text: string): Record<string, string> {
  const entries = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return colon === -1 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    });
  return Object.fromEntries(entries);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The API refuses it at this field, because no field that is typed as JSON takes a text.
    return text;
  }
}

/** The values of the inputs that show a stored or a refused body. */
export function formValues(
  fields: readonly FieldSpec[],
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.assign({}, ...fields.map((field) => inputValues(field, body[field.path.split('.').at(-1)!])));
}

function inputValues(field: FieldSpec, value: unknown): Record<string, readonly string[]> {
  const { path } = field;
  if (value === undefined) return {};
  if (field.kind === 'scalar') return { [path]: [scalarText(value)] };
  if (value === null) return {};
  if (field.kind === 'group') return { ...formValues(field.fields, value as Record<string, unknown>) };
  if (field.kind === 'items') {
    const items = value as readonly Record<string, unknown>[];
    const inputs = items.map((item, index) => formValues(field.fieldsAt(index), item));
    return Object.assign({ [path + COUNT_SUFFIX]: [String(items.length)] }, ...inputs);
  }
  if (field.kind === 'variants') {
    const object = value as Record<string, unknown>;
    const tag = String(object[field.tag]);
    const fields = field.variants.find((one) => one.value === tag)?.fields ?? [];
    return { [`${path}.${field.tag}`]: [tag], ...formValues(fields, object) };
  }
  if (field.kind === 'flag') return { [path]: [value === true ? 'yes' : 'no'] };
  if (field.kind === 'list') {
    if (value === field.keyword) return { [path + KEYWORD_SUFFIX]: [field.keyword!] };
    const items = (Array.isArray(value) ? value : [value]).map(String);
    return { [path]: field.choices || field.isOrdered ? items : [items.join('\n')], ...listMark(field) };
  }
  if (field.kind === 'rows')
    return Object.assign(
      {},
      ...(value as Record<string, unknown>[]).map((item, index) => formValues(rowFields(field, index), item)),
    );
  if (field.kind === 'record')
    return {
      [path]: [
        Object.entries(value as Record<string, string>)
          .map(([name, text]) => `${name}: ${text}`)
          .join('\n'),
      ],
    };
  if (field.kind === 'secrets') return secretInputs(path, value as Record<string, string | null>);
  if (field.kind === 'number' && typeof value === 'number') return { [path]: [String(value / field.scale)] };
  if (field.kind === 'json') return { [path]: [JSON.stringify(value, null, 2)] };
  if (field.kind === 'text' && field.input === 'escaped') return { [path]: [escaped(String(value))] };
  return { [path]: [String(value)] };
}

const listMark = (field: FieldSpec & { kind: 'list' }): Record<string, readonly string[]> =>
  field.keyword === undefined ? {} : { [field.path + KEYWORD_SUFFIX]: [''] };

function secretInputs(
  path: string,
  secrets: Readonly<Record<string, string | null>>,
): Record<string, readonly string[]> {
  const entries = Object.entries(secrets);
  const stored = entries.flatMap(([one, text]) => (text === null ? [one] : []));
  const { name, value } = SECRET_SUFFIXES;
  return {
    [path + name]: entries.map(([one]) => one),
    [path + value]: entries.map(([, text]) => text ?? ''),
    ...(stored.length > 0 ? { [path + SECRET_SUFFIXES.stored]: stored } : {}),
  };
}

/**
 * `body` as an update by RFC 7396: names of a record that were stored and are not in `body` are null, which removes them.
 */
export function withRemovals(
  fields: readonly FieldSpec[],
  stored: Readonly<Record<string, unknown>>,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(body).map(([name, value]): [string, unknown] => {
    const field = fields.find(({ path }) => path.split('.').at(-1) === name);
    const before = stored[name];
    if (field === undefined || !isObject(before) || !isObject(value)) return [name, value];
    if (field.kind === 'record') return [name, { ...withNulls(before), ...value }];
    const inner =
      field.kind === 'group'
        ? field.fields
        : field.kind === 'variants'
          ? field.variants.find((one) => one.value === value[field.tag] && one.value === before[field.tag])
              ?.fields
          : undefined;
    return [name, inner === undefined ? value : withRemovals(inner, before, value)];
  });
  return Object.fromEntries(entries);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const withNulls = (record: Readonly<Record<string, unknown>>): Record<string, null> =>
  Object.fromEntries(Object.keys(record).map((name) => [name, null]));

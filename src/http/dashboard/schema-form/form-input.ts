// Owns reading a posted form as the body of a request to the API, by the fields that drew it. Does not validate: the API does.
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
  if (field.kind === 'group') {
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
  if (field.kind === 'flag') {
    if (values?.length) return values.at(-1) === 'yes';
    return posted[field.path + PRESENT_SUFFIX] ? false : undefined;
  }
  if (field.kind === 'list') return listOf(field, posted, mode);
  if (field.kind === 'rows') return rowsOf(field, posted);
  const text = values?.at(-1);
  if (text === undefined) return undefined;
  if (text.trim() === '') return emptyValue(field, mode);
  if (field.kind === 'number') return asNumber(text);
  if (field.kind === 'choice') return field.isNumber ? asNumber(text) : text;
  if (field.kind === 'record') return recordOf(text);
  if (field.kind === 'json') return parsed(text);
  return textOf(field, text);
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
  // No box is ticked: of a list that may be null, that is what null says.
  const none = field.nullable ? null : [];
  if (values === undefined) return posted[field.path + PRESENT_SUFFIX] ? none : undefined;
  const lines = values.flatMap((text) => text.split(/\r?\n/)).map((line) => line.trim());
  const items = lines.filter((line) => line !== '');
  if (items.length === 0 && field.choices === undefined && field.keyword === undefined)
    return mode === 'create' ? undefined : field.nullable || field.fallback === undefined ? null : [];
  if (items.length === 0) return none;
  return items.map((item) => (isNumber(field, item) ? asNumber(item) : item));
}

/** A row in which nothing was typed is none. The whole list is written, so a field that is empty has its default. */
function rowsOf(field: FieldSpec & { kind: 'rows' }, posted: PostedValues): unknown {
  const numbers = rowNumbers(field, posted);
  if (numbers.length === 0) return posted[field.path + PRESENT_SUFFIX] ? [] : undefined;
  return numbers.flatMap((number) => {
    if (isEmptyRow(field, number, posted)) return [];
    return [readInput(rowFields(field, number), posted, 'create')];
  });
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
  return input === 'textarea' || input === 'secret' ? text.replaceAll('\r\n', '\n') : text.trim();
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
  if (value === undefined || value === null) return {};
  if (field.kind === 'group') return { ...formValues(field.fields, value as Record<string, unknown>) };
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
    return { [path]: field.choices ? items : [items.join('\n')], ...listMark(field) };
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
  if (field.kind === 'json') return { [path]: [JSON.stringify(value, null, 2)] };
  return { [path]: [String(value)] };
}

const listMark = (field: FieldSpec & { kind: 'list' }): Record<string, readonly string[]> =>
  field.keyword === undefined ? {} : { [field.path + KEYWORD_SUFFIX]: [''] };

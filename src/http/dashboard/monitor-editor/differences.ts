// Owns what differs between a stored monitor and a form, field by field, as people read it. Pure.
import type { FieldSpec } from '../schema-form/field-spec.ts';
import {
  KEYWORD_SUFFIX,
  type PostedValues,
  PRESENT_SUFFIX,
  SECRET_SUFFIXES,
} from '../schema-form/form-input.ts';
import { isEmptyRow, rowFields, rowNumbers } from '../schema-form/rows.ts';

export interface Difference {
  readonly label: string;
  readonly stored: string;
  readonly typed: string;
}

const NOTHING = '(empty)';

export const differences = (
  fields: readonly FieldSpec[],
  stored: PostedValues,
  typed: PostedValues,
): Difference[] =>
  fields.flatMap((field): Difference[] => {
    if (field.kind === 'group') return differences(field.fields, stored, typed);
    if (field.kind === 'variants') return variantDifferences(field, stored, typed);
    const [a, b] = [textOf(field, stored), textOf(field, typed)];
    return a === b ? [] : [{ label: field.label, stored: a || NOTHING, typed: b || NOTHING }];
  });

function variantDifferences(
  { path, tag, label, variants }: Extract<FieldSpec, { kind: 'variants' }>,
  stored: PostedValues,
  typed: PostedValues,
): Difference[] {
  const [a, b] = [stored, typed].map((values) => values[`${path}.${tag}`]?.at(-1) ?? '');
  if (a !== b) return [{ label: `Type of ${label.toLowerCase()}`, stored: a!, typed: b! }];
  return differences(variants.find(({ value }) => value === a)?.fields ?? [], stored, typed);
}

function textOf(field: FieldSpec, values: PostedValues): string {
  const { path } = field;
  if (field.kind === 'secrets') return secretsText(path, values);
  if (field.kind === 'flag') return flagText(path, field.fallback, values);
  if (field.kind === 'rows')
    return rowNumbers(field, values)
      .filter((number) => !isEmptyRow(field, number, values))
      .map((number) =>
        rowFields(field, number)
          .flatMap((one) => {
            const text = values[one.path]?.at(-1) ?? '';
            return text === '' || text === 'no'
              ? []
              : [one.kind === 'flag' ? one.label : `${one.label}: ${text}`];
          })
          .join(', '),
      )
      .join('; ');
  if (field.kind === 'list') {
    if (field.keyword !== undefined && values[path + KEYWORD_SUFFIX]?.at(-1) === field.keyword)
      return field.keyword;
    const items = (values[path] ?? [])
      .flatMap((text) => text.split(/\r?\n/))
      .filter((text) => text.trim() !== '');
    return items.map((item) => field.choices?.find(({ value }) => value === item)?.label ?? item).join(', ');
  }
  const text = (values[path]?.at(-1) ?? '').replaceAll('\r\n', '\n').trim();
  if (text === '' && field.fallback !== undefined && typeof field.fallback !== 'object')
    return String(field.fallback);
  return field.kind === 'choice' ? (field.choices.find(({ value }) => value === text)?.label ?? text) : text;
}

function flagText(path: string, fallback: unknown, values: PostedValues): string {
  const value = values[path]?.at(-1);
  if (value !== undefined) return value;
  return values[path + PRESENT_SUFFIX] === undefined && fallback === true ? 'yes' : 'no';
}

/** Names, and which of them get a new value. Never a value. */
function secretsText(path: string, values: PostedValues): string {
  const removed = new Set(values[path + SECRET_SUFFIXES.remove]);
  const texts = values[path + SECRET_SUFFIXES.value] ?? [];
  return (values[path + SECRET_SUFFIXES.name] ?? [])
    .map((name, index) => ({ name, isNew: (texts[index] ?? '') !== '' }))
    .filter(({ name }) => name !== '' && !removed.has(name))
    .map(({ name, isNew }) => (isNew ? `${name} (a new value)` : name))
    .join(', ');
}

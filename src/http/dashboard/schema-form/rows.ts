// Owns the rows of a list of objects in a form: which rows there are, the names of their inputs, and what a button of a row does.
// Does not draw or read them.
import type { FieldSpec } from './field-spec.ts';

/** The name of the buttons that add, move and remove rows. */
export const ROWS_BUTTON = '~rows';
/** Where the page goes on after such a button: the path of a row, or of the rows. */
export const ROWS_FOCUS = '~focus';

export type RowsField = FieldSpec & { kind: 'rows' };

type Values = Readonly<Record<string, readonly string[] | undefined>>;

/** The fields of one row: `links.0.url`. */
export const rowFields = (
  { path, fields }: Pick<RowsField, 'path' | 'fields'>,
  number: number,
): FieldSpec[] =>
  fields.map((field) => ({ ...field, path: `${path}.${number}${field.path.slice(path.length + 2)}` }));

/** As the API names the item in an error. */
export const itemPath = (path: string, index: number): string => `${path}[${index}]`;

/** The numbers of the rows that have an input, in order. */
export function rowNumbers({ path }: Pick<RowsField, 'path'>, values: Values): number[] {
  const numbers = Object.keys(values).flatMap((name) => {
    if (!name.startsWith(`${path}.`)) return [];
    const [number = ''] = name.slice(path.length + 1).split('.');
    return /^\d{1,4}$/.test(number) ? [Number(number)] : [];
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Nothing was typed, so it is no item. */
export const isEmptyRow = (field: RowsField, number: number, values: Values): boolean =>
  rowFields(field, number).every(
    (field) =>
      (field.kind === 'flag' && !field.onlyTrue) ||
      (values[field.path]?.every((text) => text.trim() === '') ?? true),
  );

/** What was posted, after the button that was pressed. Null: it was no button of a row. */
export function withChangedRows(fields: readonly FieldSpec[], posted: Values): Values | null {
  const [action, path, number] = posted[ROWS_BUTTON]?.at(-1)?.split(' ') ?? [];
  const field = allRows(fields).find((one) => one.path === path);
  if (!field) return null;
  const rows: (number | null)[] = rowNumbers(field, posted);
  const at = rows.indexOf(Number(number));
  if (action === 'add' && rows.length < field.max) rows.push(null);
  else if (at >= 0 && action === 'remove') rows.splice(at, 1);
  else if (at > 0 && action === 'up') rows.splice(at - 1, 2, rows[at]!, rows[at - 1]!);
  else if (at >= 0 && at < rows.length - 1 && action === 'down') rows.splice(at, 2, rows[at + 1]!, rows[at]!);
  const after = { add: rows.length - 1, up: at - 1, down: at + 1 }[action as 'add' | 'up' | 'down'];
  const focus = after === undefined || after < 0 ? field.path : `${field.path}.${after}`;
  return { ...renumbered(field, posted, rows), [ROWS_FOCUS]: [focus] };
}

const allRows = (fields: readonly FieldSpec[]): RowsField[] =>
  fields.flatMap((field) => {
    if (field.kind === 'rows') return [field];
    if (field.kind === 'variants') return field.variants.flatMap((variant) => allRows(variant.fields));
    return field.kind === 'group' ? allRows(field.fields) : [];
  });

/** The values of the rows `order`, numbered from 0. Null is a new row. */
function renumbered(field: RowsField, posted: Values, order: readonly (number | null)[]): Values {
  const others = Object.entries(posted).filter(
    ([name]) =>
      name !== ROWS_BUTTON &&
      !(name.startsWith(`${field.path}.`) && /^\d/.test(name.slice(field.path.length + 1))),
  );
  const rows = order.flatMap((number, index) => {
    const made = rowFields(field, index);
    const before = number === null ? null : rowFields(field, number);
    return made.map(({ path }, at) => [path, (before && posted[before[at]!.path]) ?? ['']] as const);
  });
  return Object.fromEntries([...others, ...rows]);
}

// Owns what a form has to send so that an update removes what was removed in the form: RFC 7396 keeps the names of a record
// that an update does not have. Pure.
import type { FieldSpec } from '../schema-form/field-spec.ts';

type Body = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The update with null for each name of a stored record that the form does not have any more. */
export function withRemovals(fields: readonly FieldSpec[], body: Body, stored: Body): Body {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const field = fields.find(({ path }) => path.split('.').at(-1) === name);
      const before = stored[name];
      if (field === undefined || !isObject(value) || !isObject(before)) return [name, value];
      if (field.kind === 'group') return [name, withRemovals(field.fields, value, before)];
      if (field.kind !== 'record') return [name, value];
      const gone = Object.keys(before).filter((key) => !Object.hasOwn(value, key));
      return [name, { ...Object.fromEntries(gone.map((key) => [key, null])), ...value }];
    }),
  );
}

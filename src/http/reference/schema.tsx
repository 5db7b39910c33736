// Owns how the reference page shows a JSON schema: as a table of fields. Does not resolve references.

/** The part of OpenAPI 3.1's schema object that zod-to-openapi writes. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  example?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: string;
}

export const refName = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

/** The allowed values, in few words. */
export const Type = ({ schema }: { schema: Schema }) => {
  if (schema.$ref) return <a href={`#schema-${refName(schema.$ref)}`}>{refName(schema.$ref)}</a>;
  const options = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (options)
    return (
      <>
        {separated(
          options.map((option) => <Type schema={option} />),
          ' or ',
        )}
      </>
    );
  if (schema.enum) {
    return (
      <>
        {separated(
          schema.enum.map((value) => <code>{JSON.stringify(value)}</code>),
          ' ',
        )}
      </>
    );
  }
  if (schema.type === 'array' && schema.items) {
    return (
      <>
        list of <Type schema={schema.items} />
      </>
    );
  }
  const words = [schema.type ?? 'anything'].flat().join(' or ');
  return <>{[words, range(schema)].filter(Boolean).join(', ')}</>;
};

function separated<T>(parts: T[], separator: string): (T | string)[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
}

function range({ minimum, maximum, minLength, maxLength, format }: Schema): string {
  if (format) return format;
  const [least, most, unit] =
    minimum !== undefined || maximum !== undefined
      ? [minimum, maximum, '']
      : [minLength, maxLength, ' characters'];
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (most !== undefined && most < Number.MAX_SAFE_INTEGER) return `at most ${most}${unit}`;
  return least !== undefined && least > 0 ? `at least ${least}${unit}` : '';
}

interface Row {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Nested fields follow their parent, with the whole path. */
function rowsOf(schema: Schema, prefix = ''): Row[] {
  const variants = schema.oneOf ?? [];
  if (variants.length > 0) return variants.flatMap((variant) => rowsOf(variant, prefix));
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    // A key that an event does not have.
    if (field.type === 'null') return [];
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const required = schema.required?.includes(name) ?? false;
    const inner =
      field.type === 'array' && field.items ? rowsOf(field.items, `${path}[]`) : rowsOf(field, path);
    return [{ path, schema: field, required }, ...inner];
  });
}

export const Fields = ({ schema, label, input }: { schema: Schema; label: string; input?: boolean }) => {
  const rows = rowsOf(schema);
  if (rows.length === 0) return null;
  return (
    <section class="scroll" aria-label={label} tabindex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Type</th>
            <th scope="col">Description</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, schema: field, required }) => (
            <tr>
              <td>
                <code>{path}</code>{' '}
                {input && required && field.default === undefined ? <span class="must">required</span> : null}
              </td>
              <td>
                <Type schema={field} />
              </td>
              <td>
                <Prose text={field.description ?? ''} />
                {field.default === undefined ? null : (
                  <>
                    {' '}
                    Default <code>{JSON.stringify(field.default)}</code>.
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

/** Text with `code` in backticks. */
export const Prose = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
);

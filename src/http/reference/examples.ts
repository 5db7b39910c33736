// Owns the examples of the reference page: a value that matches a schema, and the curl command that sends it. Pure.
import { refName, type Schema } from './schema.tsx';

export type Schemas = Readonly<Record<string, Schema>>;

export const resolve = (schema: Schema, schemas: Schemas): Schema =>
  schema.$ref ? (schemas[refName(schema.$ref)] ?? {}) : schema;

/** The example of the schema, or one built from the examples and defaults of its fields. */
export function exampleOf(given: Schema, schemas: Schemas, depth = 0): unknown {
  const schema = resolve(given, schemas);
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const option = (schema.oneOf ?? schema.anyOf)?.[0];
  if (option) return exampleOf(option, schemas, depth);
  const type = [schema.type ?? 'null'].flat()[0];
  switch (type) {
    case 'object':
      if (depth > 6) return {};
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, field]) => [
          name,
          exampleOf(field, schemas, depth + 1),
        ]),
      );
    case 'array':
      return schema.items && depth <= 6 ? [exampleOf(schema.items, schemas, depth + 1)] : [];
    case 'string':
      return 'text';
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(0, schema.minimum ?? 0);
    default:
      return null;
  }
}

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly closed: boolean;
  readonly body?: unknown;
}

/** A command for a POSIX shell, with each `'` in the body escaped. */
export function curl({ method, url, closed, body }: Call): string {
  const lines = [`curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}'${url}'`];
  if (closed) lines.push(`-H "authorization: Bearer $KEY"`);
  if (body !== undefined) {
    lines.push(
      "-H 'content-type: application/json'",
      `-d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`,
    );
  }
  return lines.join(' \\\n  ');
}

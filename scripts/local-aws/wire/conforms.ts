// Owns whether what a request contains has the types of its operation's schema, as AWS verifies before anything else.
import type { NormalizedSchema } from '@smithy/core/schema';

/** The path of the first member that has another type, `Tags.0.Key`; null if there is none. */
export function misfit(schema: NormalizedSchema, value: unknown, path = 'the request'): string | null {
  if (value === undefined || value === null || schema.isDocumentSchema()) return null;
  if (schema.isStructSchema()) {
    if (!isRecord(value)) return path;
    return firstOf(schema.structIterator(), ([name, member]) =>
      misfit(member, value[name], join(path, name)),
    );
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) return path;
    return firstOf(value.entries(), ([index, item]) =>
      misfit(schema.getValueSchema(), item, join(path, index)),
    );
  }
  if (schema.isMapSchema()) {
    if (!isRecord(value)) return path;
    return firstOf(Object.entries(value), ([key, item]) =>
      misfit(schema.getValueSchema(), item, join(path, key)),
    );
  }
  return isSimple(schema, value) ? null : path;
}

function isSimple(schema: NormalizedSchema, value: unknown): boolean {
  if (schema.isStringSchema()) return typeof value === 'string';
  if (schema.isBooleanSchema()) return typeof value === 'boolean';
  if (schema.isNumericSchema()) return typeof value === 'number' && Number.isFinite(value);
  if (schema.isTimestampSchema()) return value instanceof Date && !Number.isNaN(value.getTime());
  return true;
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

const join = (path: string, name: string | number): string =>
  path === 'the request' ? String(name) : `${path}.${name}`;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

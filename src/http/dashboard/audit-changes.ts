// Owns an entry of the audit log as a list of fields, before and after, in a length that fits a page. Pure.
import type { AuditEntryRow } from '../../store/audit-log.ts';

export interface Change {
  readonly field: string;
  /** JSON. Null: the field did not exist. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Longer values are in the API and the export. */
const MAX_VALUE = 300;
const MAX_FIELDS = 50;

export function changesOf({ before, after }: Pick<AuditEntryRow, 'before' | 'after'>): Change[] {
  const [old, current] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(current)])];
  const changes = names.slice(0, MAX_FIELDS).map((field) => ({
    field,
    before: textOf(old, field),
    after: textOf(current, field),
  }));
  const more = names.length - MAX_FIELDS;
  return more > 0 ? [...changes, { field: `${more} more fields`, before: null, after: null }] : changes;
}

/** A text that was changed in the database may not be JSON any more. */
function fieldsOf(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };
  } catch {
    return { value: text };
  }
}

function textOf(fields: Readonly<Record<string, unknown>>, field: string): string | null {
  if (!Object.hasOwn(fields, field)) return null;
  const text = JSON.stringify(fields[field]);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

// Owns how large a check may be, with its secrets inserted wherever it uses them. Pure.
import type { CheckInput } from '../../../probes/checks/check-input.ts';
import { placeholdersIn } from '../../../probes/checks/shared/secrets.ts';
import type { ValidationError } from '../../result.ts';

/** A row of D1 takes 2,000,000 bytes, and a job 6,000,000: a check must leave room for others. */
export const MAX_CHECK_BYTES = 1_000_000;

const encoder = new TextEncoder();
const jsonBytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

type SecretBytes = ReadonlyMap<string, number>;
type Path = readonly (string | number)[];

/** Names the field that takes most of a check that is too large. Null if the check is small enough. */
export function checkSizeError(check: CheckInput): ValidationError | null {
  const secrets = Object.entries((check.secrets ?? {}) as Record<string, string>);
  const secretBytes = new Map(secrets.map(([name, value]) => [name, jsonBytes(value)]));
  const bytes = bytesOf(check, secretBytes);
  if (bytes <= MAX_CHECK_BYTES) return null;
  const path = largestField(check, secretBytes);
  const inserted = secrets.length === 0 ? '' : ' with its secrets inserted';
  return {
    kind: 'invalid',
    path: ['check', ...path],
    message: `A check may take at most ${MAX_CHECK_BYTES} bytes, but this one takes ${bytes}${inserted}, most of them here. Shorten it.`,
  };
}

function bytesOf(value: unknown, secrets: SecretBytes): number {
  if (typeof value === 'string') {
    const inserted = placeholdersIn(value).reduce((sum, name) => sum + (secrets.get(name) ?? 0), 0);
    return jsonBytes(value) + inserted;
  }
  if (typeof value !== 'object' || value === null) return jsonBytes(value ?? null);
  const isArray = Array.isArray(value);
  return fieldsOf(value).reduce(
    (sum, [key, part]) => sum + bytesOf(part, secrets) + (isArray ? 1 : jsonBytes(key) + 2),
    2,
  );
}

const fieldsOf = (value: object): [string | number, unknown][] =>
  Array.isArray(value) ? [...value.entries()] : Object.entries(value);

/** Goes down to the field that takes more than half of its parent. Several equal fields are named by their parent. */
function largestField(value: unknown, secrets: SecretBytes): Path {
  if (typeof value !== 'object' || value === null) return [];
  const sizes = fieldsOf(value).map(([key, part]) => ({ key, part, bytes: bytesOf(part, secrets) }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = sizes.find(({ bytes }) => bytes > total / 2);
  return largest ? [largest.key, ...largestField(largest.part, secrets)] : [];
}

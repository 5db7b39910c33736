// Takes secrets out of what a probe has said. It does so itself; this is for one that is old, or that raised. Pure.
import { createRedactor } from '../../probes/checks/shared/secrets.ts';
import type { Secrets } from '../services/monitors/check-secrets.ts';

/** Words of the contract: a secret may be the same as one of them, and the word says nothing of it. */
const ENUM_FIELDS: ReadonlySet<string> = new Set([
  'outcome',
  'code',
  'reason',
  'phase',
  'address',
  'network',
]);

/** Every free text in a value, without the secrets. */
export function redactDeep<T>(value: T, secrets: Secrets): T {
  return Object.keys(secrets).length === 0 ? value : (redactValue(value, createRedactor(secrets)) as T);
}

function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((part) => redactValue(part, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      ENUM_FIELDS.has(key) ? part : redactValue(part, redact),
    ]),
  );
}

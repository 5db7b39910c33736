// Owns the redaction of secrets in text that enters the coordinator. A probe redacts too; an old or failing one may not.
// Pure.
import { createRedactor } from '../../probes/checks/shared/secrets.ts';
import type { CheckRun } from '../../probes/contract/index.ts';

/** Fields with words of the contract or with addresses. A secret may equal one of them by chance. */
const ENUM_FIELDS: ReadonlySet<string> = new Set(['outcome', 'code', 'reason', 'phase', 'address']);

const secretsOf = ({ check }: CheckRun): Readonly<Record<string, string>> =>
  (check.secrets ?? {}) as Readonly<Record<string, string>>;

/** Returns a function that removes these values and their usual encodings from a text. */
export const redactorOf = (values: readonly string[]): ((text: string) => string) =>
  createRedactor(Object.fromEntries(values.map((value, index) => [String(index), value])));

/** Removes the secrets of a run from every free text in a value. */
export function redactDeep<T>(value: T, run: CheckRun): T {
  const secrets = secretsOf(run);
  return Object.keys(secrets).length === 0 ? value : (redactValue(value, createRedactor(secrets)) as T);
}

/** Removes the secrets of all runs from a text: an error of an invocation may quote any part of the job. */
export const redactJob = (text: string, runs: readonly CheckRun[]): string =>
  runs.reduce((rest, run) => redactDeep(rest, run), text);

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

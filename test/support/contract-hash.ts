// Owns the hash that pins the schemas of a version of the contract.
import { createHash } from 'node:crypto';
import { z } from 'zod';

export const hashOf = ({ job, report }: Readonly<Record<'job' | 'report', z.ZodType>>): string => {
  const schemas = { job: z.toJSONSchema(job), report: z.toJSONSchema(report, { io: 'input' }) };
  return createHash('sha256').update(canonical(schemas)).digest('hex');
};

/** JSON with sorted keys, so that the order in which a schema is written does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

// Every check there is. A new one is its file and one line here; schemas, the API and the probe follow.
import { z } from 'zod';
import type { Check } from './check.ts';
import { tcp } from './tcp.ts';

export const checkTypes = {
  tcp,
} as const;

/** `{ type, ...options }` of any check, defaults applied. */
export const checkSchema = z.discriminatedUnion('type', [tcp.options]);
export type CheckOptions = z.output<typeof checkSchema>;

/** The check of a type; undefined when this probe is older than the coordinator and does not know it. */
export const findCheck = (type: string): Check | undefined =>
  Object.hasOwn(checkTypes, type) ? (checkTypes as unknown as Record<string, Check>)[type] : undefined;

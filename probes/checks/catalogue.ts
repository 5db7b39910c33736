// Owns the list of all checks. A new check is its folder and one line here. Schemas, API, documentation and probe follow.
import { z } from 'zod';
import type { Check } from './check.ts';
import { dns } from './dns/index.ts';
import { http } from './http/index.ts';
import { script } from './script/index.ts';
import { tcp } from './tcp/index.ts';
import { tls } from './tls/index.ts';
import { udp } from './udp/index.ts';

const catalogue = [tcp, tls, http, dns, udp, script] as const;

type OptionsOf<T extends readonly { options: unknown }[]> = { -readonly [K in keyof T]: T[K]['options'] };
const schemas = catalogue.map((check) => check.options) as unknown as OptionsOf<typeof catalogue>;
const names = catalogue.map((check) => `"${check.type}"`).join(', ');

/** `{ type, ...options }` of any check, with defaults. */
export const checkSchema = z.discriminatedUnion('type', schemas, {
  error: (issue) =>
    issue.code === 'invalid_union' ? `Unknown check type. \`type\` must be one of ${names}.` : undefined,
});

const byType = new Map((catalogue as unknown as readonly Check[]).map((check) => [check.type, check]));

/** All check types, for the conformance tests and the documentation. */
export const checkTypes: readonly string[] = [...byType.keys()];

/** The check of a type; undefined if the probe is older than the coordinator and does not have it. */
export const findCheck = (type: string): Check | undefined => byType.get(type);

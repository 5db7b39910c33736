// Owns the ETag of every resource that the API can change, and reading `If-Match`. Does not compare versions: services do, at commit.
import { z } from 'zod';
import { json } from './responses.ts';

/** RFC 9110, section 8.8.3. A proxy that compresses a response makes its ETag weak, so both forms are read. */
const ENTITY_TAG = /^(?:W\/)?"([\x21\x23-\x7e]*)"$/;

/** No row has this version, so a tag that this API did not issue matches nothing. */
const UNKNOWN_VERSION = -1;

const versionSchema = z.string().transform((text, context): number | undefined => {
  if (text.trim() === '*') return undefined;
  const tag = ENTITY_TAG.exec(text.trim())?.[1];
  if (tag !== undefined) return /^\d{1,15}$/.test(tag) ? Number(tag) : UNKNOWN_VERSION;
  context.addIssue({ code: 'custom', message: 'Must be one ETag in double quotes, such as "3", or *.' });
  return z.NEVER;
});

/** The header of a conditional change. Its value is the expected version, or undefined for any. */
export const ifMatchHeaders = z.object({
  'if-match': versionSchema.optional().meta({
    description:
      'The `ETag` that you read. If the resource has changed since, the response is 412 and nothing changes. Default: no condition.',
    type: 'string',
    example: '"3"',
  }),
});

export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;

/** A JSON response with an `ETag`. */
export const jsonWithEtag = <S extends z.ZodType>(schema: S, description: string) => ({
  ...json(schema, description),
  headers: {
    ETag: {
      description:
        'The version of the resource. Send it as `If-Match` to update or delete only this version.',
      schema: { type: 'string' as const, example: '"3"' },
    },
  },
});

// Owns API keys as the API shows them. The key itself is in the response that makes it, and in no other.
import { z } from 'zod';
import { type ApiKeyDefinition, apiKeyState } from '../../../services/api-keys/api-key.ts';
import type { ApiKeyRow } from '../../../store/api-keys.ts';
import { iso, isoOrNull, nameSchema, timeSchema } from '../common.ts';
import { mergePatch } from '../merge-patch.ts';
import { restrictionSchema, roleSchema, shownRestrictionSchema } from '../role-schema.ts';

const expirySchema = z.iso
  .datetime({ offset: true, error: 'Must be a time such as 2027-01-31T00:00:00Z, or null.' })
  .nullable()
  .meta({
    description: 'When the key stops working. Null: it does not expire.',
    example: '2030-01-31T00:00:00.000Z',
  });

export const apiKeyInputSchema = z
  .strictObject({
    name: nameSchema.meta({
      description: 'What the key is for: one line of 1 to 120 characters.',
      example: 'Deployment of the shop',
    }),
    role: roleSchema,
    tags: restrictionSchema.default(null),
    expiresAt: expirySchema.default(null),
  })
  .meta({
    id: 'ApiKeyInput',
    description: 'The fields of an API key to create.',
    example: { name: 'Deployment of the shop', role: 'editor', tags: ['team:shop'], expiresAt: null },
  });

export const apiKeyPatchSchema = z
  .strictObject({
    name: nameSchema.optional(),
    role: roleSchema.optional(),
    tags: restrictionSchema.optional(),
    expiresAt: expirySchema.optional(),
  })
  .meta({
    id: 'ApiKeyPatch',
    description: 'The fields of an API key to update. A change applies to the next request with the key.',
    example: { expiresAt: '2030-01-31T00:00:00.000Z' },
  });

const OVERLAP = 'Must be a whole number from 0 to 10080.';
const MAX_OVERLAP_MINUTES = 10_080;

export const rotationSchema = z
  .strictObject({
    overlapMinutes: z
      .int({ error: OVERLAP })
      .min(0, { error: OVERLAP })
      .max(MAX_OVERLAP_MINUTES, { error: OVERLAP })
      .default(60)
      .meta({
        description: 'How long the key before it still works, in minutes. 0: it stops working at once.',
        example: 60,
      }),
    expiresAt: expirySchema.optional().meta({
      description: 'When the new key stops working. Null: it does not expire. Default: as before.',
    }),
  })
  .meta({
    id: 'ApiKeyRotation',
    description: 'How to rotate an API key.',
    example: { overlapMinutes: 60 },
  });

export const apiKeySchema = z
  .strictObject({
    id: z.string().meta({
      description: 'The id. It is not secret.',
      example: 'key_4q0rk2m9s7w1x3z5b8d6',
    }),
    name: z.string().meta({ description: 'What the key is for.', example: 'Deployment of the shop' }),
    hint: z.string().nullable().meta({
      description: 'The beginning of the key, to recognise it. Null for the key of ADMIN_TOKEN_SHA256.',
      example: 'pm_Xy4k',
    }),
    role: roleSchema.nullable(),
    tags: shownRestrictionSchema,
    state: z.enum(['active', 'expired', 'revoked']).meta({
      description: 'Whether the key works. A revoked key never works again.',
    }),
    expiresAt: expirySchema,
    previousKeyExpiresAt: timeSchema.nullable().meta({
      description: 'Until when the key before the last rotation works. Null if it does not work.',
    }),
    revokedAt: timeSchema.nullable().meta({ description: 'When the key was revoked. Null if it was not.' }),
    lastUsedAt: timeSchema.nullable().meta({
      description: 'When the key was last used, to the minute. Null if it never was.',
    }),
    createdBy: z.string().meta({
      description: 'The name of the person or the key that created it.',
      example: 'Ada',
    }),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'ApiKey', description: 'An API key, without the key itself.' });

export const issuedKeySchema = apiKeySchema
  .extend({
    key: z.string().meta({
      description:
        'The key. Store it now: the coordinator keeps only its SHA-256, so no response shows it again.',
      example: 'pm_Xy4kEXAMPLEexampleEXAMPLEexampleEXAMPLE123456',
    }),
  })
  .meta({ id: 'IssuedApiKey', description: 'An API key, with the key itself.' });

type Input = z.output<typeof apiKeyInputSchema>;

export const toDefinition = ({ name, role, tags, expiresAt }: Input): ApiKeyDefinition => ({
  ...{ name, role, tags },
  expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
});

/** The stored fields with an update applied, in the form of an input. */
export const mergeKey = (
  { name, role, tags, expiresAt }: ApiKeyDefinition,
  changes: z.output<typeof apiKeyPatchSchema>,
): Record<string, unknown> => {
  const merged = mergePatch({ name, role, tags, expiresAt: isoOrNull(expiresAt) }, changes);
  // A removed field has its default.
  return { tags: null, expiresAt: null, ...merged };
};

export function toApiKeyResponse(row: ApiKeyRow, now: number): z.input<typeof apiKeySchema> {
  const { id, name, hint, role, tags, createdBy, previousExpiresAt } = row;
  const state = apiKeyState(row, now);
  const overlaps = state === 'active' && previousExpiresAt !== null && previousExpiresAt > now;
  return {
    ...{ id, name, hint: hint === '' ? null : hint, role, tags, state },
    expiresAt: isoOrNull(row.expiresAt),
    previousKeyExpiresAt: overlaps ? iso(previousExpiresAt) : null,
    revokedAt: isoOrNull(row.revokedAt),
    lastUsedAt: isoOrNull(row.lastUsedAt),
    ...{ createdBy, createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt) },
  };
}

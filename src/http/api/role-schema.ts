// Owns how a role and a restriction by tag are written: for API keys, people and rules of identity providers. Plain zod.
import { z } from 'zod';
import { ROLES } from '../../access/role.ts';
import { tagSelectorSchema } from './tags.ts';

export const roleSchema = z.enum(ROLES).meta({
  description:
    'The role. Each may do what the ones before it may. `viewer` reads. `responder` also silences and sends deliveries again. `editor` also changes monitors, channels and maintenances. `admin` also manages people, API keys and identity providers.',
  example: 'editor',
});

const MAX_TAGS = 20;
const FORM = `Must be null for everything, or a list of 1 to ${MAX_TAGS} unique tags.`;

/** Null: everything. An empty list would allow nothing, so it is a mistake. */
export const restrictionSchema = z
  .array(tagSelectorSchema, { error: FORM })
  .min(1, { error: FORM })
  .max(MAX_TAGS, { error: FORM })
  .refine((tags) => new Set(tags).size === tags.length, { error: FORM })
  .nullable()
  .meta({
    description:
      'Restriction: only monitors and channels with one of these tags exist for it. Null: everything. An admin cannot be restricted.',
    example: ['team:shop'],
  });

/** As the API shows a restriction. */
export const shownRestrictionSchema = z
  .array(z.string())
  .nullable()
  .meta({
    description:
      'Restriction: only monitors and channels with one of these tags exist for it. Null: everything.',
    example: ['team:shop'],
  });

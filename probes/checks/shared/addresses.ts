// Owns the option that says how many addresses of a host name must pass a check. Does not connect.
import { z } from 'zod';

export const addressesSchema = z
  .enum(['any', 'all'], { error: '`addresses` must be "any" or "all".' })
  .optional()
  .meta({
    description:
      'Addresses of the host name that must pass: `any` (the default) or `all`. With `all`, each of them runs the whole check.',
  });

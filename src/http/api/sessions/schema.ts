// Owns sessions as the API shows them: without the cookie.
import { z } from 'zod';
import { IDLE_MS, type SessionRow } from '../../../store/sessions.ts';
import { iso, timeSchema } from '../common.ts';

export const sessionSchema = z
  .strictObject({
    id: z
      .string()
      .meta({ description: 'The id. It is not the cookie.', example: 'ses_4q0rk2m9s7w1x3z5b8d6' }),
    method: z.string().meta({
      description:
        'How the person signed in: `passkey`, `password`, `setup`, `invitation`, or the id of an identity provider.',
      example: 'passkey',
    }),
    current: z.boolean().meta({ description: 'Whether this request uses the session.' }),
    address: z.string().nullable().meta({
      description: 'The address from which the person signed in. Null if it is not known.',
      example: '203.0.113.7',
    }),
    userAgent: z.string().nullable().meta({
      description: 'The browser that signed in. Null if it is not known.',
      example: 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0',
    }),
    createdAt: timeSchema.meta({ description: 'When the person signed in.' }),
    lastUsedAt: timeSchema.meta({ description: 'When the session was last used, to the minute.' }),
    expiresAt: timeSchema.meta({
      description: 'When the session ends if it is not used again: after 2 hours, and 12 hours in any case.',
    }),
  })
  .meta({ id: 'Session', description: 'A session of a person who signed in.' });

export function toSessionResponse(
  { id, method, address, userAgent, createdAt, lastUsedAt, expiresAt }: SessionRow,
  currentId: string | null,
): z.input<typeof sessionSchema> {
  return {
    ...{ id, method, current: id === currentId, address, userAgent },
    createdAt: iso(createdAt),
    lastUsedAt: iso(lastUsedAt),
    expiresAt: iso(Math.min(expiresAt, lastUsedAt + IDLE_MS)),
  };
}

// Owns how the inbox responds to webhooks, as tests and people set it. Schema only.
import { z } from 'zod';

/** The inbox responds with this status, or never responds. It keeps webhooks that it accepts with 2xx. */
export const behaviourSchema = z.union([
  z.strictObject({ status: z.int().min(200).max(599) }),
  z.strictObject({ hang: z.literal(true) }),
]);
export type Behaviour = z.output<typeof behaviourSchema>;

export const ACCEPTING: Behaviour = { status: 204 };

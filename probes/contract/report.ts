// Everything one probe answers to one invocation. Owns the response side of the wire.
import { z } from 'zod';
import { observationSchema } from './observation.ts';
import { CONTRACT_VERSION } from './version.ts';

/**
 * The answer to a job: one observation for every look, in any order.
 * `receivedAt` is the probe's clock when the job arrived, ms since the epoch; `build` names the deployed bundle.
 */
export const reportSchema = z.strictObject({
  version: z.literal(CONTRACT_VERSION),
  build: z.string().max(64),
  receivedAt: z.number().min(0),
  observations: z.array(observationSchema).max(10_000),
});
export type Report = z.infer<typeof reportSchema>;

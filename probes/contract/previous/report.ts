// Frozen by `npm run freeze:contract`: the previous version of the contract. Do not edit it.
// Owns the response side of the contract: the report that a probe returns for one job. Does not know the coordinator.
import { z } from 'zod';
import { observationSchema } from './observation.ts';
import { CONTRACT_VERSION } from './version.ts';

/**
 * One observation for every run of the job, in any order.
 * `receivedAt`: the probe's clock when the job arrived, ms since the epoch.
 * `build`: the deployed bundle, as version and hash, such as `0.1.0+4f0c1d2e3a5b`.
 */
export const reportSchema = z.strictObject({
  version: z.literal(CONTRACT_VERSION),
  build: z.string().max(64),
  receivedAt: z.number().min(0),
  observations: z.array(observationSchema).max(10_000),
});
export type Report = z.infer<typeof reportSchema>;

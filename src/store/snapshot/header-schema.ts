// Owns the schema of a snapshot's header. The codec checks what the header refers to by position.
import { z } from 'zod';
import {
  detachmentSchema,
  flappingSchema,
  incidentSchema,
  locationSchema,
  notifiedSchema,
  policySchema,
  roundSchema,
  transitionsSchema,
  warningsSchema,
  windowSchema,
} from '../stored-schemas.ts';

export const versionSchema = z.object({ version: z.number() });

const time = z.number().min(0).max(8.64e15);
const byMonitor = <S extends z.ZodType>(schema: S) => z.record(z.string(), schema);
/** Thousands in an outage. The codec checks each of them while it decodes it. */
const byLocation = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

export const headerSchema = z.object({
  seq: z.int().min(0),
  at: time,
  resumedAt: time,
  nextMonitor: z.int().min(1),
  locations: z.array(locationSchema),
  windows: z.array(z.tuple([z.string(), windowSchema])),
  policies: z.array(policySchema),
  rounds: byMonitor(roundSchema),
  incidents: byMonitor(incidentSchema),
  notified: byMonitor(notifiedSchema),
  transitions: byMonitor(transitionsSchema),
  flapping: byMonitor(flappingSchema),
  noData: byMonitor(z.string().min(1)),
  warnings: byMonitor(warningsSchema),
  detached: byMonitor(detachmentSchema).optional(),
  networks: byMonitor(z.int().min(0)),
  otherNetworks: byMonitor(z.int().min(-1)),
  failed: byLocation,
  degraded: byLocation,
  unmeasured: byLocation,
  strings: z.array(z.string()),
  extras: z.string(),
});

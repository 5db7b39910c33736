// Owns what webhooks and the API show of one check run. Schemas only.
// Does not depend on the contract with the probes, which may change without this form.
import { z } from 'zod';

const milliseconds = z.number().min(0).optional();

export const warningCodeSchema = z.enum(['latency', 'loss', 'certificate']);

/** In the order in which a check run passes them. */
export const phaseSchema = z.enum(['dns', 'connect', 'tls', 'reply']);

/** The fields of an observation beside its outcome, code and detail. The keys are always present. */
export const observationFields = {
  phase: phaseSchema.nullable().meta({ description: 'Phase in which the check failed.' }),
  timings: z
    .strictObject({
      dnsMs: milliseconds,
      connectMs: milliseconds,
      tlsMs: milliseconds,
      firstByteMs: milliseconds,
      totalMs: milliseconds,
    })
    .meta({ description: 'Duration of each phase in milliseconds. A phase that did not happen is absent.' }),
  samples: z
    .strictObject({
      sent: z.int(),
      lost: z.int(),
      minMs: milliseconds,
      meanMs: milliseconds,
      maxMs: milliseconds,
      jitterMs: milliseconds,
    })
    .nullable()
    .meta({ description: 'Several handshakes of one check run. Times are absent if all were lost.' }),
  degraded: z.array(z.strictObject({ code: warningCodeSchema, limit: z.number(), detail: z.string() })).meta({
    description:
      'Warnings of a successful check. `limit` is the threshold that was crossed, in ms, percent or days.',
  }),
  response: z
    .strictObject({
      status: z.int().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.string().optional().meta({ description: 'First kilobyte of the body at most.' }),
    })
    .nullable()
    .meta({
      description: 'The unexpected response. Kept for a limited number of failed checks in each report.',
    }),
};

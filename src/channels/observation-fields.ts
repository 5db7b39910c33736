// What one look saw, as webhooks and the API show it. A public form of its own: the wire to the probes may change
// without it. Schemas only.
import { z } from 'zod';

const milliseconds = z.number().min(0).optional();

export const warningCodeSchema = z.enum(['latency', 'loss', 'certificate']);

/** In the order of a look. */
export const phaseSchema = z.enum(['dns', 'connect', 'tls', 'reply']);

/** What an observation has beside its outcome, code and detail; these keys are always there. */
export const observationFields = {
  phase: phaseSchema.nullable().meta({ description: 'In which phase it failed.' }),
  timings: z
    .strictObject({
      dnsMs: milliseconds,
      connectMs: milliseconds,
      tlsMs: milliseconds,
      firstByteMs: milliseconds,
      totalMs: milliseconds,
    })
    .meta({ description: 'How long each phase took; what did not happen is absent.' }),
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
    .meta({ description: 'Several handshakes of one look; without times when all were lost.' }),
  degraded: z.array(z.strictObject({ code: warningCodeSchema, limit: z.number(), detail: z.string() })).meta({
    description:
      'What makes an ok look a warning. `limit` is the threshold that was crossed: ms, percent or days.',
  }),
  response: z
    .strictObject({
      status: z.int().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.string().optional().meta({ description: 'At most its first kilobyte.' }),
    })
    .nullable()
    .meta({
      description: 'What came back when it was not what it had to be. Kept of a few failed looks only.',
    }),
};

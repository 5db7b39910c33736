// Owns what webhooks and the API show of one check run. Schemas only.
// Does not depend on the contract with the probes, which may change without this form.
import { z } from 'zod';

const milliseconds = (description: string) => z.number().min(0).optional().meta({ description });

export const warningCodeSchema = z.enum(['latency', 'loss', 'certificate', 'address']).meta({
  description:
    'The cause: high latency, packet loss, a certificate that expires soon, or addresses of the host name that failed.',
});

/** In the order in which a check run passes them. */
export const phaseSchema = z.enum(['dns', 'connect', 'tls', 'reply']);

/** The fields of an observation beside its outcome, code and detail. The keys are always present. */
export const observationFields = {
  phase: phaseSchema.nullable().meta({ description: 'Phase in which the check failed.' }),
  timings: z
    .strictObject({
      dnsMs: milliseconds('Name resolution, in ms.'),
      connectMs: milliseconds('TCP handshake, in ms.'),
      tlsMs: milliseconds('TLS handshake, in ms.'),
      firstByteMs: milliseconds('From the request to the first byte of the response, in ms.'),
      totalMs: milliseconds('The whole check run, in ms.'),
    })
    .meta({ description: 'Duration of each phase in milliseconds. A phase that did not happen is absent.' }),
  samples: z
    .strictObject({
      sent: z.int().meta({ description: 'Number of handshakes.' }),
      lost: z.int().meta({ description: 'Number of lost handshakes.' }),
      minMs: milliseconds('Fastest handshake, in ms.'),
      meanMs: milliseconds('Mean handshake, in ms.'),
      maxMs: milliseconds('Slowest handshake, in ms.'),
      jitterMs: milliseconds('Mean difference between successive handshakes, in ms.'),
    })
    .nullable()
    .meta({ description: 'Several handshakes of one check run. Times are absent if all were lost.' }),
  degraded: z
    .array(
      z.strictObject({
        code: warningCodeSchema,
        limit: z
          .number()
          .meta({ description: 'The exceeded threshold, in ms, percent or days; 0 for `address`.' }),
        detail: z.string().meta({ description: 'The warning in words.' }),
      }),
    )
    .meta({ description: 'Warnings of a successful check.' }),
  response: z
    .strictObject({
      status: z.int().optional().meta({ description: 'HTTP status.' }),
      headers: z
        .record(z.string(), z.string())
        .optional()
        .meta({ description: 'Headers that help to diagnose the failure.' }),
      body: z.string().optional().meta({ description: 'First kilobyte of the body at most.' }),
    })
    .nullable()
    .meta({
      description: 'The unexpected response. Kept for a limited number of failed checks in each report.',
    }),
};

// The public status on the wire. Nothing here may carry a host, a port or an address.
import { z } from 'zod';
import { warningCodeSchema } from '../../../channels/observation-fields.ts';
import { timeSchema } from '../common.ts';
import { publicIncidentSchema } from '../incidents/schema.ts';
import { verdictSchema } from '../monitors/schema.ts';

export const statusSchema = z
  .strictObject({
    state: z.enum(['operational', 'partial_outage', 'major_outage', 'maintenance', 'no_data']).meta({
      description:
        'major_outage: at least half of the public monitors are down; partial_outage: any is down or partial; blind: at least half are undecided, or nothing was committed for three minutes; maintenance: only planned work is going on.',
    }),
    updatedAt: timeSchema.nullable().meta({ description: 'The newest commit; null before the first.' }),
    monitors: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        verdict: verdictSchema,
        since: timeSchema,
        maintenance: z.boolean(),
        flapping: z.boolean(),
        warnings: z.array(warningCodeSchema).meta({
          description:
            'What a quorum of locations finds amiss while it is up: slow answers, lost handshakes, a certificate that expires soon.',
        }),
        locations: z.strictObject({ passing: z.int(), failing: z.int(), abstaining: z.int() }),
      }),
    ),
    maintenances: z
      .array(
        z.strictObject({
          id: z.string(),
          name: z.string(),
          monitors: z.array(z.string()),
          startsAt: timeSchema,
          endsAt: timeSchema,
        }),
      )
      .meta({ description: 'Planned work that goes on or begins within seven days.' }),
    incidents: z
      .array(publicIncidentSchema)
      .meta({ description: 'Open ones first, then those that ended in the last seven days.' }),
  })
  .meta({ id: 'Status', description: 'What the status page says, as JSON.' });
export type StatusBody = z.input<typeof statusSchema>;

export const healthSchema = z
  .strictObject({
    status: z.enum(['ok', 'stale']),
    newestCommitAt: timeSchema.nullable(),
    ageSeconds: z.int().nullable(),
  })
  .meta({ id: 'Health', description: 'Is the coordinator committing?' });

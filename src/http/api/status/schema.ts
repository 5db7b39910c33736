// Owns the public status as the API shows it. Does not contain a host, a port or an address.
import { z } from 'zod';
import { warningCodeSchema } from '../../../channels/observation-fields.ts';
import { timeSchema } from '../common.ts';
import { healthStatusSchema, reasonCodeSchema } from '../health/schema.ts';
import { publicIncidentSchema } from '../incidents/schema.ts';
import { verdictSchema } from '../monitors/schema.ts';

export const statusSchema = z
  .strictObject({
    state: z.enum(['operational', 'partial_outage', 'major_outage', 'maintenance', 'no_data']).meta({
      description:
        'The overall status. `major_outage`: at least half of the public monitors are down. `partial_outage`: any is down or partial. A monitor with an open incident and without data counts by its incident. `no_data`: at least half have no data, or ticks or measurements have stopped. `maintenance`: only maintenance is active.',
    }),
    updatedAt: timeSchema
      .nullable()
      .meta({ description: 'The time of the newest report with a measurement. Null before the first.' }),
    monitoring: z
      .strictObject({
        status: healthStatusSchema,
        reasons: z
          .array(
            z.strictObject({
              code: reasonCodeSchema,
              words: z.string().meta({ description: 'The reason in words, without names and figures.' }),
            }),
          )
          .meta({ description: 'What does not work. Empty if everything works.' }),
      })
      .meta({ description: 'Whether probemesh itself works.' }),
    monitors: z
      .array(
        z.strictObject({
          id: z.string().meta({ description: "The monitor's id." }),
          name: z.string().meta({ description: "The monitor's display name." }),
          verdict: verdictSchema,
          since: timeSchema.meta({ description: 'The start of the verdict.' }),
          maintenance: z.boolean().meta({ description: 'Whether a maintenance is active.' }),
          flapping: z.boolean().meta({ description: 'Whether the verdict changes too often.' }),
          warnings: z.array(warningCodeSchema).meta({
            description:
              'Active warnings, agreed by a quorum: high latency, packet loss, a certificate that expires soon, or failed addresses.',
          }),
          locations: z
            .strictObject({
              passing: z.int().meta({ description: 'The number of passing votes.' }),
              failing: z.int().meta({ description: 'The number of failing votes.' }),
              abstaining: z.int().meta({ description: 'The number of locations without a vote.' }),
            })
            .meta({ description: 'The number of locations by vote.' }),
        }),
      )
      .meta({ description: 'All public monitors.' }),
    maintenances: z
      .array(
        z.strictObject({
          id: z.string().meta({ description: "The maintenance's id." }),
          name: z.string().meta({ description: "The maintenance's display name." }),
          monitors: z.array(z.string()).meta({ description: 'The ids of the public monitors.' }),
          startsAt: timeSchema.meta({ description: 'The start.' }),
          endsAt: timeSchema.meta({ description: 'The end.' }),
        }),
      )
      .meta({ description: 'Maintenance that is active or starts within 7 days.' }),
    incidents: z
      .array(publicIncidentSchema)
      .meta({ description: 'Open incidents, then incidents resolved within the last 7 days.' }),
  })
  .meta({ id: 'Status', description: 'The content of the status page.' });
export type StatusResponse = z.input<typeof statusSchema>;

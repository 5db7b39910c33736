// Owns the public status as the API shows it. Does not contain a host, a port or an address.
import { z } from 'zod';
import { warningCodeSchema } from '../../../channels/observation-fields.ts';
import { timeSchema } from '../common.ts';
import { cursorSchema, limitSchema, nextCursorSchema } from '../cursor.ts';
import { healthStatusSchema, reasonCodeSchema } from '../health/schema.ts';
import { publicIncidentSchema } from '../incidents/schema.ts';
import { verdictSchema } from '../monitors/schema.ts';

/** Monitors of a response: one of 5,000 monitors stays below 20 kB. */
const MONITORS = 40;

/** How many monitors were before. The order follows the state, so a position is not one monitor. */
const parsePosition = (text: string): number | null => (/^\d{1,6}$/.test(text) ? Number(text) : null);

export const statusQuerySchema = z.strictObject({
  verdict: verdictSchema.optional().meta({ description: 'Filter by verdict.', example: 'down' }),
  group: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'Filter by the group of the monitors.', example: 'Shop' }),
  limit: limitSchema('monitors', MONITORS),
  cursor: cursorSchema(parsePosition).optional(),
});
export type StatusQuery = z.output<typeof statusQuerySchema>;

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
          since: timeSchema.meta({
            description:
              'The start of the verdict. Of `up`: the end of the last incident, or the first measurement. A time without data does not restart it.',
          }),
          lastGap: z
            .strictObject({
              from: timeSchema.meta({ description: 'The start of the time without data.' }),
              to: timeSchema.meta({ description: 'The end of the time without data.' }),
            })
            .nullable()
            .meta({
              description:
                'The newest time without data after `since`. Null if there was none, or unless the verdict is `up`.',
            }),
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
      .meta({ description: 'The public monitors of this page: failing ones first, then by name.' }),
    monitorCount: z.int().meta({ description: 'The number of public monitors on all pages.' }),
    nextCursor: nextCursorSchema,
    maintenances: z
      .array(
        z.strictObject({
          id: z.string().meta({ description: "The maintenance's id." }),
          name: z.string().meta({ description: "The maintenance's display name." }),
          monitors: z
            .array(z.string())
            .meta({ description: 'The ids of those that `monitors` of this page lists.' }),
          startsAt: timeSchema.meta({ description: 'The start.' }),
          endsAt: timeSchema.meta({ description: 'The end.' }),
        }),
      )
      .meta({ description: 'Maintenance that is active or starts within 7 days.' }),
    incidents: z.array(publicIncidentSchema).meta({
      description:
        'Open incidents, then incidents resolved within the last 7 days: the newest 20. An incident wholly inside a maintenance is not listed.',
    }),
  })
  .meta({ id: 'Status', description: 'The content of the status page.' });
export type StatusResponse = z.input<typeof statusSchema>;

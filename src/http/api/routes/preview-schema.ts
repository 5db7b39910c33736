// Owns the question "who would be notified?" and its answer as the API shows them. Plain zod.
import { z } from 'zod';
import { eventTypes } from '../../../channels/events.ts';
import { idSchema, timeSchema } from '../common.ts';

export const previewQuery = z.strictObject({
  monitor: idSchema.optional().meta({
    description:
      'Id of the monitor. Default: none, for an event about probemesh itself, such as `channel.failing`.',
    example: 'web-shop',
  }),
  event: z.enum(eventTypes).default('incident.opened').meta({
    description: 'The event. Default: `incident.opened`.',
    example: 'incident.opened',
  }),
  at: timeSchema.optional().meta({ description: 'When it is raised. Default: now.' }),
});

const named = (what: string) =>
  z.strictObject({
    id: z.string().meta({ description: `Id of the ${what}.` }),
    name: z.string().meta({ description: `Name of the ${what}.` }),
  });

export const previewSchema = z
  .strictObject({
    event: z.enum(eventTypes).meta({ description: 'The event.' }),
    severity: z.enum(['critical', 'warning', 'info']).meta({ description: 'Severity of the event.' }),
    at: timeSchema.meta({ description: 'When it is raised.' }),
    source: z.enum(['monitor', 'routes', 'defaults', 'follow_up', 'none']).meta({
      description:
        'What decides. `monitor`: its own list of channels. `routes`: the routes. `defaults`: no route matches, so the default channels. `follow_up`: the channels that got the opening. `none`: a warning that no route names.',
    }),
    recipients: z
      .array(
        z.strictObject({
          channel: named('channel')
            .extend({
              type: z.string().meta({ description: 'Type of the channel.' }),
              enabled: z.boolean().meta({ description: 'A disabled channel receives nothing.' }),
            })
            .meta({ description: 'The channel.' }),
          route: named('route')
            .nullable()
            .meta({ description: 'The route that names it. Null: no route, or none that you can see.' }),
          step: z.int().min(1).meta({ description: 'Number of the step of the route, from 1.' }),
          at: timeSchema.meta({ description: 'When the channel is notified.' }),
          waitsFor: z.enum(['nothing', 'delay', 'quiet_hours', 'escalation']).meta({
            description:
              'What the step waits for. It is left out if the problem is acknowledged or over by then.',
          }),
          onCall: z
            .strictObject({
              schedule: z.string().meta({ description: 'Id of the schedule.' }),
              person: named('person').meta({ description: 'The person on call.' }),
            })
            .nullable()
            .meta({
              description:
                'Who is on call. Null: the step names the channel itself, or a schedule that you cannot see.',
            }),
          fallback: z.boolean().meta({
            description:
              'Whether the schedules of the step reach no channel, so that the default channels get it.',
          }),
        }),
      )
      .meta({ description: 'The channels, in order of time.' }),
    routes: z
      .array(
        named('route').extend({
          mismatch: z
            .enum([
              ...(['tags', 'monitors', 'groups', 'severities', 'events', 'times', 'warning'] as const),
              ...(['earlier_route', 'disabled'] as const),
            ])
            .nullable()
            .meta({
              description:
                'Why the route does not apply: the first field that does not match, `warning` (it names neither the event nor the severity), `earlier_route`, or `disabled`. Null: it applies.',
            }),
          repeatMinutes: z
            .int()
            .nullable()
            .meta({ description: 'Minutes between reminders. Null: no reminders.' }),
        }),
      )
      .meta({ description: 'Every route, in order.' }),
  })
  .meta({ id: 'RoutePreview', description: 'The channels that would be notified, when, and why.' });

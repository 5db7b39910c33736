// Owns POST /api/v1/channels/preview. Does not return secrets or addresses.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { eventTypes } from '../../../channels/events.ts';
import { showPreview } from '../../../services/channels/preview-channel.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  notFound,
  security,
  unauthorized,
} from '../responses.ts';
import { channelTypeNames, previewTemplatesSchema } from './schema.ts';

const inputSchema = z
  .strictObject({
    channelId: z.string().max(64).optional().meta({
      description: 'Id of a stored channel. Its type, config and templates apply where the request has none.',
      example: 'on-call',
    }),
    type: z
      .enum(channelTypeNames)
      .optional()
      .meta({ description: 'The type of the channel. Needed without `channelId`.' }),
    config: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'Fields of the configuration. Omit secrets and addresses: values of the documentation stand in for them.',
    }),
    templates: previewTemplatesSchema,
    event: z.enum(eventTypes).default('incident.opened').meta({
      description: 'The event, with example data. Defaults to `incident.opened`.',
    }),
  })
  .meta({
    id: 'ChannelPreviewInput',
    description: 'The channel and the event to preview.',
    example: {
      type: 'email',
      config: { provider: 'resend', from: 'alerts@example.com', to: ['on-call@example.com'] },
      templates: { title: '{{ monitor.name }} is {{ verdict }}' },
      event: 'incident.opened',
    },
  });

const previewSchema = z
  .strictObject({
    title: z.string().meta({ description: 'The title: of the template, or the default text.' }),
    body: z.string().meta({ description: 'The body: of the template, or the default summary.' }),
    warning: z.string().nullable().meta({
      description: 'Why a default text is used in place of a template. Null: every template is used.',
    }),
    requests: z
      .array(
        z.strictObject({
          method: z.string().meta({
            description: 'Method of the request. `EMAIL`: the email binding gets it.',
            example: 'POST',
          }),
          url: z.string().nullable().meta({
            description: 'Address of the request. Null for the email binding.',
            example: 'https://api.resend.com/emails',
          }),
          headers: z.record(z.string(), z.string()).meta({ description: 'Headers of the request.' }),
          body: z.string().meta({ description: 'Body of the request.' }),
        }),
      )
      .meta({
        description:
          'The requests, in order. The names of secrets and addresses stand in for their values: `<url>`.',
      }),
  })
  .meta({ id: 'ChannelPreview', description: 'What a channel sends for an example event.' });

const route = createRoute({
  tags: ['Channels'],
  security,
  method: 'post',
  path: '/api/v1/channels/preview',
  operationId: 'previewChannel',
  summary: 'Preview a message',
  description:
    'Renders an example event for a channel, with templates that need not be stored. Sends nothing and changes nothing.',
  request: { body: jsonBody(inputSchema, 'The channel and the event.') },
  responses: {
    200: json(previewSchema, 'The texts, and the requests without secrets.'),
    ...badBody,
    ...unauthorized,
    ...notFound,
    ...conflict,
    ...invalidInput,
  },
});

export function addChannelPreviewRoute(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(route, async (c) => {
    const shown = await showPreview(c.var.config, c.req.valid('json'), c.var.caller);
    if (!shown.ok) return toProblem(shown.error);
    const { requests, ...texts } = shown.value;
    return c.json({ ...texts, requests: [...requests] }, 200);
  });
}

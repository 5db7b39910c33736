// The OpenAPI 3.1 document: made from the routes themselves, and the webhooks from the table of events.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { events, eventTypes } from '../../channels/events.ts';
import { webhookBodySchema } from '../../channels/notification.ts';
import type { HttpEnv } from '../context.ts';

export type OpenApiDocument = ReturnType<OpenAPIHono<HttpEnv>['getOpenAPI31Document']>;

const API_VERSION = '1.0.0';

const INTRODUCTION =
  `Everything that probemesh knows and does, over HTTP. Closed routes take the admin token as
\`Authorization: Bearer <token>\`. Bodies are JSON; unknown fields are refused, so a typing error never passes in silence.
Times are ISO 8601 in UTC. Errors are RFC 9457 problem details that name every field at fault.`.replaceAll(
    '\n',
    ' ',
  );

const signatureHeaders = z.object({
  'webhook-id': z.string().meta({
    description: 'The same in every attempt of one notification: use it to tell repetitions apart.',
    example: 'inc_mbx1k2_7_opened',
  }),
  'webhook-timestamp': z
    .string()
    .meta({ description: 'Of this attempt, seconds since the epoch.', example: '1763976600' }),
  'webhook-signature': z.string().meta({
    description:
      '`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` under the secret (Standard Webhooks 1.0).',
    example: 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  }),
});

function registerWebhooks(app: OpenAPIHono<HttpEnv>): void {
  for (const type of eventTypes) {
    const { severity, description } = events[type];
    const severityText = severity === 'incident' ? "the incident's severity" : severity;
    app.openAPIRegistry.registerWebhook({
      method: 'post',
      path: type,
      tags: ['Webhooks'],
      operationId: `webhook.${type}`,
      summary: type,
      description: `${description} Severity: ${severityText}.`,
      request: {
        headers: signatureHeaders,
        body: { required: true, content: { 'application/json': { schema: webhookBodySchema } } },
      },
      responses: {
        '2XX': { description: 'Delivered.' },
        410: { description: 'Gone: the channel is disabled.' },
        default: {
          description: 'Retried with growing pauses for about a day. Redirects are not followed.',
        },
      },
    });
  }
}

/** Call once, after all routes are there: makes the document when it is first asked for, and keeps it. */
export function openApiDocument(app: OpenAPIHono<HttpEnv>): (publicUrl: string) => OpenApiDocument {
  app.openAPIRegistry.registerComponent('securitySchemes', 'adminToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'The admin token.',
  });
  registerWebhooks(app);
  let document: OpenApiDocument | undefined;
  return (publicUrl) => {
    document ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'probemesh API',
        version: API_VERSION,
        description: INTRODUCTION,
        license: { name: 'MIT' },
      },
      servers: [{ url: publicUrl }],
      tags: [
        { name: 'Public', description: 'For everybody, without a token.' },
        { name: 'Monitors', description: 'What is watched, how, and who is told.' },
        { name: 'Incidents', description: 'The stored spans of confirmed verdicts.' },
        { name: 'Channels', description: 'Where notifications go.' },
        { name: 'Locations', description: 'Where probes run, and which of them are believed.' },
        { name: 'Maintenance', description: 'Planned work: nobody is told, and it is left out of uptime.' },
        { name: 'Silences', description: 'Nobody is told for a while.' },
        { name: 'Checks', description: 'A check by hand, for whoever wants to see what happens.' },
        { name: 'Configuration', description: 'Everything at once, from a file.' },
        { name: 'Webhooks', description: 'What probemesh sends to your receiver.' },
      ],
    });
    return { ...document, servers: [{ url: publicUrl }] };
  };
}

// Owns the OpenAPI 3.1 document: paths come from the routes, webhooks from the table of events.
// Does not describe any path or event itself.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { eventSchemas, notificationSchema } from '../../channels/event-schemas.ts';
import { events, eventTypes, isReserved } from '../../channels/events.ts';
import { exampleBody } from '../../channels/example-bodies.ts';
import { VERSION } from '../../version.ts';
import type { HttpEnv } from '../context.ts';
import { invalidInput } from './responses.ts';

export type OpenApiDocument = ReturnType<OpenAPIHono<HttpEnv>['getOpenAPI31Document']>;

const INTRODUCTION = [
  'The HTTP API of probemesh.',
  'Routes that are not public need an API key as `Authorization: Bearer <key>`, or the session of a person who signed in.',
  'Bodies are JSON. Unknown fields and query parameters are rejected, so a misspelled one is an error.',
  '`PATCH` is a JSON Merge Patch (RFC 7396).',
  'Times are ISO 8601 in UTC.',
  'Errors are RFC 9457 problem details that list every invalid field.',
  'To avoid lost updates, send the `ETag` of a resource as `If-Match`.',
].join(' ');

const signatureHeaders = z.object({
  'webhook-id': z.string().meta({
    description: 'The id of the notification. Retries have the same id, so use it to discard duplicates.',
    example: 'inc_mbx1k2_7_opened',
  }),
  'webhook-timestamp': z
    .string()
    .meta({ description: 'The time of the attempt, in seconds since the epoch.', example: '1763976600' }),
  'webhook-signature': z.string().meta({
    description:
      'The signature (Standard Webhooks 1.0): `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body` with the secret.',
    example: 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  }),
});

function registerWebhooks(app: OpenAPIHono<HttpEnv>): void {
  app.openAPIRegistry.register('Notification', notificationSchema);
  for (const type of eventTypes) {
    const { severity, description } = events[type];
    const severityText = severity === 'incident' ? "the incident's severity" : severity;
    app.openAPIRegistry.registerWebhook({
      method: 'post',
      path: type,
      tags: ['Webhooks'],
      operationId: `webhook.${type}`,
      summary: type,
      description: `${description} Severity: ${severityText}.${isReserved(type) ? ' Reserved: not sent today.' : ''}`,
      request: {
        headers: signatureHeaders,
        body: {
          required: true,
          content: { 'application/json': { schema: eventSchemas[type], example: exampleBody(type) } },
        },
      },
      responses: {
        '2XX': { description: 'Delivered.' },
        410: { description: 'The receiver is gone. Three in at least an hour disable the channel.' },
        default: {
          description:
            'Failed. The delivery is retried with growing pauses for about a day. Redirects are not followed.',
        },
      },
    });
  }
}

/** Every operation of the API refuses query parameters that it does not know, so a route need not say so. */
function refuseParameters({ paths = {} }: OpenApiDocument): void {
  const { description } = invalidInput[422];
  const schema = { $ref: '#/components/schemas/Problem' };
  for (const [path, item] of Object.entries(paths)) {
    if (!path.startsWith('/api/v1/')) continue;
    for (const operation of Object.values(item as Record<string, { responses: Record<string, unknown> }>))
      operation.responses[422] ??= { description, content: { 'application/problem+json': { schema } } };
  }
}

/** Readers look for their own objects first, so the bodies of webhooks follow them. */
function webhooksLast({ components }: OpenApiDocument): void {
  const schemas = Object.entries(components?.schemas ?? {});
  const isOfWebhook = ([name]: [string, unknown]): boolean => /^Notifi|Event$/.test(name);
  const sorted = [...schemas.filter((one) => !isOfWebhook(one)), ...schemas.filter(isOfWebhook)];
  if (components) components.schemas = Object.fromEntries(sorted);
}

/** Call once, after all routes are registered. Creates the document on first use and keeps it. */
export function openApiDocument(app: OpenAPIHono<HttpEnv>): (publicUrl: string) => OpenApiDocument {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key. Its role and its tags decide what it may do.',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-probemesh-session',
    description:
      'The session of a person who signed in. A request that changes something also needs the header `x-csrf-token`.',
  });
  registerWebhooks(app);
  let document: OpenApiDocument | undefined;
  return (publicUrl) => {
    document ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'probemesh API',
        version: VERSION,
        description: INTRODUCTION,
        license: { name: 'MIT' },
      },
      servers: [{ url: publicUrl }],
      tags: [
        { name: 'Public', description: 'Public endpoints. They need no API key.' },
        {
          name: 'Monitors',
          description: 'What probemesh checks, how often, from where, and which channels it notifies.',
        },
        {
          name: 'Heartbeats',
          description:
            'Monitors of jobs that report in. `check` says when: `{ "type": "heartbeat", "everySeconds": 86400 }`, or `{ "type": "heartbeat", "cron": "0 3 * * *", "timeZone": "Europe/Berlin" }`. The job calls its ping address, which is a secret: `GET`, `HEAD` or `POST /ping/{key}`, with `/start`, `/fail`, `/log` or `/{exit code}` behind it, and `?rid=` to name a run.',
        },
        {
          name: 'History',
          description: 'Uptime, latency and incidents of the past, and exports of everything.',
        },
        {
          name: 'Reports',
          description: 'Reports of a week, month, quarter or year, and schedules that send them.',
        },
        { name: 'Incidents', description: 'Confirmed problems of monitors and locations.' },
        {
          name: 'Public incidents',
          description: 'Incidents in the words of people, for the readers of status pages.',
        },
        { name: 'Announcements', description: 'Words for readers, without an incident.' },
        { name: 'Subscribers', description: 'Readers who get messages of a status page.' },
        { name: 'Update templates', description: 'Texts to begin an incident update with.' },
        { name: 'Channels', description: 'Destinations for notifications.' },
        { name: 'Routes', description: 'Which notifications go to which channels, and when.' },
        { name: 'Settings', description: 'Settings of the whole mesh, such as the default channels.' },
        { name: 'Deliveries', description: 'What was sent to each channel, what waits, and redelivery.' },
        { name: 'Health', description: 'Whether probemesh itself works, in detail.' },
        { name: 'Locations', description: 'The places where probes run, and their state.' },
        {
          name: 'Maintenance',
          description: 'Planned work. Notifications are suppressed, and the time does not count for uptime.',
        },
        { name: 'Silences', description: 'Suppress notifications for some time.' },
        {
          name: 'Status pages',
          description: 'The pages that readers see: what they show, and who may read them.',
        },
        { name: 'On-call', description: 'Who is on call: schedules with rotations and overrides.' },
        { name: 'Checks', description: 'Run a check now and see every step.' },
        { name: 'Configuration', description: 'All monitors and channels at once, for example from a file.' },
        { name: 'Identity providers', description: 'Where people sign in, and what their groups may do.' },
        { name: 'State', description: 'What the coordinator has stored: verify it, and rebuild it.' },
        { name: 'People', description: 'People who sign in, and what they may do.' },
        { name: 'Sessions', description: 'Where people are signed in.' },
        { name: 'API keys', description: 'Keys of programs, each with a role and its own expiry.' },
        { name: 'Backup', description: 'Everything that a mesh stores, out of it and into another one.' },
        { name: 'Audit', description: 'Who changed what, when and from where.' },
        { name: 'Webhooks', description: 'Requests that probemesh sends to your receiver.' },
      ],
    });
    refuseParameters(document);
    webhooksLast(document);
    return { ...document, servers: [{ url: publicUrl }] };
  };
}

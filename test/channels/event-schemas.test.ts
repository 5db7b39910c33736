// The exact schema of each event: every body that the coordinator makes matches it, and one with another key does not.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { webhookTypes } from '../../scripts/docs/webhook-types.ts';
import { eventSchemas, notificationSchema, schemaName } from '../../src/channels/event-schemas.ts';
import { eventTypes } from '../../src/channels/events.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { bodyShape, EMPTY_DATA, type WebhookBody } from '../../src/channels/notification.ts';
import { newBody } from '../../src/channels/render.ts';
import { hostileMessages } from '../support/channels/messages.ts';

test.each(eventTypes)('the example of %s matches its own schema and the union', (type) => {
  const body = exampleBody(type);
  expect(eventSchemas[type].safeParse(body).error).toBeUndefined();
  expect(notificationSchema.parse(body)).toEqual(body);
});

test('bodies with hostile names match the union', () => {
  for (const { message, title } of hostileMessages)
    for (const { body } of message.notifications)
      expect(notificationSchema.safeParse(body).error, title).toBeUndefined();
});

test.each(eventTypes)(
  'a body of %s without its subject, or with the subject of another, is refused',
  (type) => {
    const body = exampleBody(type);
    if (type !== 'test')
      expect(eventSchemas[type].safeParse({ ...body, data: EMPTY_DATA }).success).toBe(false);
    const foreign = type.startsWith('location.')
      ? exampleBody('mesh.impaired')
      : exampleBody('location.lost');
    const data: WebhookBody['data'] = {
      ...body.data,
      location: body.data.location ?? foreign.data.location,
      mesh: body.data.mesh ?? foreign.data.mesh,
    };
    const changed = { ...body, data };
    expect(eventSchemas[type].safeParse(changed).success).toBe(false);
  },
);

test('an event of another severity is refused, and an incident decides its own', () => {
  const opened = exampleBody('incident.opened');
  expect(notificationSchema.safeParse({ ...opened, severity: 'info' }).success).toBe(false);
  const reminder = exampleBody('incident.reminder');
  const incident = { ...reminder.data.incident!, verdict: 'partial' as const };
  const partial = newBody('incident.reminder', Date.parse(reminder.timestamp), {
    ...reminder.data,
    incident,
  });
  expect(partial.severity).toBe('warning');
  expect(notificationSchema.safeParse(partial).error).toBeUndefined();
});

test('each event has a schema with a name of its own', () => {
  expect(new Set(eventTypes.map(schemaName)).size).toBe(eventTypes.length);
  expect(schemaName('incident.partial_resolved')).toBe('IncidentPartialResolvedEvent');
  expect(Object.keys(eventSchemas)).toEqual(eventTypes);
  expect(bodyShape.type.options).toEqual(eventTypes);
});

test('the types of webhook bodies are those of the schemas, and import nothing', () => {
  const types = readFileSync('src/channels/webhooks.d.ts', 'utf8');
  expect(types).toBe(webhookTypes());
  expect(types).not.toMatch(/^import|unknown;|: any\b/m);
  for (const type of eventTypes) expect(types).toContain(`export interface ${schemaName(type)} {`);
});

// Every example and default of the OpenAPI document, and every body that the reference page shows, against its schema.
import { expect, test } from 'vitest';
import { eventTypes } from '../../src/channels/events.ts';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { exampleOf } from '../../src/http/reference/examples.ts';
import { bodyErrors, openapi, routes, schemaErrors } from '../support/docs/openapi.ts';

/** Names below these keys are chosen by us: `properties.example` is a field, not an example. */
const NAMED = new Set([
  'properties',
  'patternProperties',
  'schemas',
  'paths',
  'webhooks',
  'responses',
  'content',
  'headers',
]);

type Found = readonly [path: readonly string[], value: unknown];

/** Each example with the place of its schema: that of its node, or that of its media type or parameter. */
function examplesIn(node: unknown, path: readonly string[], isNamed = false): Found[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]): Found[] => {
    if (!isNamed && (key === 'example' || key === 'default'))
      return [['schema' in node ? [...path, 'schema'] : path, value]].map((one) => one as unknown as Found);
    if (!isNamed && (key === 'examples' || key === 'enum' || key === 'const'))
      return key === 'examples' && Array.isArray(value) ? value.map((one): Found => [path, one]) : [];
    return examplesIn(value, [...path, key], !isNamed && NAMED.has(key) && !Array.isArray(value));
  });
}

const found = examplesIn(openapi, []);

test('the document has examples of fields, parameters and webhooks', () => {
  const paths = found.map(([path]) => path.join('/'));
  expect(paths.length).toBeGreaterThan(100);
  for (const part of ['components/schemas/', 'paths/', 'webhooks/incident.opened/'])
    expect(paths.some((path) => path.startsWith(part))).toBe(true);
});

test('every example and default of the document matches its schema', () => {
  const wrong = found.flatMap(([path, value]) =>
    schemaErrors(path, value).map((error) => `${path.join('/')}: ${JSON.stringify(value)}: ${error}`),
  );
  expect(wrong).toEqual([]);
});

test('an example that does not match is found', () => {
  expect(schemaErrors(['components', 'schemas', 'MonitorInput'], { name: 7 })).not.toEqual([]);
  expect(schemaErrors(['components', 'schemas', 'Notification'], {})).not.toEqual([]);
});

test.each(routes.filter(({ operation }) => operation.requestBody?.content['application/json']))(
  'the body that the reference shows for $method $path matches its schema',
  (route) => {
    const { schema } = route.operation.requestBody.content['application/json'];
    expect(bodyErrors(route, exampleOf(schema, openapi.components.schemas))).toEqual([]);
  },
);

test('the document has a consistent body of every event', () => {
  for (const type of eventTypes) {
    const { example } = openapi.webhooks[type].post.requestBody.content['application/json'];
    const { data, title } = webhookBodySchema.parse(example);
    expect(example.type).toBe(type);
    expect(title.length).toBeGreaterThan(0);
    if (data.incident) expect(data.incident.resolvedAt === null).toBe(data.incident.state === 'open');
  }
});

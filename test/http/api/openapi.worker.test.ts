import { expect, test } from 'vitest';
import { schemaName } from '../../../src/channels/event-schemas.ts';
import { eventTypes } from '../../../src/channels/events.ts';
import { VERSION } from '../../../src/version.ts';
import { ask } from '../../support/d1/http-mesh.ts';

const document = (await ask('/api/v1/openapi.json', { token: null })).json;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

interface Operation {
  operationId: string;
  summary: string;
  security: unknown[];
  responses: Record<string, { description: string }>;
}

const operations: [string, Operation][] = Object.entries<Record<string, Operation>>(document.paths).flatMap(
  ([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
);

test('the document is OpenAPI 3.1, has the version of package.json and describes the whole API', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ title: 'probemesh API', version: VERSION });
  expect(operations.map(([name]) => name).sort()).toEqual(
    [
      'DELETE /api/v1/channels/{id}',
      'DELETE /api/v1/identity-providers/{id}',
      'DELETE /api/v1/monitors/{id}',
      'DELETE /api/v1/subscribers/{id}',
      'GET /api/v1/subscribers',
      'GET /api/v1/subscribers/export',
      'POST /api/v1/subscribers',
      'POST /api/v1/subscribers/import',
      ...['maintenances', 'silences'].flatMap((path) => [
        `DELETE /api/v1/${path}/{id}`,
        `GET /api/v1/${path}`,
        `GET /api/v1/${path}/{id}`,
        `PATCH /api/v1/${path}/{id}`,
        `POST /api/v1/${path}`,
        `POST /api/v1/${path}/{id}/end`,
      ]),
      ...['GET', 'POST'].flatMap((method) => [`${method} /api/v1/api-keys`, `${method} /api/v1/people`]),
      ...['GET', 'PATCH'].flatMap((method) => [
        `${method} /api/v1/api-keys/{id}`,
        `${method} /api/v1/people/{id}`,
      ]),
      'POST /api/v1/api-keys/{id}/rotate',
      'POST /api/v1/api-keys/{id}/revoke',
      'POST /api/v1/people/{id}/invitation',
      'DELETE /api/v1/people/{id}',
      'GET /api/v1/me',
      'GET /api/v1/sessions',
      'DELETE /api/v1/sessions/{id}',
      'GET /api/v1/audit-entries',
      'GET /api/v1/audit-entries/export',
      'GET /api/v1/audit-entries/verification',
      'GET /api/v1/backup',
      'GET /api/v1/backup/tables/{table}',
      'POST /api/v1/backup/cut',
      ...['', '/clear', '/rows', '/finish'].map((step) => `POST /api/v1/restore${step}`),
      'GET /api/v1/channels',
      'GET /api/v1/channels/{id}',
      'GET /api/v1/configuration',
      'GET /api/v1/deliveries',
      'GET /api/v1/deliveries/{notificationId}/{channelId}',
      'GET /api/v1/health',
      'GET /api/v1/identity-providers',
      'GET /api/v1/identity-providers/{id}',
      ...['announcements', 'public-incidents', 'update-templates'].flatMap((path) => [
        `DELETE /api/v1/${path}/{id}`,
        `GET /api/v1/${path}`,
        `GET /api/v1/${path}/{id}`,
        `PATCH /api/v1/${path}/{id}`,
        `POST /api/v1/${path}`,
      ]),
      'POST /api/v1/public-incidents/{id}/publish',
      'POST /api/v1/public-incidents/{id}/updates',
      'PATCH /api/v1/public-incidents/{id}/updates/{updateId}',
      'DELETE /api/v1/public-incidents/{id}/updates/{updateId}',
      'PUT /api/v1/public-incidents/{id}/postmortem',
      'DELETE /api/v1/public-incidents/{id}/postmortem',
      'GET /api/v1/incidents',
      'GET /api/v1/incidents/{id}',
      'POST /api/v1/incidents/{id}/acknowledge',
      'POST /api/v1/incidents/{id}/comments',
      'POST /api/v1/incidents/{id}/snooze',
      'POST /api/v1/incidents/{id}/unacknowledge',
      'GET /api/v1/locations',
      'GET /api/v1/monitors',
      'POST /api/v1/monitors/bulk',
      'GET /api/v1/monitor-views',
      'POST /api/v1/monitor-views',
      'DELETE /api/v1/monitor-views/{id}',
      'GET /api/v1/monitors/{id}',
      'GET /api/v1/monitors/{id}/explain',
      'GET /api/v1/monitors/{id}/heartbeat',
      'POST /api/v1/monitors/{id}/heartbeat/rotate',
      'GET /api/v1/monitors/{id}/pings',
      'GET /api/v1/overview',
      'GET /api/v1/routes',
      'GET /api/v1/routing-preview',
      'GET /api/v1/routes/{id}',
      'GET /api/v1/settings',
      'GET /api/v1/status',
      'GET /healthz',
      'PATCH /api/v1/channels/{id}',
      'PATCH /api/v1/identity-providers/{id}',
      'PATCH /api/v1/monitors/{id}',
      'DELETE /api/v1/routes/{id}',
      'PATCH /api/v1/routes/{id}',
      'PATCH /api/v1/settings',
      'POST /api/v1/routes',
      'PUT /api/v1/routes/order',
      'POST /api/v1/check',
      'POST /api/v1/channels',
      'POST /api/v1/channels/preview',
      'POST /api/v1/channels/{id}/test',
      'POST /api/v1/identity-providers',
      'POST /api/v1/deliveries/{notificationId}/{channelId}/redeliver',
      'POST /api/v1/monitors',
      'POST /api/v1/state/rebuild',
      'PUT /api/v1/configuration',
      ...['GET', 'POST'].map((method) => `${method} /api/v1/schedules`),
      ...['DELETE', 'GET', 'PATCH'].map((method) => `${method} /api/v1/schedules/{id}`),
      ...['GET', 'POST'].map((method) => `${method} /api/v1/report-schedules`),
      ...['DELETE', 'GET', 'PATCH'].map((method) => `${method} /api/v1/report-schedules/{id}`),
      ...['days', 'incidents', 'observations'].map((kind) => `GET /api/v1/exports/${kind}`),
      ...['history', 'incidents', 'uptime'].map((part) => `GET /api/v1/monitors/{id}/${part}`),
      'GET /api/v1/reports/{period}',
      'GET /api/v1/uptime',
      'GET /api/v1/schedules/{id}/on-call',
      'GET /api/v1/schedules/{id}/shifts',
      'POST /api/v1/schedules/{id}/overrides',
      'DELETE /api/v1/schedules/{id}/overrides/{overrideId}',
      ...['GET', 'POST'].map((method) => `${method} /api/v1/status-pages`),
      ...['DELETE', 'GET', 'PATCH'].map((method) => `${method} /api/v1/status-pages/{id}`),
      'POST /api/v1/drill',
      ...['DELETE', 'GET', 'PUT'].flatMap((method) => [
        `${method} /api/v1/settings/dead-mans-switch`,
        `${method} /api/v1/settings/heartbeat`,
      ]),
      ...['GET', 'PUT'].map((method) => `${method} /api/v1/settings/location-names`),
    ].sort(),
  );
});

test.each(operations)(
  '%s has an operation id, a summary and a description of every response',
  (name, operation) => {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary.length).toBeGreaterThan(5);
    for (const response of Object.values(operation.responses)) expect(response.description).not.toBe('');
    const isOpen = name === 'GET /api/v1/status' || name === 'GET /healthz';
    expect(operation.security).toEqual(isOpen ? [] : [{ apiKey: [] }, { session: [] }]);
    expect('401' in operation.responses).toBe(!isOpen);
  },
);

test('every reference in the document has a target', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (match) => match[1],
  );
  expect(references.length).toBeGreaterThan(10);
  for (const name of new Set(references)) expect(document.components.schemas).toHaveProperty(name as string);
});

test('the schemas describe what the API accepts', () => {
  const { MonitorInput, Alert } = document.components.schemas;
  expect(MonitorInput.required).toEqual(['name', 'check']);
  expect(MonitorInput.properties.intervalSeconds.enum).toEqual([30, 60, 120, 300, 600, 1800, 3600]);
  expect(MonitorInput.additionalProperties).toBe(false);
  expect(Alert.properties.failures).toMatchObject({ type: 'integer', minimum: 1, maximum: 10, default: 2 });
});

test('every pattern is valid in JSON Schema: without flags and under Unicode rules', () => {
  const patterns: string[] = [];
  JSON.parse(JSON.stringify(document), (key, value) => {
    if (key === 'pattern') patterns.push(value);
    return value;
  });
  expect(patterns.length).toBeGreaterThan(0);
  for (const pattern of patterns) {
    expect(() => new RegExp(pattern, 'u')).not.toThrow();
    expect(pattern).not.toMatch(/\/[a-z]*$/);
  }
});

test('operation ids are unique', () => {
  const ids = operations.map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('every event is a webhook with the schema of its own body and the three signature headers', () => {
  expect(Object.keys(document.webhooks).sort()).toEqual([...eventTypes].sort());
  for (const type of eventTypes) {
    const { post } = document.webhooks[type];
    expect(post.requestBody.content['application/json'].schema).toEqual({
      $ref: `#/components/schemas/${schemaName(type)}`,
    });
    expect(document.components.schemas[schemaName(type)].properties.type.enum).toEqual([type]);
    const names = post.parameters.map((parameter: { name: string }) => parameter.name);
    expect(names).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature']);
  }
});

test('the document lists the public URL as its server', async () => {
  const { json } = await ask('/api/v1/openapi.json', { env: { PUBLIC_URL: 'https://status.test/' } });
  expect(json.servers).toEqual([{ url: 'https://status.test' }]);
});

test('the reference page has every operation, every object and a curl example, and loads nothing from other origins', async () => {
  const page = await ask('/api/v1/docs', { token: null });
  expect(page.status).toBe(200);
  for (const [, { operationId }] of operations) expect(page.text).toContain(`id="${operationId}"`);
  for (const name of Object.keys(document.components.schemas))
    expect(page.text).toContain(`id="schema-${name}"`);
  expect(page.text).toContain('curl -X POST');
  expect(page.text).not.toMatch(/<script|src="http|href="http/);
  for (const [, target] of page.text.matchAll(/href="#([^"]+)"/g))
    expect(page.text).toContain(`id="${target}"`);
});

test('every path has HTTP methods only', () => {
  for (const item of Object.values<object>(document.paths)) {
    for (const method of Object.keys(item)) expect(METHODS).toContain(method);
  }
});

interface Schema {
  description?: string;
  $ref?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

/** A check's `type` is a constant that needs no description. */
function undescribedFields(node: unknown, path: string): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { properties = {} } = node as { properties?: Record<string, Schema> };
  const missing = Object.entries(properties)
    .filter(([name, field]) => name !== 'type' && !isDescribed(field))
    .map(([name]) => `${path}.${name}`);
  const deeper = Object.entries(node).flatMap(([key, value]) =>
    key.startsWith('example') ? [] : undescribedFields(value, `${path}/${key}`),
  );
  return [...missing, ...deeper];
}

const isDescribed = ({ description, $ref, anyOf = [], oneOf = [] }: Schema): boolean =>
  description !== undefined ||
  $ref !== undefined ||
  [...anyOf, ...oneOf].some((option) => isDescribed(option));

test('every field of the API and of the webhook body has a description', () => {
  expect(undescribedFields(document, '')).toEqual([]);
});

// Owns the OpenAPI document of the app in Node, and validation against its schemas by JSON Schema 2020-12.

import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const BINDINGS = {
  PUBLIC_URL: 'https://status.test',
  PROBE_FUNCTION: 'probe',
  LOCATIONS: 'aws:us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'secret-for-tests',
  ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
  ENCRYPTION_KEY: 'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  ...{ DB: {}, DELIVERIES: {}, TICKS: {}, CHECK_LIMIT: {}, AUTH_LIMIT: {}, PING_LIMIT: {} },
};

// biome-ignore lint/suspicious/noExplicitAny: the document is JSON of any form.
type Json = any;

/** The app has the types of the Worker's runtime, which the other tests in Node do not have. */
const APP = '../../../src/http/app.ts';
const { createApp } = (await import(APP as string)) as {
  createApp(now: () => number): { request(path: string, init: object, bindings: object): Promise<Response> };
};
const response = await createApp(() => 0).request('/api/v1/openapi.json', {}, BINDINGS);
if (response.status !== 200) throw new Error(await response.text());
export const openapi: Json = await response.json();

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
// The package is CommonJS, whose default is the function.
(addFormats as unknown as (to: Ajv2020) => void)(ajv);
ajv.addSchema(openapi, 'api');

/** What is wrong with the value, a line each, by the schema at this place of the document: `['components', 'schemas', 'Monitor']`. */
export function schemaErrors(path: readonly string[], value: unknown): string[] {
  const pointer = path
    .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    .join('/');
  const validate = ajv.compile({ $ref: `api#/${pointer}` });
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

export interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
}

export const routes: readonly Route[] = Object.entries<Record<string, Json>>(openapi.paths).flatMap(
  ([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** The route of a request, or undefined. A part of the path such as `{id}`, `on-call` or `NAME` stands for a parameter. */
export function routeOf(method: string, path: string): Route | undefined {
  const parts = path.split(/[?#]/)[0]!.replace(/\/$/, '').split('/');
  return routes.find((route) => {
    const own = route.path.split('/');
    const fits = own.every((part, index) => (part.startsWith('{') ? parts[index] : part === parts[index]));
    return route.method === method && own.length === parts.length && fits;
  });
}

/** The errors of a request's body. A route without a body takes none. */
export function bodyErrors({ method, path, operation }: Route, body: unknown): string[] {
  if (!operation.requestBody) return body === undefined ? [] : [`${method} ${path} takes no body`];
  if (body === undefined) return [`${method} ${path} needs a body`];
  const at = ['requestBody', 'content', 'application/json', 'schema'];
  return schemaErrors(['paths', path, method.toLowerCase(), ...at], body);
}

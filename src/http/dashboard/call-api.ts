// Owns how a page of the dashboard changes something: it sends the request to the API of the same Worker, as the person who
// signed in. So validation, access, the audit log and notifications are those of the API. Does not draw errors.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { parseForm } from '../form-body.ts';
import type { FormErrors } from './form.tsx';
import type { PostedValues } from './schema-form/form-input.ts';

export interface ApiResponse {
  readonly ok: boolean;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the body of any route. Its schema is that of the route.
  readonly body: any;
  readonly headers: Headers;
  /** Of a refusal: the message for each field, by its path. What has no field is under `form`. */
  readonly errors: FormErrors;
  /** Of a refusal: what is wrong, and the fix. Empty after a success. */
  readonly detail: string;
}

interface ApiRequest {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request, such as `callApi(c, 'POST', '/api/v1/monitors', { body })`. */
export async function callApi(
  c: Context<HttpEnv>,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  { body, headers = {} }: ApiRequest = {},
): Promise<ApiResponse> {
  const client = c.req.header('cf-connecting-ip');
  const init: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(client === undefined ? {} : { 'cf-connecting-ip': client }),
      ...(body === undefined
        ? {}
        : { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, headerValue(value)])),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const response = await c.var.dispatch(new Request(new URL(path, c.req.url), init));
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  const text = await response.text();
  const answer = isJson && text !== '' ? JSON.parse(text) : text;
  const refusal = response.ok ? { errors: {}, detail: '' } : refusalOf(answer, response.status);
  return { ok: response.ok, status: response.status, body: answer, headers: response.headers, ...refusal };
}

/** A form may have posted it, such as a version: what no header takes becomes what no value of the API has. */
const headerValue = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');

interface Problem {
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

function refusalOf(answer: unknown, status: number): Pick<ApiResponse, 'errors' | 'detail'> {
  const { detail = `The request failed with status ${status}.`, errors = [] } = (
    typeof answer === 'object' && answer !== null ? answer : {}
  ) as Problem;
  const byPath = Object.fromEntries(
    errors.toReversed().map(({ path, message }) => [path === '' ? 'form' : path, message]),
  );
  return { detail, errors: errors.length > 0 ? byPath : { form: detail } };
}

/** Everything that a form posted, by name, in the order of the inputs. Files are left out. */
export async function readPosted(c: Context<HttpEnv>): Promise<PostedValues> {
  const body = await parseForm(c, { all: true });
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string'),
    ]),
  );
}

// Every error that leaves the API, as RFC 9457 problem details. Owns the one mapping from refusals to the wire.
import type { Context, TypedResponse } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { log } from '../log.ts';
import type { ValidationError } from '../result.ts';
import { describeIssues, type FieldError, fieldError } from './api/field-errors.ts';
import type { ProblemBody } from './api/problem-schema.ts';

/** The kinds of problem; the reference page explains each under `#problem-<kind>`. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request could not be read' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  'not-found': { status: 404, title: 'Nothing is there' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  conflict: { status: 409, title: 'This contradicts what exists' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'Send JSON' },
  invalid: { status: 422, title: 'The input is not valid' },
  'rate-limited': { status: 429, title: 'Too often' },
  internal: { status: 500, title: 'Something is broken here' },
} as const;

type Kind = keyof typeof PROBLEMS;
type ProblemResponse<K extends Kind> = Response &
  TypedResponse<ProblemBody, (typeof PROBLEMS)[K]['status'], 'json'>;

/** A problem response; `errors` names the fields at fault. */
export function problem<K extends Kind>(
  kind: K,
  detail: string,
  errors: readonly FieldError[] = [],
  headers: Record<string, string> = {},
): ProblemResponse<K> {
  const { status, title } = PROBLEMS[kind];
  const body: ProblemBody = {
    type: `/api/v1/docs#problem-${kind}`,
    title,
    status,
    detail,
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
  };
  const init = {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  };
  return new Response(JSON.stringify(body), init) as ProblemResponse<K>;
}

/** All fields at fault at once; the detail says the first, so that a log line is of use. */
export function invalid(errors: readonly FieldError[]): ProblemResponse<'invalid'> {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first
    ? `${first.path === '' ? '' : `${first.path}: `}${first.message}${more}`
    : 'See errors.';
  return problem('invalid', detail, errors);
}

/** The one place where a flow's refusal becomes a response. */
export function toProblem(refusal: ValidationError): ProblemResponse<'not-found' | 'conflict' | 'invalid'> {
  switch (refusal.kind) {
    case 'not_found':
      return problem('not-found', refusal.message);
    case 'conflict':
      return problem('conflict', refusal.message, [fieldError(refusal.path, refusal.message)]);
    case 'invalid':
      return invalid([fieldError(refusal.path, refusal.message)]);
    default:
      return refusal satisfies never;
  }
}

type ValidationOutcome =
  | { readonly success: true }
  | { readonly success: false; readonly error: Parameters<typeof describeIssues>[0] };

/** The hook of every validated route. */
export function onValidation(outcome: ValidationOutcome): Response | undefined {
  return outcome.success ? undefined : invalid(describeIssues(outcome.error));
}

/** The last resort: what hono itself refuses, and bugs, which are logged and not shown. */
export function onError(error: Error, c: Context): Response {
  if (error instanceof HTTPException) {
    if (error.status === 415) return unsupportedMediaType();
    if (error.status === 400)
      return problem('malformed', 'The body is not valid JSON. Check its commas and quotes.');
  }
  log.error('http.bug', { method: c.req.method, path: c.req.path, error: error.stack });
  return problem('internal', 'The request met a fault in probemesh itself. It was logged; try again later.');
}

const unsupportedMediaType = () =>
  problem('unsupported-media-type', 'Send the body as JSON with the header content-type: application/json.');

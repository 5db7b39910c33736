// Owns every error response of the API, as RFC 9457 problem details, and the one mapping from expected errors to them.
// Does not validate.
import type { Context, TypedResponse } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { ConfigError, logConfigError } from '../env.ts';
import { bugFields, log } from '../log.ts';
import type { ValidationError, VersionError } from '../result.ts';
import type { DeletesRefused } from '../services/config/delete-guard.ts';
import type { ReferencedError } from '../services/references/reference.ts';
import { RestoreInProgress } from '../store/restore-marker.ts';
import { describeIssues, type FieldError, fieldError, type InvalidFields } from './api/field-errors.ts';
import type { ProblemBody } from './api/problem-schema.ts';
import { loggedPath } from './logged-path.ts';

/** The kinds of problem. The reference page lists each under `#problem-<kind>`. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'Malformed request' },
  unauthorized: { status: 401, title: 'Valid API key required' },
  forbidden: { status: 403, title: 'Not allowed' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  conflict: { status: 409, title: 'Conflict with existing data' },
  'deletes-refused': { status: 409, title: 'The configuration deletes too much' },
  'precondition-failed': { status: 412, title: 'The resource has changed' },
  'too-large': { status: 413, title: 'Body too large' },
  'unsupported-media-type': { status: 415, title: 'JSON required' },
  invalid: { status: 422, title: 'Invalid input' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  restoring: { status: 503, title: 'The mesh is being restored' },
  misconfigured: { status: 503, title: 'Worker not configured' },
  internal: { status: 500, title: 'Internal error' },
} as const;

type Kind = keyof typeof PROBLEMS;
type ProblemResponse<K extends Kind> = Response &
  TypedResponse<ProblemBody, (typeof PROBLEMS)[K]['status'], 'json'>;

/** A problem response. `errors` lists the invalid fields. */
export function problem<K extends Kind>(
  kind: K,
  detail: string,
  errors: readonly FieldError[] = [],
  headers: Record<string, string> = {},
  extension: Pick<ProblemBody, 'references'> = {},
): ProblemResponse<K> {
  const { status, title } = PROBLEMS[kind];
  const body: ProblemBody = {
    type: `/api/v1/docs#problem-${kind}`,
    title,
    status,
    detail,
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
    ...extension,
  };
  const init = {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  };
  return new Response(JSON.stringify(body), init) as ProblemResponse<K>;
}

/** Lists all invalid fields. The detail repeats the first, so that a log line without `errors` is still useful. */
export function invalid(errors: readonly FieldError[]): ProblemResponse<'invalid'> {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first
    ? `${first.path === '' ? '' : `${first.path}: `}${first.message}${more}`
    : 'See errors.';
  return problem('invalid', detail, errors);
}

/** The only place where an expected error of a service becomes a response. */
export function toProblem(
  error: ValidationError | InvalidFields,
): ProblemResponse<'forbidden' | 'not-found' | 'conflict' | 'invalid'>;
export function toProblem(
  error: ValidationError | DeletesRefused | ReferencedError,
): ProblemResponse<'forbidden' | 'not-found' | 'conflict' | 'invalid' | 'deletes-refused'>;
export function toProblem(
  error: ValidationError | InvalidFields | VersionError | ReferencedError,
): ProblemResponse<'forbidden' | 'not-found' | 'conflict' | 'invalid' | 'precondition-failed'>;
export function toProblem(
  error: ValidationError | InvalidFields | VersionError | DeletesRefused | ReferencedError,
) {
  switch (error.kind) {
    case 'deletes_refused':
      return problem(
        'deletes-refused',
        `${error.message} To see the plan, add ?dryRun=true. To delete them, add ?allowDelete=true.`,
        error.deletes.map(({ path, message }) => fieldError(path, message)),
      );
    case 'forbidden':
      return problem('forbidden', error.message, [fieldError(error.path, error.message)]);
    case 'not_found':
      return problem('not-found', error.message, pathErrors(error));
    case 'precondition_failed':
      return problem('precondition-failed', error.message);
    case 'conflict':
      return problem('conflict', error.message, [fieldError(error.path, error.message)]);
    case 'referenced':
      return problem(
        'conflict',
        error.message,
        pathErrors(error),
        {},
        {
          references: [...error.references],
        },
      );
    case 'invalid_fields':
      return invalid(error.errors);
    case 'invalid':
      return invalid([fieldError(error.path, error.message)]);
    default:
      return error satisfies never;
  }
}

type AtPath = Pick<ReferencedError, 'message'> & { readonly path?: readonly (string | number)[] };

const pathErrors = ({ path, message }: AtPath): FieldError[] =>
  path === undefined ? [] : [fieldError(path, message)];

type ValidationOutcome =
  | { readonly success: true }
  | {
      readonly success: false;
      readonly error: Parameters<typeof describeIssues>[0];
      readonly data?: unknown;
    };

/** The hook of every validated route. */
export function onValidation(outcome: ValidationOutcome): Response | undefined {
  return outcome.success ? undefined : invalid(describeIssues(outcome.error, outcome.data));
}

/** Exceptions of Hono become problems. Any other error is a bug: it is logged, and the response shows none of it. */
/** What is read or changed now would be half of something. */
export const restoring = (): ProblemResponse<'restoring'> =>
  problem(
    'restoring',
    'The mesh is being restored from a backup. Try again when that is complete, or repeat `npm run restore` if it was interrupted.',
    [],
    { 'retry-after': '60' },
  );

export function onError(error: Error, c: Context): Response {
  if (error instanceof HTTPException) {
    // Authentication brings its own problem response.
    if (error.res) return error.getResponse();
    if (error.status === 415) return unsupportedMediaType();
    if (error.status === 400)
      return problem('malformed', 'The body is not valid JSON. Check commas and quotes.');
  }
  if (error instanceof ConfigError) {
    logConfigError(error);
    return problem('misconfigured', 'The configuration of this Worker is invalid. Its log names the fix.');
  }
  if (error instanceof RestoreInProgress) return restoring();
  log.error('http.bug', { method: c.req.method, path: loggedPath(c.req.path), ...bugFields(error) });
  return problem('internal', 'The request hit a bug in probemesh. The error was logged. Try again later.');
}

const unsupportedMediaType = () =>
  problem(
    'unsupported-media-type',
    'The body is not declared as JSON. Send the header content-type: application/json.',
  );

// What is kept of an HTTP answer that was not what it had to be. Pure; secrets are blotted out later, before anything is cut.
import type { CapturedResponse } from '../../contract/index.ts';
import type { HttpResponse } from '../check.ts';

/** Longer than the longest secret in its longest encoding, beside the kilobyte that is kept in the end. */
export const CAPTURE_LENGTH = 32_768;

/** Headers that say who answered, and why so. */
const DIAGNOSTIC_HEADERS = [
  'content-type',
  'content-length',
  'content-encoding',
  'location',
  'server',
  'retry-after',
  'date',
  'www-authenticate',
  'proxy-authenticate',
  'allow',
  'age',
  'via',
  'x-cache',
  'cache-status',
  'cf-ray',
  'cf-mitigated',
  'x-amz-cf-id',
  'x-amzn-trace-id',
  'x-request-id',
  'x-served-by',
  'x-vercel-id',
] as const;

export function captureResponse({ status, headers, body }: HttpResponse): CapturedResponse {
  const told = DIAGNOSTIC_HEADERS.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name]]],
  );
  return { status, headers: Object.fromEntries(told), body: body.slice(0, CAPTURE_LENGTH) };
}

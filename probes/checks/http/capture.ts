// Owns the excerpt of an unexpected HTTP response. Pure. The runner redacts secrets before it truncates the excerpt.
import type { CapturedResponse } from '../../contract/index.ts';
import type { HttpResponse } from '../check.ts';

/** How much of a body stays in memory if the check does not read it: the final kilobyte, plus the longest secret. */
export const CAPTURE_LENGTH = 32_768;

/** Headers that show which server responded, and why. */
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
  const diagnostic = DIAGNOSTIC_HEADERS.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name]]],
  );
  return { status, headers: Object.fromEntries(diagnostic), body };
}

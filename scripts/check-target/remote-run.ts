// Owns running a check through a running mesh: POST /api/v1/check. Prints its errors unchanged.
import type { CheckResult } from '../../src/http/api/check-runs/schema.ts';
import { type Api, call, describeProblem } from '../start/api.ts';
import { type TargetOptions, UsageError } from './options.ts';

/** The mesh did not run the check, so the outcome is unknown. */
export class MeshUnavailable extends Error {}

/** Another command line or token could fix these. */
const USAGE_STATUSES: ReadonlySet<number> = new Set([400, 401, 404, 405, 413, 415, 422]);

export async function runRemotely(
  { check, locations, url, monitor }: TargetOptions & { readonly url: string },
  token: string | undefined,
): Promise<CheckResult[]> {
  if (!token)
    throw new UsageError('PROBEMESH_API_KEY is not set: set it to an API key with the role editor or admin.');
  const body = { check, locations: locations ?? 'all', ...(monitor === undefined ? {} : { monitor }) };
  const response = await post({ url, token }, body);
  if (response.status === 200) return (response.body as { results: CheckResult[] }).results;
  const lines = describeProblem(response).join('\n');
  if (USAGE_STATUSES.has(response.status)) throw new UsageError(lines);
  throw new MeshUnavailable(lines);
}

async function post(api: Api, body: object): ReturnType<typeof call> {
  try {
    return await call(api, 'POST', '/check', body);
  } catch (error) {
    const { message, cause } = error as Error;
    const why =
      cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
    throw new MeshUnavailable(`${api.url} does not respond as a mesh does: ${why}`);
  }
}

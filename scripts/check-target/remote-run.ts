// Asks a mesh that runs to run a check: POST /api/v1/check. What it refuses is told as it says it.
import type { CheckResult } from '../../src/http/api/check-runs/schema.ts';
import { type Api, call, describeProblem } from '../start/api.ts';
import { type TargetOptions, TargetRefused } from './options.ts';

/** The mesh could not be asked, so nothing was measured. */
export class Unasked extends Error {}

/** What another command line or token could mend. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 404, 405, 413, 415, 422]);

export async function runRemotely(
  { check, locations, url, monitor }: TargetOptions & { readonly url: string },
  token: string | undefined,
): Promise<CheckResult[]> {
  if (!token) throw new TargetRefused('PROBEMESH_ADMIN_TOKEN is not set: the mesh asks for its admin token.');
  const body = { check, locations: locations ?? 'all', ...(monitor === undefined ? {} : { monitor }) };
  const answer = await ask({ url, token }, body);
  if (answer.status === 200) return (answer.body as { results: CheckResult[] }).results;
  const lines = describeProblem(answer).join('\n');
  if (REFUSALS.has(answer.status)) throw new TargetRefused(lines);
  throw new Unasked(lines);
}

async function ask(api: Api, body: object): ReturnType<typeof call> {
  try {
    return await call(api, 'POST', '/check', body);
  } catch (error) {
    const { message, cause } = error as Error;
    const why =
      cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message;
    throw new Unasked(`${api.url} does not answer as a mesh does: ${why}`);
  }
}

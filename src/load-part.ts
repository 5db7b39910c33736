// Owns loading a part of the Worker with the first event that needs it. A failure is logged with the name of the part, and it is an
// ordinary problem to who asked. Does not know the parts.
import { bugFields, log } from './log.ts';

/** The runtime keeps what it has loaded for the life of the isolate. Events share no promise, because each has its own context. */
export async function loadPart<T>(part: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    log.error('worker.part_not_loaded', { part, ...bugFields(error) });
    throw new PartNotLoaded(`The coordinator could not load its part "${part}". Deploy it again.`, {
      cause: error,
    });
  }
}

/** Cron and queues show it as a failed invocation. */
export class PartNotLoaded extends Error {
  override name = 'PartNotLoaded';
}

/** The `internal` of src/http/problems.ts, which is a part of what did not load. */
export const notLoadedResponse = ({ message }: PartNotLoaded): Response =>
  Response.json(
    { type: '/api/v1/docs#problem-internal', title: 'Internal error', status: 500, detail: message },
    {
      status: 500,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    },
  );

// A part of the Worker that does not load: the log names it, and who asked gets an ordinary problem.
import { afterEach, expect, test, vi } from 'vitest';
import { loadPart, notLoadedResponse, PartNotLoaded } from '../src/load-part.ts';

afterEach(() => vi.restoreAllMocks());

const failing = (text: string) => () => import(`data:text/javascript,${encodeURIComponent(text)}`);

async function failure(text: string): Promise<PartNotLoaded> {
  const error: unknown = await loadPart('fetch', failing(text)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PartNotLoaded);
  return error as PartNotLoaded;
}

test('a part of the Worker that does not load is a 500 problem, and the log has its name and the reason', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  const response = notLoadedResponse(await failure('throw new TypeError("a table is missing")'));
  expect([
    response.status,
    response.headers.get('content-type'),
    response.headers.get('cache-control'),
  ]).toEqual([500, 'application/problem+json', 'no-store']);
  expect(await response.json()).toMatchObject({
    type: '/api/v1/docs#problem-internal',
    status: 500,
    detail: 'The coordinator could not load its part "fetch". Deploy it again.',
  });
  expect(JSON.parse(String(log.mock.calls[0]![0]))).toMatchObject({
    event: 'worker.part_not_loaded',
    level: 'error',
    part: 'fetch',
    error: 'TypeError: a table is missing',
  });
});

test('a part that is not a module is one that does not load, and the next event tries again', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  await failure('this is not JavaScript');
  await expect(loadPart('fetch', async () => ({ app: 'loaded' }))).resolves.toEqual({ app: 'loaded' });
});

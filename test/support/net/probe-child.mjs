// A process that contains only the built probe: it answers the jobs that its parent sends, and ends with its parent.
// With --expose-gc, it measures the heap that each job uses.
import { pathToFileURL } from 'node:url';

const SAMPLE_MS = 5;
const LAMBDA_TIMEOUT_MS = 60_000;

process.on('disconnect', () => process.exit(0));
const { handler } = await import(pathToFileURL(process.argv[2]).href);

process.on('message', async (job) => {
  const heap = globalThis.gc === undefined ? null : measureHeap();
  const startedAt = performance.now();
  const endsAt = Date.now() + LAMBDA_TIMEOUT_MS;
  const report = await handler(job, { getRemainingTimeInMillis: () => endsAt - Date.now() });
  const tookMs = performance.now() - startedAt;
  process.send({ report, tookMs, heap: heap?.() });
});

/** Returns how much the heap has grown since, at its peak and after a garbage collection. */
function measureHeap() {
  globalThis.gc();
  const before = usedBytes();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, usedBytes());
  }, SAMPLE_MS);
  return () => {
    clearInterval(timer);
    globalThis.gc();
    return { peakBytes: peak - before, usedBytes: usedBytes() };
  };
}

function usedBytes() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

process.send('ready');

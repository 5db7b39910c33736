// A process with nothing but the probe in it, so that its memory is the probe's own. Started by probe-process.ts.
import { askProbe } from './ask-probe.ts';
import type { ProbeAnswer, ProbeQuestion } from './probe-process.ts';

const SAMPLE_MS = 5;

const usedBytes = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

process.on('message', async ({ checks, surroundings }: ProbeQuestion) => {
  globalThis.gc?.();
  const before = usedBytes();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, usedBytes());
  }, SAMPLE_MS);
  const asked = await askProbe(checks, surroundings);
  clearInterval(timer);
  globalThis.gc?.();
  const answer: ProbeAnswer = { ...asked, peakBytes: peak - before, usedBytes: usedBytes() };
  process.send?.(answer);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

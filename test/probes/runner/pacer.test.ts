// The pace of starts, measured by the CPU time of this process.
import { expect, test } from 'vitest';
import { StartPacer } from '../../../probes/runner/pacer.ts';

/** Uses a core for this long. */
function burn(ms: number): void {
  const until = process.cpuUsage().user + ms * 1_000;
  while (process.cpuUsage().user < until);
}

async function startAll(starts: number, burnMs: number, cpuShare: number, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  const pace = new StartPacer({ cpuShare, starts, withinMs });
  for (let start = 0; start < starts; start += 1) {
    burn(burnMs);
    await pace.next();
  }
  return performance.now() - startedAt;
}

test('with a whole core, each start waits for one turn of the event loop only', async () => {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    if (turns < 50) setImmediate(count);
  };
  setImmediate(count);
  await startAll(50, 0, 1, 60_000);
  expect(turns).toBeGreaterThanOrEqual(49);
});

test('with a fifth of a core, starts use no more than a fifth on average', async () => {
  // 60 ms of work at a fifth of a core, except for one burst of 4 ms.
  expect(await startAll(30, 2, 0.2, 60_000)).toBeGreaterThan((60 - 4) / 0.2);
});

test('all runs start within their time, whatever the CPU share is', async () => {
  // A hundredth of a core would take six seconds.
  expect(await startAll(30, 2, 0.01, 500)).toBeLessThan(4_000);
});

test('starts do not wait if they have no time', async () => {
  expect(await startAll(10, 1, 0.01, 0)).toBeLessThan(1_000);
});

test('a waiting start returns when the pacer stops', async () => {
  const pace = new StartPacer({ cpuShare: 0.01, starts: 2, withinMs: 60_000 });
  burn(5);
  const waiting = pace.next();
  setTimeout(() => pace.stop(), 50);
  const startedAt = performance.now();
  await waiting;
  await pace.next();
  // At a hundredth of a core, 5 ms of work are half a second's share.
  expect(performance.now() - startedAt).toBeLessThan(400);
});

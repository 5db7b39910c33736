// The semaphore of connections: never more than its permits, healthy work first, and one permit for healthy work only.
import { expect, test } from 'vitest';
import { PrioritySemaphore } from '../../src/fleet/semaphore.ts';

/** Work that runs until `end` is called. */
function job() {
  let end = (): void => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = { started: false, end };
  const run = (semaphore: PrioritySemaphore, mayHang: boolean): Promise<void> =>
    semaphore.run(mayHang, async () => {
      work.started = true;
      await done;
    });
  return Object.assign(work, { run });
}

const flush = () => new Promise((resolve) => setImmediate(resolve));

test('five permits let five jobs run, and the sixth waits until one ends', async () => {
  const semaphore = new PrioritySemaphore(5);
  const jobs = Array.from({ length: 7 }, job);
  const runs = jobs.map((one) => one.run(semaphore, false));
  await flush();
  expect(jobs.map((one) => one.started)).toEqual([true, true, true, true, true, false, false]);
  jobs[2]!.end();
  await flush();
  expect(jobs.map((one) => one.started)).toEqual([true, true, true, true, true, true, false]);
  for (const one of jobs) one.end();
  await Promise.all(runs);
});

test('work that may hang never takes the last permit', async () => {
  const semaphore = new PrioritySemaphore(5);
  const hanging = Array.from({ length: 6 }, job);
  const runs = hanging.map((one) => one.run(semaphore, true));
  await flush();
  expect(hanging.filter((one) => one.started)).toHaveLength(4);
  const healthy = job();
  runs.push(healthy.run(semaphore, false));
  await flush();
  expect(healthy.started).toBe(true);
  for (const one of [...hanging, healthy]) one.end();
  await Promise.all(runs);
});

test('healthy work overtakes waiting work that may hang', async () => {
  const semaphore = new PrioritySemaphore(2);
  const first = [job(), job()];
  const mayHang = job();
  const healthy = job();
  const runs = [
    first[0]!.run(semaphore, false),
    first[1]!.run(semaphore, false),
    mayHang.run(semaphore, true),
    healthy.run(semaphore, false),
  ];
  await flush();
  first[0]!.end();
  await flush();
  expect([mayHang.started, healthy.started]).toEqual([false, true]);
  for (const one of [...first, mayHang, healthy]) one.end();
  await Promise.all(runs);
  expect(mayHang.started).toBe(true);
});

test('work that throws releases its permit', async () => {
  const semaphore = new PrioritySemaphore(2);
  const fail = () => semaphore.run(false, () => Promise.reject(new Error('broken')));
  for (let times = 0; times < 5; times += 1) await expect(fail()).rejects.toThrow('broken');
  await expect(semaphore.run(true, async () => 'done')).resolves.toBe('done');
});

// The connection gate: never more than its places, healthy work first, and suspect work never takes the last place.
import { describe, expect, test } from 'vitest';
import { PrioritySemaphore } from '../../src/fleet/semaphore.ts';

/** Work that runs until it is told to end. */
function job() {
  let end = (): void => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const work = { started: false, end };
  const run = (gate: PrioritySemaphore, suspect: boolean): Promise<void> =>
    gate.run(suspect, async () => {
      work.started = true;
      await done;
    });
  return Object.assign(work, { run });
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the connection gate', () => {
  test('lets five in and keeps the sixth waiting until one leaves', async () => {
    const gate = new PrioritySemaphore(5);
    const jobs = Array.from({ length: 7 }, job);
    const runs = jobs.map((one) => one.run(gate, false));
    await settle();
    expect(jobs.map((one) => one.started)).toEqual([true, true, true, true, true, false, false]);
    jobs[2]!.end();
    await settle();
    expect(jobs.map((one) => one.started)).toEqual([true, true, true, true, true, true, false]);
    for (const one of jobs) one.end();
    await Promise.all(runs);
  });

  test('keeps a place free of suspect work', async () => {
    const gate = new PrioritySemaphore(5);
    const suspects = Array.from({ length: 6 }, job);
    const runs = suspects.map((one) => one.run(gate, true));
    await settle();
    expect(suspects.filter((one) => one.started)).toHaveLength(4);
    const healthy = job();
    runs.push(healthy.run(gate, false));
    await settle();
    expect(healthy.started).toBe(true);
    for (const one of [...suspects, healthy]) one.end();
    await Promise.all(runs);
  });

  test('lets healthy work overtake waiting suspect work', async () => {
    const gate = new PrioritySemaphore(2);
    const first = [job(), job()];
    const suspect = job();
    const healthy = job();
    const runs = [
      first[0]!.run(gate, false),
      first[1]!.run(gate, false),
      suspect.run(gate, true),
      healthy.run(gate, false),
    ];
    await settle();
    first[0]!.end();
    await settle();
    expect([suspect.started, healthy.started]).toEqual([false, true]);
    for (const one of [...first, suspect, healthy]) one.end();
    await Promise.all(runs);
    expect(suspect.started).toBe(true);
  });

  test('gives its place back when the work throws', async () => {
    const gate = new PrioritySemaphore(2);
    const fail = () => gate.run(false, () => Promise.reject(new Error('broken')));
    for (let times = 0; times < 5; times += 1) await expect(fail()).rejects.toThrow('broken');
    await expect(gate.run(true, async () => 'in')).resolves.toBe('in');
  });
});

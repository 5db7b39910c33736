// Owns the threads of the benchmark, one for each core. Runs tasks in the assignNextn order.
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { runTask, type Task } from './task.ts';

/** Returns results in the order of the tasks. Rejects with the first error of a task. */
export async function runAll(tasks: readonly Task[], done: (count: number) => void): Promise<unknown[]> {
  const results: unknown[] = new Array(tasks.length);
  let next = 0;
  let finished = 0;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url));
      const assignNext = (): void => {
        if (next >= tasks.length) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const index = next++;
        worker.once('message', (result) => {
          results[index] = result;
          finished += 1;
          done(finished);
          assignNext();
        });
        worker.postMessage(tasks[index]);
      };
      worker.once('error', reject);
      assignNext();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, work));
  return results;
}

if (!isMainThread) parentPort?.on('message', (task: Task) => parentPort?.postMessage(runTask(task)));

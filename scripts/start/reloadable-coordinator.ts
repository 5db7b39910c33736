// Owns replacing the coordinator that runs by one on the newest sources, on the same port and the same database.
// Does not notice edits.
import { renameSync, rmSync } from 'node:fs';
import { bundleWorker, type Coordinator, type CoordinatorOptions, startCoordinator } from './coordinator.ts';
import type { DataDir } from './data-dir.ts';

export interface ReloadableCoordinator {
  readonly url: string;
  /** False during a reload, and after one whose Worker did not start. */
  readonly isRunning: boolean;
  /** Resolves if the Worker ends by itself, not by a reload. */
  readonly ended: Promise<void>;
  /** Rejects, and leaves the Worker as it is, if the sources do not build. */
  reload(): Promise<void>;
  /** Ends the Worker as a failure of its platform would. Nothing else ends. */
  kill(): Promise<void>;
  /** Starts it again, after {@link kill}. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startReloadableCoordinator(
  options: CoordinatorOptions & { readonly data: Pick<DataDir, 'worker' | 'wrangler'> },
): Promise<ReloadableCoordinator> {
  const { data } = options;
  /** Not the folder of the running bundle: wrangler reads that again in the middle of a change. */
  const next = `${data.worker}-next`;
  let current: Coordinator | undefined;
  let reportEnd = (): void => {};
  const ended = new Promise<void>((resolve) => {
    reportEnd = resolve;
  });
  const start = async (): Promise<Coordinator> => {
    const coordinator = await startCoordinator(options);
    current = coordinator;
    void coordinator.ended.then(() => {
      if (current === coordinator) reportEnd();
    });
    return coordinator;
  };
  const stop = async (): Promise<void> => {
    const old = current;
    current = undefined;
    await old?.stop();
  };
  const { url } = await start();
  return {
    url,
    ended,
    stop,
    get isRunning() {
      return current !== undefined;
    },
    async kill() {
      const old = current;
      current = undefined;
      old?.kill();
      await old?.ended;
    },
    async restart() {
      if (current === undefined) await start();
    },
    async reload() {
      await bundleWorker({ ...data, worker: next });
      await stop();
      rmSync(data.worker, { recursive: true, force: true });
      renameSync(next, data.worker);
      await start();
    },
  };
}

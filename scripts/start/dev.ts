// Owns what `npm run dev` adds to `npm start`: an edit of the sources replaces the Worker, the probes, or both.
import { join } from 'node:path';
import { buildProbe } from '../build-probe.ts';
import type { LocalLambda } from '../local-lambda/local-lambda.ts';
import type { CronClock } from './cron-clock.ts';
import type { DataDir } from './data-dir.ts';
import { createRebuilder, type Rebuildable } from './rebuild.ts';
import type { ReloadableCoordinator } from './reloadable-coordinator.ts';
import { watchFolders } from './watch.ts';
import type { LocalWatchdog } from './watchdog.ts';
import { PROJECT_ROOT } from './wrangler.ts';

export interface RunningParts {
  readonly coordinator: ReloadableCoordinator;
  readonly clock: CronClock;
  readonly lambda: LocalLambda;
  readonly watchdog: LocalWatchdog;
}

/** Where the probe's bundle of this data folder is built. */
export const probeDir = ({ dir }: DataDir): string => join(dir, 'dist');

/** Watches until the returned function is called. */
export function rebuildOnEdit(
  data: DataDir,
  { coordinator, clock, lambda, watchdog }: RunningParts,
  log: (line: string) => void,
): () => void {
  const worker: Rebuildable = {
    name: 'Worker',
    // It imports the schemas of checks and contract.
    sources: ['src', 'probes/checks', 'probes/contract'],
    async rebuild() {
      await coordinator.reload();
      // The reload ended the tick that ran.
      clock.fire();
    },
  };
  const probe: Rebuildable = {
    name: 'probe',
    sources: ['probes'],
    async rebuild() {
      await buildProbe(probeDir(data));
      await lambda.reload();
    },
  };
  const outside: Rebuildable = {
    name: 'watchdog',
    sources: ['src/watchdog', 'src/channels'],
    async rebuild() {
      await buildProbe(probeDir(data));
      await watchdog.reload();
    },
  };
  const rebuild = createRebuilder([worker, probe, outside], log);
  return watchFolders(PROJECT_ROOT, ['src', 'probes'], (files) => void rebuild(files));
}

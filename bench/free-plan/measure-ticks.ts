// Owns a mesh of https checks for one measurement: its database and its process.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFakeD1 } from '../coordinator/fake-d1.ts';
import { MINUTE_MS, seedMesh, T0 } from '../coordinator/fixtures.ts';
import { migrationStatements } from '../coordinator/local-d1.ts';
import { runChild } from '../coordinator/run-child.ts';
import { runMinutes } from '../coordinator/run-ticks.ts';
import type { TicksResult, TicksTask } from './ticks-child.ts';

const CHILD = fileURLToPath(new URL('./ticks-child.ts', import.meta.url));
/** So that votes and streaks are those of a running mesh. */
const PREPARED_MINUTES = 3;

/** Every monitor is an https check on the status page: the most expensive check, and the largest page. */
export async function measureTicks(
  scratch: string,
  worker: string,
  monitors: number,
  paths: readonly string[],
): Promise<TicksResult> {
  const prepared = join(scratch, `free-plan-${monitors}.sqlite`);
  const { db, sqlite } = openFakeD1(prepared);
  sqlite.exec(migrationStatements().join(';'));
  await seedMesh(db, monitors);
  sqlite.exec(
    `update monitors set "check" = json_object('type', 'http', 'url', 'https://' || id || '.example/health',
      'timeoutMs', 5000, 'method', 'GET', 'headers', json('{}'), 'status', json('["2xx"]'), 'redirects', 10,
      'certificateDays', json('[14, 7, 1]'), 'secrets', json('{}'))`,
  );
  await runMinutes({ db, from: T0, minutes: PREPARED_MINUTES });
  sqlite.close();
  const database = `${prepared}.copy`;
  copyFileSync(prepared, database);
  const from = T0 + PREPARED_MINUTES * MINUTE_MS;
  return await runChild<TicksTask, TicksResult>(CHILD, { worker, database, from, monitors, paths });
}

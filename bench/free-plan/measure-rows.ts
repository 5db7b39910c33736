// Owns the rows of D1 that the ticks of a healthy mesh read and write, as D1 itself reports them. D1 runs in workerd.
import { countD1 } from '../../test/support/d1/counted-d1.ts';
import { MINUTE_MS, seedMesh, T0 } from '../coordinator/fixtures.ts';
import { openLocalD1 } from '../coordinator/local-d1.ts';
import { runMinutes } from '../coordinator/run-ticks.ts';

export interface RowsAMinute {
  readonly read: number;
  readonly written: number;
}

/** The first minutes check new monitors from all locations at once. */
const WARM_UP_MINUTES = 2;
const MINUTES = 10;

export async function measureRows(scratch: string, monitors: number): Promise<RowsAMinute> {
  const local = await openLocalD1(scratch);
  try {
    await seedMesh(local.db, monitors);
    await runMinutes({ db: local.db, from: T0, minutes: WARM_UP_MINUTES });
    const counted = countD1(local.db);
    await runMinutes({ db: counted.db, from: T0 + WARM_UP_MINUTES * MINUTE_MS, minutes: MINUTES });
    const statements = counted.take();
    const sum = (of: 'rowsRead' | 'rowsWritten'): number =>
      statements.reduce((total, statement) => total + statement[of], 0) / MINUTES;
    return { read: sum('rowsRead'), written: sum('rowsWritten') };
  } finally {
    await local.dispose();
  }
}

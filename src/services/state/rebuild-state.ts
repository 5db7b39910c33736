// Verifies the stored state at a person's request, and rebuilds it if it is damaged. Does not decide what is damaged.
import type { Config } from '../../env.ts';
import { rebuild } from '../../store/rebuild.ts';
import type { Rebuild } from '../../store/rebuilt-body.ts';
import { loadState } from '../../store/shard.ts';

export interface VerifiedState {
  /** Newest journal row of the state. */
  readonly seq: number;
  /** What was repaired. Null if nothing was damaged. */
  readonly rebuild: Rebuild | null;
}

export async function rebuildState({ db }: Pick<Config, 'db'>, now: number): Promise<VerifiedState> {
  const done = await rebuild(db, () => now, { verify: true });
  return { seq: (await loadState(db)).seq, rebuild: done };
}

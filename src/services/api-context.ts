// Owns the identity under which the API commits. Does not commit.
import type { Config } from '../env.ts';
import type { CommitContext } from '../store/commit.ts';

/** Commits of the API belong to no tick. */
const API_TICK = 0;

export const apiContext = (config: Pick<Config, 'db' | 'publicUrl'>, now: number): CommitContext => ({
  db: config.db,
  tick: API_TICK,
  publicUrl: config.publicUrl,
  now: () => now,
});

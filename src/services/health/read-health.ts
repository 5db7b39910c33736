// Reads what the health of the mesh is decided from. Never throws: a D1 that does not answer is a reason itself.
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { describeError } from '../../log.ts';
import { readHealthFacts } from '../../store/health.ts';
import { loadState } from '../../store/shard.ts';
import type { HealthInputs } from './rule.ts';

type HealthConfig = Pick<Config, 'db' | 'encryptionKey' | 'previousEncryptionKey' | 'maxDatabaseBytes'>;

/** The coordinator's clock, to compare with D1's. Tests replace it. */
type ReadClock = () => number;

export async function readHealth(
  config: HealthConfig,
  now: number,
  readClock: ReadClock,
  load: () => Promise<State> = () => loadState(config.db),
): Promise<HealthInputs> {
  const { db, maxDatabaseBytes } = config;
  // The state first: if it is damaged, reading it rebuilds it, and the facts are those after that.
  const loaded = await load().then(
    (state) => ({ state, error: null }),
    (error: unknown) => ({ state: null, error: describeError(error) }),
  );
  try {
    const facts = await readHealthFacts(db, config, now);
    return { facts, ...loaded, clockAheadMs: readClock() - facts.databaseTime, maxDatabaseBytes };
  } catch (error) {
    return { facts: null, state: null, clockAheadMs: null, maxDatabaseBytes, error: describeError(error) };
  }
}

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
  const none = { facts: null, state: null, clockAheadMs: null, maxDatabaseBytes };
  let facts: HealthInputs['facts'];
  try {
    facts = await readHealthFacts(db, config, now);
  } catch (error) {
    return { ...none, error: describeError(error) };
  }
  const clockAheadMs = readClock() - facts.databaseTime;
  try {
    return { facts, state: await load(), error: null, clockAheadMs, maxDatabaseBytes };
  } catch (error) {
    return { ...none, facts, clockAheadMs, error: describeError(error) };
  }
}

// Reads what the health of the mesh is decided from. Never throws: a D1 that does not answer is a reason itself.
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { describeError } from '../../log.ts';
import { readHealthFacts } from '../../store/health-facts.ts';
import { readMeshNow } from '../../store/mesh-now.ts';
import type { HealthInputs } from './rule.ts';

type HealthConfig = Pick<Config, 'db' | 'encryptionKey' | 'previousEncryptionKey' | 'maxDatabaseBytes'>;

/** The coordinator's clock, to compare with D1's. Tests replace it. */
type ReadClock = () => number;

/** Reads state and facts in one statement. With `load`, the state is that. */
export async function readHealth(
  config: HealthConfig,
  now: number,
  readClock: ReadClock,
  load?: () => Promise<State>,
): Promise<HealthInputs> {
  const { db, maxDatabaseBytes } = config;
  try {
    const { facts, state, error } = load
      ? await readFacts(config, now, load)
      : await readMeshNow(db, config, now);
    return {
      ...{ facts, state, clockAheadMs: readClock() - facts.databaseTime, maxDatabaseBytes },
      error: state === null ? describeError(error) : null,
    };
  } catch (error) {
    return { facts: null, state: null, clockAheadMs: null, maxDatabaseBytes, error: describeError(error) };
  }
}

async function readFacts({ db, ...keys }: HealthConfig, now: number, load: () => Promise<State>) {
  const loaded = await load().then(
    (state) => ({ state, error: null }),
    (error: unknown) => ({ state: null, error }),
  );
  return { ...loaded, facts: await readHealthFacts(db, keys, now) };
}

// Reads what the health of the mesh is decided from. Never throws: a D1 that does not answer is a reason itself.
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { describeError } from '../../log.ts';
import { readHealthFacts } from '../../store/health-facts.ts';
import { type MeshNow, type MeshRow, type MeshTerm, readMeshNow } from '../../store/mesh-now.ts';
import type { HealthInputs } from './rule.ts';

type HealthConfig = Pick<Config, 'db' | 'encryptionKey' | 'previousEncryptionKey' | 'maxDatabaseBytes'> &
  Partial<Pick<Config, 'watchdogRegions' | 'backups'>> & { readonly expectsBackups?: boolean };

/** The coordinator's clock, to compare with D1's. Tests replace it. */
type ReadClock = () => number;

/** One statement. With `load`, the state is that. */
export async function readHealth(
  config: HealthConfig,
  now: number,
  readClock: ReadClock,
  load?: () => Promise<State>,
): Promise<HealthInputs> {
  return load
    ? (await inputsOf(config, readClock, () => readFacts(config, now, load))).inputs
    : (await readHealthAnd(config, now, readClock, [])).inputs;
}

/** Health and the rows of `more`, of one moment. */
export const readHealthAnd = (
  config: HealthConfig,
  now: number,
  readClock: ReadClock,
  more: readonly MeshTerm[],
): Promise<{ readonly inputs: HealthInputs; readonly rows: readonly MeshRow[] }> =>
  inputsOf(config, readClock, () => readMeshNow(config.db, config, now, more));

async function inputsOf(
  { maxDatabaseBytes, watchdogRegions = [], backups, expectsBackups }: HealthConfig,
  readClock: ReadClock,
  read: () => Promise<MeshNow>,
): Promise<{ inputs: HealthInputs; rows: readonly MeshRow[] }> {
  const given = {
    ...{ maxDatabaseBytes, watchdogRegions },
    expectsBackups: expectsBackups ?? backups !== undefined,
  };
  try {
    const { facts, state, error, rows } = await read();
    const known = { facts, state, clockAheadMs: readClock() - facts.databaseTime };
    return { inputs: { ...given, ...known, error: state === null ? describeError(error) : null }, rows };
  } catch (error) {
    const unknown = { facts: null, state: null, clockAheadMs: null };
    return { inputs: { ...given, ...unknown, error: describeError(error) }, rows: [] };
  }
}

async function readFacts(
  { db, ...keys }: HealthConfig,
  now: number,
  load: () => Promise<State>,
): Promise<MeshNow> {
  const loaded = await load().then(
    (state) => ({ state, error: null }),
    (error: unknown) => ({ state: null, error }),
  );
  return { ...loaded, facts: await readHealthFacts(db, keys, now), rows: [] };
}

// Owns the measured mesh: monitors at six locations and one channel, stored as the API would store them.
import type { Observation } from '../../probes/contract/index.ts';
import type { Policy } from '../../src/engine/model/state.ts';
import { syncLocations } from '../../src/services/locations/sync-locations.ts';
import { type CommitContext, commit } from '../../src/store/commit.ts';
import { database } from '../../src/store/database.ts';
import { channels, monitors } from '../../src/store/schema.ts';
import { loadState } from '../../src/store/shard.ts';
import { clockedD1 } from '../../test/support/d1/clocked-d1.ts';

export const LOCATIONS = [
  'aws:us-east-1',
  'aws:us-west-2',
  'aws:eu-central-1',
  'aws:ap-southeast-1',
  'aws:ap-northeast-1',
  'aws:sa-east-1',
] as const;
export const INTERVAL_MS = 60_000;
export const MINUTE_MS = 60_000;
/** A full minute, as cron fires, in ms since the epoch. */
export const T0 = 1_800_000_000_000;
export const PUBLIC_URL = 'https://status.test';

/** Vars and secrets of the measured Worker. */
const isAllowed = { limit: async () => ({ success: true }) };

export const WORKER_VARS = {
  TICKS: { send: async () => {} },
  ...{ CHECK_LIMIT: isAllowed, AUTH_LIMIT: isAllowed, PING_LIMIT: isAllowed },
  PUBLIC_URL,
  PROBE_FUNCTION: 'probemesh-probe',
  LOCATIONS: LOCATIONS.join(','),
  LAMBDA_ENDPOINT: '',
  ALLOW_LOOPBACK: '',
  AWS_ACCESS_KEY_ID: 'AKIDBENCH',
  AWS_SECRET_ACCESS_KEY: 'secret-of-the-bench',
  ADMIN_TOKEN_SHA256: '4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e',
  ENCRYPTION_KEY: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
};

const TIMEOUT_MS = 5_000;
/** D1 takes 100 bound parameters per statement, and a row of monitors has fewer than 20 columns. */
const ROWS_PER_STATEMENT = 5;

const POLICY: Policy = {
  intervalMs: INTERVAL_MS,
  timeoutMs: TIMEOUT_MS,
  quorum: 'majority',
  failures: 2,
  recoveries: 2,
  confirmMs: 10_000,
  locations: 'all',
  dependsOn: [],
  paused: false,
};

/** Stores `count` monitors, numbered from 1, and commits the change that adds them to the engine's state. */
export async function seedMesh(db: D1Database, count: number): Promise<void> {
  const orm = database(db);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const insertChannel = orm.insert(channels).values({
    id: 'hook',
    type: 'webhook',
    name: 'Hook',
    sealedConfig: '',
    publicConfig: {},
    enabled: true,
    createdAt: T0,
    updatedAt: T0,
  });
  const inserts = [];
  for (let from = 0; from < count; from += ROWS_PER_STATEMENT) {
    inserts.push(orm.insert(monitors).values(numbers.slice(from, from + ROWS_PER_STATEMENT).map(monitorRow)));
  }
  await orm.batch([insertChannel, ...inserts]);
  const now = () => T0;
  const context: CommitContext = { db: clockedD1(db, now), tick: 0, publicUrl: PUBLIC_URL, now };
  const state = await syncLocations(context, await loadState(db), LOCATIONS);
  await commit(context, state, () => ({
    kind: 'change',
    changes: numbers.map((number) => ({ type: 'monitor', number, policy: POLICY })),
  }));
}

const monitorRow = (number: number): typeof monitors.$inferInsert => ({
  number,
  id: `service-${number}`,
  name: `Service ${number}`,
  check: {
    type: 'tcp',
    host: `service-${number}.example`,
    port: 443,
    timeoutMs: TIMEOUT_MS,
    expect: 'open',
  },
  intervalSeconds: INTERVAL_MS / 1000,
  locations: 'all',
  alert: { quorum: 'majority', failures: 2, recoveries: 2, confirmSeconds: 10 },
  channels: 'default',
  tags: { team: 'shop' },
  public: true,
  paused: false,
  createdAt: T0,
  updatedAt: T0,
});

/** The probe's observation of one run: ok with varying times, or a refused connection. */
export function observationFor(
  monitor: number,
  fails: boolean,
  sentAt: number,
  errorPage?: string,
): Observation {
  const connectMs = 5 + ((monitor * 37 + sentAt / 5_000) % 97) * 1.23;
  // A probe spreads its starts.
  const startedAt = sentAt + (monitor % 7) * 10;
  const address = '203.0.113.7';
  if (fails) {
    const detail = `${address}:443 refused the connection`;
    return {
      id: monitor,
      startedAt,
      outcome: 'failed',
      code: 'refused',
      detail,
      timings: { connectMs },
      address,
      ...(errorPage === undefined ? {} : { response: { status: 503, body: errorPage } }),
    };
  }
  const timings = { dnsMs: 1.5, connectMs, totalMs: connectMs + 1.5 };
  return { id: monitor, startedAt, outcome: 'ok', timings, address };
}

// Applies the real migrations to a fresh local D1 before every worker test file. D1's clock shows nothing, because the
// clocks of most tests are virtual: see clocked-d1.ts.
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { stopDatabaseClock } from './clocked-d1.ts';

const { DB, TEST_MIGRATIONS } = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };
await applyD1Migrations(DB, TEST_MIGRATIONS);
stopDatabaseClock(DB);

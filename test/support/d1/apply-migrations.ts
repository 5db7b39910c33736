// Applies the real migrations to a fresh local D1 before every Worker test file, and puts Cloudflare's limits in front of it.
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach } from 'vitest';
import { checkRows, limitedD1 } from './limited-d1.ts';

const bindings = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };
const { DB } = bindings;
await applyD1Migrations(DB, bindings.TEST_MIGRATIONS);

// A whole file is one client of D1 here: the limit of queries is for the tests of single invocations.
bindings.DB = limitedD1(DB, Number.POSITIVE_INFINITY).db;

afterEach(() => checkRows(DB));

// Applies the real migrations to a fresh local D1 before every Worker test file, and puts Cloudflare's limits in front of it.
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach } from 'vitest';
import { clockedD1 } from './clocked-d1.ts';
import { checkRows, limitedD1 } from './limited-d1.ts';

const bindings = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };
const { DB } = bindings;
await applyD1Migrations(DB, bindings.TEST_MIGRATIONS);

// Most tests create a channel to see what it gets, so a new one becomes a default channel here. A trigger, so that it is
// also true of a channel that a test inserts itself.
await DB.prepare(
  `create trigger new_channels_are_defaults after insert on channels begin
    insert into settings (name, value, updated_at) values ('notifications', json_object('defaultChannels', json_array(new.id)), 0)
    on conflict (name) do update set value = json_object('defaultChannels', (
      select json_group_array(id) from (
        select value as id from json_each(settings.value, '$.defaultChannels') union select new.id)));
  end`,
).run();

// A whole file is one client of D1 here: the limit of queries is for the tests of single invocations.
// Its clock shows nothing, because those of most tests are virtual.
bindings.DB = clockedD1(limitedD1(DB, Number.POSITIVE_INFINITY).db, () => null);

afterEach(() => checkRows(DB));

// What each section of the dashboard weighs, with more monitors than a page of a list shows.
import { beforeAll, expect, test } from 'vitest';
import { RULES } from '../../../src/http/access/rules.ts';
import { SECTIONS } from '../../../src/http/dashboard/sections.ts';
import { bindings } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn } from '../../support/d1/signed-in.ts';
import { twoTeams } from '../../support/d1/two-teams.ts';

const MAX_BYTES = 20 * 1024;
const MONITORS = 300;

const paths = SECTIONS.flat()
  .flatMap(({ path, also = [] }) => [path, ...also])
  .filter((path) => RULES[`GET ${path}`] !== undefined);

let ada: SignedIn;
beforeAll(async () => {
  await twoTeams();
  ada = await signIn('admin', { username: 'ada-size' });
  const { DB } = bindings;
  const numbers = JSON.stringify(Array.from({ length: MONITORS }, (_, index) => index + 1_000));
  const columns = `"check", interval_seconds, locations, alert, channels, public, paused, version, created_at, updated_at, tags, depends_on`;
  const votes = JSON.stringify(
    ['us-east-1', 'us-west-2', 'eu-central-1', 'ap-southeast-1', 'ap-northeast-1', 'sa-east-1'].map(
      (id, number) => [...[number, `aws:${id}`, 'passing', null]],
    ),
  );
  await DB.batch([
    DB.prepare(`insert into monitors (number, id, name, ${columns})
      select n.value, 'service-' || n.value, 'Service ' || hex(randomblob(6)), ${columns}
      from json_each(?1) n, (select * from monitors where id = 'cart')`).bind(numbers),
    DB.prepare(`insert into monitor_states (number, verdict, since, never_checked, passing, failing, abstaining, warnings,
        flapping, votes, updated_at)
      select value, iif(value % 9 = 0, 'down', 'up'), 1, 0, 6, 0, 0, '[]', 0, ?2, 5 from json_each(?1)`).bind(
      numbers,
      votes,
    ),
  ]);
}, 60_000);

async function compressed(text: string): Promise<number> {
  const stream = new Response(text).body!.pipeThrough(new CompressionStream('gzip'));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

test.each(paths)('%s has at most 20 kB of HTML, compressed', async (path) => {
  const { status, text } = await get(path, ada);
  expect(status).toBeLessThan(400);
  expect(await compressed(text)).toBeLessThanOrEqual(MAX_BYTES);
});

// A configuration moves no route and no schedule to another team: only admins change tags that restrict.
import { beforeAll, expect, test } from 'vitest';
import { ask } from '../../support/d1/http-mesh.ts';
import { type asker, keyOf } from '../../support/d1/keys.ts';
import { BANK_TAGS, SHOP_TAGS, twoTeams } from '../../support/d1/two-teams.ts';

const PATH = '/api/v1/configuration';
const documentOf = (tags: object) => ({
  routes: [{ id: 'shop-route', name: 'Shop', match: { tags: ['team:shop'] }, steps: [], tags }],
  schedules: [{ id: 'shop-call', name: 'Shop on call', tags }],
});

let anyEditor: ReturnType<typeof asker>;
beforeAll(async () => {
  ({ anyEditor } = await twoTeams());
  await keyOf('team:bank', 'viewer', ['team:bank']);
  expect((await ask(PATH, { method: 'PUT', body: documentOf(SHOP_TAGS) })).status).toBe(200);
});

test.each(['routes', 'schedules'] as const)(
  'an unrestricted editor cannot change the tag that restricts of %s',
  async (kind) => {
    for (const tags of [BANK_TAGS, {}]) {
      const { status, json } = await anyEditor.put(PATH, { [kind]: documentOf(tags)[kind] });
      expect([status, json.errors?.[0].path]).toEqual([403, `${kind}[0].tags.team`]);
    }
    const { json } = await ask(PATH);
    expect(json[kind][0].tags).toEqual(SHOP_TAGS);
  },
);

test('an unrestricted editor changes everything else of them, and an admin also the tag', async () => {
  const { routes, schedules } = documentOf({ ...SHOP_TAGS, stage: 'live' });
  expect((await anyEditor.put(PATH, { routes, schedules })).status).toBe(200);
  expect((await ask(PATH, { method: 'PUT', body: documentOf(BANK_TAGS) })).status).toBe(200);
});

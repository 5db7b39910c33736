// What a restricted editor learns of the routing of other teams, and what that editor can change of it: nothing.
import { beforeAll, expect, test } from 'vitest';
import { asKey, emptyAccess, makeKey } from '../../support/d1/access.ts';
import {
  ask,
  createMonitor,
  empty,
  keepDefaultChannels,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../support/d1/http-mesh.ts';

await keepDefaultChannels();

const SHOP = { team: 'shop' };
const BANK = { team: 'bank' };
/** Ids and names that belong to the other team. */
const THEIRS = /bank|vault|Vera/i;

let editor: ReturnType<typeof asKey>;

async function must(answer: ReturnType<typeof ask>) {
  const { status, text, json } = await answer;
  if (status >= 300) throw new Error(text);
  return json;
}

beforeAll(async () => {
  await empty();
  await emptyAccess();
  await must(post('/api/v1/channels', { ...RECEIVER, id: 'shop-hook', name: 'Shop', tags: SHOP }));
  await must(post('/api/v1/channels', { ...RECEIVER, id: 'shop-sms', name: 'SMS', tags: SHOP }));
  await must(post('/api/v1/channels', { ...RECEIVER, id: 'bank-hook', name: 'Theirs', tags: BANK }));
  await createMonitor({ id: 'web', tags: SHOP });
  await createMonitor({ id: 'vault', tags: BANK, name: 'Vault' });
  const person = { name: 'Vera', username: 'vera', role: 'responder', tags: ['team:bank'] };
  await must(post('/api/v1/people', { ...person, channels: ['shop-hook', 'bank-hook'] }));
  const rotations = [{ name: 'Main', people: ['vera'], start: '2026-11-02T09:00' }];
  const duty = { id: 'bank-duty', name: 'Duty', timeZone: 'Europe/Berlin', rotations };
  await must(post('/api/v1/schedules', { ...duty, tags: BANK }));
  // An admin shares a route with the team shop that also notifies the other team.
  await must(
    post('/api/v1/routes', {
      ...{ id: 'shared', name: 'Shared', tags: SHOP, continues: true },
      match: { monitors: ['web', 'vault'] },
      steps: [
        { channels: ['shop-hook', 'bank-hook'] },
        { afterSeconds: 60, channels: ['bank-hook'], schedules: ['bank-duty'] },
      ],
    }),
  );
  await must(
    post('/api/v1/routes', {
      ...{ id: 'bank-all', name: 'Bank all', tags: BANK, match: {} },
      steps: [{ channels: ['shop-sms'] }],
    }),
  );
  editor = asKey(await makeKey('editor', ['team:shop']));
});

test('a route shows only what it names inside, in a list, alone and in the order', async () => {
  const order = await editor('/api/v1/routes/order', 'PUT', { routes: ['shared'] });
  for (const answer of [await editor('/api/v1/routes'), order, await editor('/api/v1/routes/shared')]) {
    expect([answer.status, THEIRS.exec(answer.text)]).toEqual([200, null]);
    const [route] = answer.json.routes ?? [answer.json];
    expect(route.match.monitors).toEqual(['web']);
    expect(route.steps.map(({ channels }: { channels: string[] }) => channels)).toEqual([['shop-hook'], []]);
  }
});

test('a route that names something outside stays as it is: an update would drop what the editor does not see', async () => {
  const before = (await ask('/api/v1/routes/shared')).json;
  for (const change of [{ name: 'New' }, { steps: [] }, { match: { monitors: ['web'] } }]) {
    const refused = await editor('/api/v1/routes/shared', 'PATCH', change);
    expect([refused.status, THEIRS.exec(refused.text)]).toEqual([409, null]);
    expect(refused.json.detail).toContain('names entries outside your access');
  }
  expect((await ask('/api/v1/routes/shared')).json).toEqual(before);
  expect((await patch('/api/v1/routes/shared', { name: 'Shared' })).status).toBe(200);
});

test('the preview shows no channel, route, schedule and person outside', async () => {
  const all = (await ask('/api/v1/routing-preview?monitor=web')).text;
  expect(all).toContain('bank-duty');
  expect(all).toContain('Vera');
  const { status, text, json } = await editor('/api/v1/routing-preview?monitor=web');
  expect([status, THEIRS.exec(text)]).toEqual([200, null]);
  expect(json.recipients.map((one: { channel: { id: string } }) => one.channel.id)).toContain('shop-hook');
  // The shift reaches a channel inside, but whose shift it is stays outside.
  expect(json.recipients.every((one: { onCall: unknown }) => one.onCall === null)).toBe(true);
});

test('a drill and the deliveries show no channel and no route outside', async () => {
  const drill = await editor('/api/v1/drill', 'POST', { monitor: 'web' });
  expect([drill.status, drill.json.channels.toSorted()]).toEqual([201, ['shop-hook', 'shop-sms']]);
  await runUntilConfirmed(1, 6);
  await runUntilConfirmed(2, 6);
  const routesOf = (deliveries: { route: string | null }[]) => new Set(deliveries.map(({ route }) => route));
  const all = await ask('/api/v1/deliveries');
  expect(routesOf(all.json.deliveries)).toEqual(new Set(['shared', 'bank-all']));
  const shown = await editor('/api/v1/deliveries');
  expect(routesOf(shown.json.deliveries)).toEqual(new Set(['shared', null]));
  expect(shown.text).not.toMatch(/bank/i);
  const [one] = shown.json.deliveries;
  const alone = await editor(`/api/v1/deliveries/${one.notificationId}/${one.channelId}`);
  expect(alone.json).toEqual(one);
});

// The pages of channels: what each person sees, a form that is valid and one that is not, tests, and deletion.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  createMonitor,
  empty,
  keepDefaultChannels,
  post,
  RECEIVER,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

const CHANNELS = '/dashboard/channels';
const SECRET = RECEIVER.config.secret;

let ada: SignedIn;
let editor: SignedIn;
let viewer: SignedIn;
beforeEach(async () => {
  await empty();
  await keepDefaultChannels();
  await bindings.DB.batch(
    ['sessions', 'people', 'audit_entries', 'audit_chain'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  vi.restoreAllMocks();
  ada = await signIn('admin', { name: 'Ada' });
  editor = await signIn('editor');
  viewer = await signIn('viewer');
});

const channel = async (changes: object = {}) => {
  const created = await post('/api/v1/channels', { ...RECEIVER, ...changes });
  expect(created.status).toBe(201);
};
const stored = async (id = 'on-call') => (await ask(`/api/v1/channels/${id}`)).json;

describe('the list', () => {
  test('without a channel says what a channel is for, and offers one to those who may add it', async () => {
    const [mine, other] = [await get(CHANNELS, editor), await get(CHANNELS, viewer)];
    expect(mine.text).toContain('No channel yet');
    expect(mine.text).toContain(`${CHANNELS}/_new`);
    expect(other.text).not.toContain(`${CHANNELS}/_new`);
  });

  test('shows state, use and pending deliveries, and a test to those who may send one', async () => {
    await channel();
    await channel({ id: 'old', name: 'Old room', enabled: false });
    await createMonitor({ channels: ['on-call'] });
    await post('/api/v1/routes', { name: 'All', steps: [{ channels: ['on-call'] }] });
    const { text } = await get(CHANNELS, editor);
    expect(text).toContain('Not used yet');
    expect(text).toContain('A person disabled it.');
    expect(text).toContain('Route <a href="/dashboard/routes/all">');
    expect(text).toContain('/dashboard/monitors?channel=on-call');
    expect(text).toContain('Send a test to On call');
    expect((await get(CHANNELS, viewer)).text).not.toContain('Send a test');
  });

  test('reads at most five statements with many channels, and no secret', async () => {
    for (let index = 0; index < 5; index += 1) await channel({ id: `c-${index}`, name: `Room ${index}` });
    const counted = countD1(bindings.DB);
    const { text, status } = await ask(CHANNELS, {
      token: null,
      headers: { cookie: editor.cookie },
      env: { DB: counted.db },
    });
    expect(status).toBe(200);
    expect(counted.take().length).toBeLessThanOrEqual(5);
    expect(text).not.toContain('whsec_');
    await ask(`${CHANNELS}/c-1`, {
      token: null,
      headers: { cookie: editor.cookie },
      env: { DB: counted.db },
    });
    expect(counted.take().length).toBeLessThanOrEqual(5);
  });

  test('shows a restricted person nothing of another team', async () => {
    await channel({ tags: { team: 'shop' } });
    await channel({ id: 'secret-room', name: 'Secret room', tags: { team: 'bank' } });
    const shop = await signIn('editor', { tags: ['team:shop'] });
    const { text } = await get(CHANNELS, shop);
    expect(text).toContain('On call');
    expect(text).not.toContain('ecret room');
    expect((await get(`${CHANNELS}/secret-room`, shop)).status).toBe(404);
    expect((await submit(`${CHANNELS}/secret-room/test`, shop)).status).toBe(404);
    expect((await submit(`${CHANNELS}/secret-room`, shop, { name: 'Mine' })).status).toBe(404);
    expect((await stored('secret-room')).name).toBe('Secret room');
  });
});

describe('the form', () => {
  test('offers every type as a card, and has the fields of the chosen one', async () => {
    const cards = await get(`${CHANNELS}/_new`, editor);
    expect(cards.text).toContain(`${CHANNELS}/_new?type=pagerduty`);
    const { text } = await get(`${CHANNELS}/_new?type=slack`, editor);
    expect(text).toContain('type="password" id="config.token"');
    expect(text).toContain('How to set it up');
  });

  test('creates a channel', async () => {
    const created = await submit(CHANNELS, editor, {
      ...{ type: 'webhook', name: 'On call', 'config.url': RECEIVER.config.url, 'config.secret': SECRET },
      tags: 'team: shop',
    });
    expect([created.status, created.headers.get('location')]).toEqual([303, `${CHANNELS}/on-call`]);
    expect(await stored()).toMatchObject({ type: 'webhook', name: 'On call', tags: { team: 'shop' } });
  });

  test('offers a default channel to admins, ticked while an outage would reach nobody', async () => {
    const form = { type: 'webhook', 'config.url': RECEIVER.config.url, 'config.secret': SECRET };
    const box = async (person: SignedIn) =>
      /<input[^>]*name="default"[^>]*>/.exec((await get(`${CHANNELS}/_new?type=webhook`, person)).text)?.[0];
    const defaults = async () => (await ask('/api/v1/settings')).json.defaultChannels;
    expect(await box(editor)).toBeUndefined();
    expect(await box(ada)).toContain('checked');
    // An editor cannot set it.
    await submit(CHANNELS, editor, { ...form, name: 'Room', default: 'yes' });
    expect(await defaults()).toEqual([]);
    const created = await submit(CHANNELS, ada, { ...form, name: 'On call', default: 'yes' });
    expect([created.status, await defaults()]).toEqual([303, ['on-call']]);
    await submit(CHANNELS, ada, { ...form, name: 'Second', default: 'yes' });
    await submit(CHANNELS, ada, { ...form, name: 'Third' });
    expect(await defaults()).toEqual(['on-call', 'second']);
    expect(await box(ada)).not.toContain('checked');
    const refused = await submit(CHANNELS, ada, { ...form, name: '', default: 'yes' });
    expect(refused.status).toBe(422);
    expect(/<input[^>]*name="default"[^>]*>/.exec(refused.text)?.[0]).toContain('checked');
  });

  test('shows an error at its field, keeps what was typed, and changes nothing', async () => {
    const refused = await submit(CHANNELS, editor, {
      ...{ type: 'webhook', name: 'My room', 'config.url': 'http://10.0.0.1/x', 'config.secret': SECRET },
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('id="config.url-error"');
    expect(refused.text).toContain('value="My room"');
    expect((await ask('/api/v1/channels')).json.channels).toEqual([]);
  });

  test('keeps a stored secret and address that are left empty, and shows a hint of the address', async () => {
    await channel();
    const edit = await get(`${CHANNELS}/on-call/edit`, editor);
    expect(edit.text).toContain('Stored: hooks.example.com…mesh.');
    expect(edit.text).not.toContain('whsec_C2');
    const [version] = /name="version" value="(\d+)"/.exec(edit.text)!.slice(1);
    const saved = await submit(`${CHANNELS}/on-call`, editor, {
      ...{ version: version!, name: 'Night room', 'config.url': '', 'config.secret': '' },
    });
    expect(saved.status).toBe(303);
    expect(await stored()).toMatchObject({
      name: 'Night room',
      config: { urlHint: 'hooks.example.com…mesh' },
    });
  });

  test('that is out of date changes nothing, and says who was faster', async () => {
    await channel();
    await ask('/api/v1/channels/on-call', { method: 'PATCH', body: { name: 'Renamed' } });
    const fields = { version: '1', name: 'Mine', 'config.url': '', 'config.secret': '' };
    const refused = await submit(`${CHANNELS}/on-call`, editor, fields);
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Another person has changed the channel');
    expect(refused.text).toContain('value="Mine"');
    expect((await stored()).name).toBe('Renamed');
    // Saving once more is a decision.
    expect((await submit(`${CHANNELS}/on-call`, editor, { ...fields, version: '2' })).status).toBe(303);
  });

  test('previews templates, and says what is wrong with one', async () => {
    const fields = { type: 'webhook', name: 'x', 'config.url': '', 'config.secret': '' };
    const custom = { ...fields, type: 'discord', 'templates.title': 'Look: {{ monitor.name }}' };
    const good = await submit(`${CHANNELS}/_new`, editor, custom);
    expect(good.text).toContain('<strong>Look: ');
    const bad = await submit(`${CHANNELS}/_new`, editor, { ...custom, 'templates.title': '{{ monitor.name' });
    expect(bad.text).toMatch(/data-preview-result[^>]*><p class="error">/);
  });

  test('removes a tag that is not in the form any more', async () => {
    await channel({ tags: { team: 'shop', stage: 'test' } });
    await submit(`${CHANNELS}/on-call`, ada, { name: 'On call', tags: 'team: shop' });
    expect((await stored()).tags).toEqual({ team: 'shop' });
  });
});

/** What the receiver does with the next requests. */
const answer = (respond: (init: RequestInit) => Promise<Response>) =>
  vi.spyOn(globalThis, 'fetch').mockImplementation((_, init) => respond(init!));

const toastOf = async (answered: { headers: Headers }, person: SignedIn): Promise<string> => {
  const [cookie] = answered.headers.getSetCookie().map((line) => line.split(';')[0]!);
  const headers = { cookie: `${person.cookie}; ${cookie}` };
  const page = await ask(answered.headers.get('location')!, { token: null, headers });
  return /class="notice message toast[^>]*>.*?<strong>(.*?)<\/strong>/s.exec(page.text)?.[1] ?? '';
};

describe('a test', () => {
  test('says what the receiver answered', async () => {
    await channel();
    answer(async () => new Response(null, { status: 204 }));
    const sent = await submit(`${CHANNELS}/on-call/test`, editor);
    expect(sent.headers.get('location')).toBe(`${CHANNELS}/on-call`);
    expect(await toastOf(sent, editor)).toMatch(
      /^The receiver of On call accepted the test\. It answered with status 204/,
    );
    answer(async () => new Response('no_service', { status: 404 }));
    const refused = await submit(`${CHANNELS}/on-call/test`, editor, { back: 'list' });
    expect(refused.headers.get('location')).toBe(CHANNELS);
    expect(await toastOf(refused, editor)).toContain('hooks.example.com responded 404: no_service');
  });

  test('of a receiver that hangs answers when its time is over, and says so', async () => {
    await channel();
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 20);
      return controller.signal;
    });
    answer(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal!.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );
    const sent = await submit(`${CHANNELS}/on-call/test`, editor);
    expect(await toastOf(sent, editor)).toContain('hooks.example.com did not respond within 15 s');
  });

  test('of a disabled channel is sent, and says that the channel is still disabled', async () => {
    await channel({ enabled: false });
    answer(async () => new Response(null, { status: 200 }));
    const sent = await submit(`${CHANNELS}/on-call/test`, editor);
    expect(await toastOf(sent, editor)).toContain('The channel is still disabled');
    expect((await get(`${CHANNELS}/on-call`, viewer)).text).toContain('This channel is disabled');
  });
});

test('a channel is disabled and enabled again, with an undo', async () => {
  await channel();
  const off = await submit(`${CHANNELS}/on-call/state`, editor, { enabled: 'no' });
  expect(off.status).toBe(303);
  expect((await stored()).enabled).toBe(false);
  await submit(`${CHANNELS}/on-call/state`, editor, { enabled: 'yes' });
  expect((await stored()).enabled).toBe(true);
});

test('only admins change the default channels, on the page of a channel', async () => {
  await channel();
  const read = async () => (await ask('/api/v1/settings')).json.defaultChannels;
  expect((await submit(`${CHANNELS}/on-call/default`, editor, { default: 'yes' })).status).toBe(403);
  expect(await read()).toEqual([]);
  expect((await submit(`${CHANNELS}/on-call/default`, ada, { default: 'yes' })).status).toBe(303);
  expect(await read()).toEqual(['on-call']);
  expect((await get(CHANNELS, viewer)).text).toContain('Default channel of the mesh');
  await submit(`${CHANNELS}/on-call/default`, ada, { default: 'no' });
  expect(await read()).toEqual([]);
});

describe('a deletion', () => {
  test('needs the box, and is done', async () => {
    await channel();
    expect((await submit(`${CHANNELS}/on-call/delete`, editor)).status).toBe(422);
    expect((await submit(`${CHANNELS}/on-call/delete`, editor, { confirm: 'yes' })).status).toBe(303);
    expect((await ask('/api/v1/channels/on-call')).status).toBe(404);
  });

  test('of a channel that is used lists what names it first, and changes that with it', async () => {
    await channel();
    await createMonitor({ channels: ['on-call'] });
    const asked = await submit(`${CHANNELS}/on-call/delete`, editor, { confirm: 'yes' });
    expect(asked.status).toBe(409);
    expect(asked.text).toContain('Web shop');
    expect(asked.text).toContain('notifies nobody');
    expect((await stored()).id).toBe('on-call');
    const gone = await submit(`${CHANNELS}/on-call/delete`, editor, { confirm: 'yes', detach: 'yes' });
    expect(gone.status).toBe(303);
    expect((await ask('/api/v1/monitors/shop')).json.channels).toEqual([]);
  });
});

test('names that look like markup are text on every page', async () => {
  for (const [index, name] of XSS_VECTORS.filter((text) => !/[\n\r\t\0]/.test(text) && text.length <= 120)
    .slice(0, 8)
    .entries())
    await post('/api/v1/channels', { ...RECEIVER, id: `x-${index}`, name });
  const { channels } = (await ask('/api/v1/channels')).json;
  expect(channels.length).toBeGreaterThan(3);
  for (const path of [
    CHANNELS,
    `${CHANNELS}/x-0`,
    `${CHANNELS}/x-0/edit`,
    '/dashboard/routes/_new',
    '/dashboard/deliveries',
  ]) {
    const { text, status } = await get(path, ada);
    expect(status).toBe(200);
    for (const { name } of channels) if (name.includes('<')) expect(text).not.toContain(name);
  }
});

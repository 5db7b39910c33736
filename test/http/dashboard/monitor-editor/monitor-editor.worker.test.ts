// The pages that add, change and delete monitors: what is run at once, what is stored, what is refused and where it says so.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkTypes, findCheck } from '../../../../probes/checks/catalogue.ts';
import { CONTRACT_VERSION, type Job } from '../../../../probes/contract/index.ts';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  type Answered,
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

const NEW = '/dashboard/monitors/_new';
const limitless = { limit: async () => ({ success: true }) } as RateLimit;
const limited = { limit: async () => ({ success: false }) } as RateLimit;

let ada: SignedIn;
let shop: SignedIn;
beforeEach(async () => {
  await empty();
  await bindings.DB.prepare('DELETE FROM sessions').run();
  ada = await signIn('editor');
  shop = await signIn('editor', { tags: ['team:shop'] });
});
afterEach(() => vi.restoreAllMocks());

type Probe = (region: string, job: Job) => Response;
const invoked: { region: string; job: Job }[] = [];

/** Replaces AWS behind the SDK. */
function lambda(probe: Probe): void {
  invoked.length = 0;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const region = /^lambda\.(.+)\.amazonaws\.com$/.exec(new URL(request.url).hostname)?.[1] ?? '';
    const job = JSON.parse(new TextDecoder().decode(await request.arrayBuffer())) as Job;
    invoked.push({ region, job });
    return probe(region, job);
  });
}

const report = (observation: object): Response =>
  Response.json({
    ...{ version: CONTRACT_VERSION, build: 'x', receivedAt: clock.now },
    observations: [{ id: 0, startedAt: clock.now, timings: {}, ...observation }],
  });
const fine = () =>
  report({
    outcome: 'ok',
    address: '192.0.2.1',
    timings: { dnsMs: 4, connectMs: 10, tlsMs: 20, firstByteMs: 30, totalMs: 64 },
    trace: [{ atMs: 4, text: 'connected to 192.0.2.1:443' }],
  });

/** A form of our own page. The rate limit of checks does not count, unless a test says so. */
const send = (
  path: string,
  person: SignedIn,
  fields: Record<string, string> | [string, string][],
  env: Partial<typeof bindings> = {},
): Promise<Answered> =>
  ask(path, {
    method: 'POST',
    token: null,
    body: new URLSearchParams([
      ['csrf', person.csrf],
      ...(Array.isArray(fields) ? fields : Object.entries(fields)),
    ]).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: 'https://status.test',
      cookie: person.cookie,
    },
    env: { CHECK_LIMIT: limitless, ...env },
  });

const check = (target: string, more = {}, env = {}) => send(NEW, ada, { do: 'target', target, ...more }, env);
const monitors = async () => (await ask('/api/v1/monitors')).json.monitors;
const stored = async (id: string) => (await ask(`/api/v1/monitors/${id}`)).json;
const errorAt = (text: string, path: string): string | undefined =>
  new RegExp(`id="${path.replaceAll('.', '\\.')}-error"[^>]*>([^<]+)<`).exec(text)?.[1];

const FORM = {
  ...{ do: 'save', name: 'Web shop', intervalSeconds: '60' },
  ...{ 'check.type': 'tcp', 'check.host': 'shop.example.com', 'check.port': '443' },
  ...{ 'locations~keyword': 'all', 'channels~keyword': 'default' },
};

describe('a target', () => {
  test('in the address fills the field and runs nothing', async () => {
    lambda(fine);
    const { status, text } = await get(`${NEW}?target=https%3A%2F%2Fshop.example.com`, ada);
    expect(status).toBe(200);
    expect(text).toContain('value="https://shop.example.com"');
    expect(invoked).toEqual([]);
  });

  test('that is posted is checked from every location, and the form below has the guess', async () => {
    lambda((region) =>
      region === 'eu-central-1'
        ? report({ outcome: 'failed', code: 'dns', phase: 'dns', detail: 'shop.example.com does not exist' })
        : fine(),
    );
    const { status, text } = await check('https://shop.example.com/health');
    expect(status).toBe(200);
    expect(invoked.map(({ region }) => region)).toHaveLength(6);
    expect(invoked[0]!.job).toMatchObject({ trace: true });
    for (const words of [
      'so it is a website',
      'The name does not resolve',
      'shop.example.com does not exist',
      'OK in 64 ms',
      'First byte 30 ms',
      'It works from 5 of 6 locations, and fails from 1.',
    ])
      expect(text).toContain(words);
    expect(text).toMatch(/id="check\.url"[^>]*value="https:\/\/shop\.example\.com\/health"/);
    expect(text).toMatch(/id="name"[^>]*value="shop\.example\.com\/health"/);
    // Each result belongs to a place that the page had before.
    for (let index = 0; index < 6; index += 1) {
      expect(text).toContain(`<slot name="run-${index}">`);
      expect(text).toContain(`<div slot="run-${index}"`);
    }
    expect(text.indexOf('<slot name="run-0">')).toBeLessThan(text.indexOf('id="monitor-form"'));
    expect(text.trimEnd().endsWith('</html>')).toBe(true);
    const audited = bindings.DB.prepare(
      "SELECT count(*) AS n FROM audit_entries WHERE action = 'check_run.started'",
    );
    expect(await audited.first('n')).toBe(1);
    expect(await monitors()).toEqual([]);
  });

  test('at port 443 that speaks TLS without HTTP is watched by its certificate', async () => {
    lambda((_, job) =>
      (job.runs[0]!.check as { type: string }).type === 'http'
        ? report({
            ...{ outcome: 'failed', code: 'unexpected_reply', phase: 'reply', detail: 'this is no HTTP' },
            timings: { connectMs: 1, tlsMs: 2 },
          })
        : fine(),
    );
    const { text } = await check('mq.example.com:443');
    expect(text).toContain('got an answer there, but not one of a website');
    expect(text).toContain('<input type="hidden" name="check.type" value="tls"');
    expect(text).toContain('It works from all 6 locations.');
  });

  test('that is an address alone is asked about, and the choice is checked', async () => {
    lambda(fine);
    const asked = await check('1.1.1.1');
    expect(asked.text).toContain('What runs at 1.1.1.1?');
    expect(invoked).toEqual([]);
    const chosen = await check('1.1.1.1', { as: 'http' });
    expect(chosen.text).toMatch(/id="check\.url"[^>]*value="http:\/\/1\.1\.1\.1"/);
    expect(invoked).toHaveLength(6);
  });

  test.each([
    ['https://ada:geheim@shop.example.com', 'Remove the part before'],
    ['', 'Enter a URL or host:port'],
    ['shop.example.com:99999', 'between 1 and 65535'],
  ])('that cannot be one is refused at the field: %s', async (target, message) => {
    lambda(fine);
    const { status, text } = await check(target);
    expect(status).toBe(422);
    expect(errorAt(text, 'target')).toContain(message);
    expect(invoked).toEqual([]);
  });
});

describe('a check that cannot be run', () => {
  test('because the address is forbidden says so, invokes nothing, and keeps the form', async () => {
    lambda(fine);
    const { text } = await check('http://127.0.0.1:8080/');
    expect(text).toContain('The check was not run.');
    expect(text).toContain('127.0.0.1');
    expect(text).toContain('You can save the monitor without it.');
    expect(text).toContain('id="monitor-form"');
    expect(invoked).toEqual([]);
  });

  test('because of the rate limit says when to retry, and keeps the form', async () => {
    lambda(fine);
    const { text } = await check('https://shop.example.com', {}, { CHECK_LIMIT: limited });
    expect(text).toContain('The rate limit for checks is exceeded. Wait 60 seconds');
    expect(text).toContain('id="monitor-form"');
    expect(invoked).toEqual([]);
  });

  test('because the fleet is down says that the target is not at fault, for each location', async () => {
    lambda(() => new Response('{}', { status: 500 }));
    const { text } = await check('https://shop.example.com');
    expect(text.match(/Not measured: the location cannot be reached/g)).toHaveLength(6);
    expect(text).toContain('the probes are at fault, not the target');
    expect(text).toContain('id="monitor-form"');
    expect(text.trimEnd().endsWith('</html>')).toBe(true);
  });

  test('at one location that does not answer says so there', async () => {
    lambda((region) => (region === 'sa-east-1' ? new Response('{}', { status: 500 }) : fine()));
    const { text } = await check('https://shop.example.com');
    expect(text.match(/Not measured: the location cannot be reached/g)).toHaveLength(1);
    expect(text).toContain('It works from 5 of 6 locations.');
  });
});

describe('a new monitor', () => {
  test('is created as the form says, and the person sees its page, or adds the first channel', async () => {
    const created = await send(NEW, ada, {
      ...FORM,
      tags: 'team: shop\r\nstage: live',
      group: 'Checkout',
      'alert.failures': '3',
      'public~present': 'yes',
      public: 'yes',
    });
    expect([created.status, created.headers.get('location')]).toEqual([303, '/dashboard/channels/_new']);
    const second = await send(NEW, ada, { ...FORM, name: 'Second' });
    expect([second.status, second.headers.get('location')]).toEqual([303, '/dashboard/monitors/second']);
    expect(await stored('web-shop')).toMatchObject({
      ...{ name: 'Web shop', group: 'Checkout', tags: { team: 'shop', stage: 'live' }, public: true },
      check: { type: 'tcp', host: 'shop.example.com', port: 443 },
      alert: { failures: 3, quorum: 'majority' },
    });
  });

  test.each([
    ['name', { name: ' ' }, 'name'],
    ['port', { 'check.port': '0' }, 'check.port'],
    ['host', { 'check.host': 'https://shop.example.com' }, 'check.host'],
    ['option behind "More options"', { 'alert.failures': '99' }, 'alert.failures'],
    ['runbook', { runbookUrl: 'wiki' }, 'runbookUrl'],
  ])('with an invalid %s is refused there, and what was typed stays', async (_, fields, path) => {
    const { status, text } = await send(NEW, ada, { ...FORM, description: 'Typed <b>', ...fields });
    expect(status).toBe(422);
    expect(errorAt(text, path)).toBeTruthy();
    expect(text).toContain('Typed &lt;b&gt;');
    expect(text).toContain('Nothing was saved.');
    expect(await monitors()).toEqual([]);
  });

  test('with another type of check keeps the target and everything else', async () => {
    const { status, text } = await send(NEW, ada, { ...FORM, do: 'type:http', group: 'Checkout' });
    expect(status).toBe(200);
    expect(text).toContain('<input type="hidden" name="check.type" value="http"');
    expect(text).toMatch(/id="check\.url"[^>]*value="https:\/\/shop\.example\.com"/);
    expect(text).toMatch(/id="group"[^>]*value="Checkout"/);
    expect(await monitors()).toEqual([]);
  });

  test('can be checked before it is saved, with what was typed', async () => {
    lambda(fine);
    const { text } = await send(NEW, ada, { ...FORM, do: 'check', 'check.port': '8443' });
    expect(invoked[0]!.job.runs[0]!.check).toMatchObject({ type: 'tcp', port: 8443 });
    expect(text).toMatch(/id="check\.port"[^>]*value="8443"/);
    expect(await monitors()).toEqual([]);
    const refused = await send(NEW, ada, { ...FORM, do: 'check', 'check.port': '0' });
    expect([refused.status, errorAt(refused.text, 'check.port')]).toEqual([422, expect.any(String)]);
  });

  test('of a restricted person begins with one of their tags, and offers their channels only', async () => {
    await post('/api/v1/channels', { ...RECEIVER, id: 'bank', name: 'Bank hook', tags: { team: 'bank' } });
    await post('/api/v1/channels', { ...RECEIVER, id: 'mine', name: 'Shop hook', tags: { team: 'shop' } });
    const { text } = await get(`${NEW}?type=tcp`, shop);
    expect(text).toContain('team: shop');
    expect(text).toContain('Shop hook');
    expect(text).not.toContain('Bank hook');
  });

  test('is for editors, who see no button that is refused', async () => {
    const viewer = await signIn('viewer');
    for (const path of [NEW, '/dashboard/monitors/x/edit', '/dashboard/monitors/x/delete']) {
      expect((await get(path, viewer)).status).toBe(403);
      expect((await submit(path, viewer, { do: 'save' })).status).toBe(403);
    }
  });
});

describe('a copy', () => {
  test('has everything but the id and the values of secrets', async () => {
    await createMonitor({
      check: {
        type: 'http',
        url: 'https://shop.example.com',
        headers: { authorization: 'Bearer {{token}}' },
        secrets: { token: 'geheim-7f3e9a' },
      },
      group: 'Checkout',
    });
    const { status, text } = await get(`${NEW}?clone=shop`, ada);
    expect(status).toBe(200);
    expect(text).toMatch(/id="name"[^>]*value="Web shop \(copy\)"/);
    expect(text).toMatch(/id="group"[^>]*value="Checkout"/);
    expect(text).toContain('Its secrets are not copied');
    expect(text).not.toContain('geheim-7f3e9a');
    expect(text).not.toContain('>stored<');
  });

  test('of a monitor that does not exist, or is outside, is not found', async () => {
    await createMonitor({ tags: { team: 'bank' } });
    expect((await get(`${NEW}?clone=nothing`, ada)).status).toBe(404);
    expect((await get(`${NEW}?clone=shop`, shop)).status).toBe(404);
  });
});

describe('an edit', () => {
  const PATH = '/dashboard/monitors/shop/edit';
  type Fields = readonly (readonly [string, string])[];
  /** What a browser sends back from the form as it is. */
  async function formOf(person = ada, path = PATH): Promise<Fields> {
    const { text } = await get(path, person);
    const fields: [string, string][] = [];
    for (const [tag] of text.matchAll(/<input[^>]*>/g)) {
      const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
      const [name, type] = [attribute('name'), attribute('type')];
      if ((type === 'checkbox' || type === 'radio') && !/ checked/.test(tag)) continue;
      if (name !== undefined && name !== 'csrf') fields.push([name, attribute('value') ?? '']);
    }
    for (const [, name, inner] of text.matchAll(/<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</g))
      fields.push([name!, inner!.replaceAll('&quot;', '"')]);
    for (const [, name, inner] of text.matchAll(/<select[^>]* name="([^"]+)"[^>]*>(.*?)<\/select>/gs))
      fields.push([name!, /<option value="([^"]*)" selected/.exec(inner!)?.[1] ?? '']);
    return fields;
  }
  const save = async (form: Fields, changes: Record<string, string>, person = ada) =>
    send(PATH, person, [
      ...form
        .filter(([name]) => !Object.hasOwn(changes, name))
        .map(([name, value]): [string, string] => [name, value]),
      ...Object.entries({ do: 'save', ...changes }),
    ]);

  test('that changes nothing leaves the version as it is', async () => {
    await createMonitor({
      tags: { team: 'shop' },
      description: 'Two\nlines',
      sloTarget: 99.9,
      group: 'Checkout',
    });
    const before = await ask('/api/v1/monitors/shop');
    const saved = await save(await formOf(), {});
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/dashboard/monitors/shop']);
    const after = await ask('/api/v1/monitors/shop');
    expect([after.json, after.headers.get('etag')]).toEqual([before.json, before.headers.get('etag')]);
  });

  test.each(checkTypes)('that changes nothing leaves a check of type %s as it is', async (type) => {
    await createMonitor({ check: { type, ...(findCheck(type)!.docs.example as object) } });
    const before = await ask('/api/v1/monitors/shop');
    const saved = await save(await formOf(), {});
    expect([
      saved.status,
      [...saved.text.matchAll(/class="error"[^>]*>([^<]+)</g)].map(([, one]) => one),
    ]).toEqual([303, []]);
    const after = await ask('/api/v1/monitors/shop');
    expect([after.json, after.headers.get('etag')]).toEqual([before.json, before.headers.get('etag')]);
  });

  test('changes, empties and removes', async () => {
    await createMonitor({ tags: { team: 'shop', stage: 'live' }, group: 'Checkout', public: true });
    await save(await formOf(), { tags: 'team: shop', group: '', 'check.port': '8443', paused: 'yes' });
    expect(await stored('shop')).toMatchObject({
      ...{ tags: { team: 'shop' }, group: null, paused: true, public: true },
      check: { type: 'tcp', port: 8443 },
    });
  });

  test('adds, orders and removes steps by buttons that save nothing, and says at a step what is wrong with it', async () => {
    const steps = [{ expect: '220 ' }, { send: 'QUIT\r\n' }];
    await createMonitor({ check: { type: 'script', host: 'mail.example.com', port: 587, steps } });
    const stored = async () => (await ask('/api/v1/monitors/shop')).json.check.steps;
    const form = await formOf();
    const press = async (button: string) => {
      const { status, text } = await save(form, { do: '', '~rows': button });
      expect(status).toBe(200);
      return [...text.matchAll(/name="check\.steps\.\d+\.(?:send|expect)"[^>]* value="([^"]*)"/g)].map(
        ([, one]) => one,
      );
    };
    expect(await press('add check.steps')).toEqual(['', '220 ', 'QUIT\\r\\n', '', '', '']);
    expect(await press('down check.steps 0')).toEqual(['QUIT\\r\\n', '', '', '220 ']);
    expect(await press('remove check.steps 0')).toEqual(['QUIT\\r\\n', '']);
    expect(await stored()).toEqual(steps);
    const refused = await save(form, { 'check.steps.1.expect': '221' });
    expect(refused.status).toBe(422);
    expect(/id="check\.steps\.1-error">\s*([^<]+)/.exec(refused.text)?.[1]).toContain('exactly one of');
    expect(refused.text).not.toContain('id="check.steps.0-error"');
    const saved = await save(form, { 'check.steps.1.send': '', 'check.steps.1.expectEnd': 'yes' });
    expect(saved.status).toBe(303);
    expect(await stored()).toEqual([{ expect: '220 ' }, { expectEnd: true }]);
  });

  test('has a row for each JSONPath query, with values of JSON, and none removes them', async () => {
    const jsonPath = [
      { path: '$.a', equals: null },
      { path: '$.b', equals: '200' },
      { path: '$.c', exists: false },
    ];
    await createMonitor({ check: { type: 'http', url: 'https://shop.example.com/', jsonPath } });
    const stored = async () => (await ask('/api/v1/monitors/shop')).json.check.jsonPath;
    const form = await formOf();
    const refused = await save(form, { 'check.jsonPath.1.path': 'b' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('id="check.jsonPath.1.path-error"');
    expect((await save(form, { 'check.jsonPath.1.equals': '200' })).status).toBe(303);
    expect(await stored()).toEqual([jsonPath[0], { path: '$.b', equals: 200 }, jsonPath[2]]);
    const none = (await formOf()).filter(([name]) => !/^check\.jsonPath\.\d/.test(name));
    expect((await save(none, {})).status).toBe(303);
    expect(await stored()).toBeUndefined();
  });

  test('of another type of check replaces the check', async () => {
    await createMonitor();
    const shown = await save(await formOf(), { do: 'type:dns' });
    expect(shown.text).toContain('<input type="hidden" name="check.type" value="dns"');
    const form = (await formOf()).filter(([name]) => !name.startsWith('check.'));
    const saved = await save(form, {
      'check.type': 'dns',
      'check.name': 'example.com',
      'check.timeoutMs': '',
    });
    expect(saved.status).toBe(303);
    expect((await stored('shop')).check).toMatchObject({ type: 'dns', name: 'example.com', record: 'A' });
  });

  test('after somebody else changed the monitor is refused, shows what differs, and can be repeated', async () => {
    await createMonitor();
    const form = await formOf();
    await patch('/api/v1/monitors/shop', { name: 'Shop of Grace', intervalSeconds: 300 });
    const refused = await save(form, { name: 'Shop of Ada' });
    expect(refused.status).toBe(409);
    expect((await stored('shop')).name).toBe('Shop of Grace');
    for (const words of ['Nothing was saved', 'Shop of Grace', 'Shop of Ada', '5 minutes', '1 minute'])
      expect(refused.text).toContain(words);
    expect(refused.text).toMatch(/id="name"[^>]*value="Shop of Ada"/);
    const version = /name="version" value="(\d+)"/.exec(refused.text)![1]!;
    const repeated = await save(form, { name: 'Shop of Ada', version });
    expect(repeated.status).toBe(303);
    expect(await stored('shop')).toMatchObject({ name: 'Shop of Ada', intervalSeconds: 60 });
  });

  test('never shows a stored secret, keeps it, replaces it, and removes it once nothing uses it', async () => {
    await createMonitor({
      check: {
        type: 'http',
        url: 'https://shop.example.com',
        headers: { authorization: 'Bearer {{token}}' },
        secrets: { token: 'geheim-7f3e9a' },
      },
    });
    const { text } = await get(PATH, ada);
    expect(text).not.toContain('geheim-7f3e9a');
    expect(text).toContain('>stored<');
    const form = await formOf();
    expect((await save(form, { name: 'Renamed' })).status).toBe(303);
    lambda(fine);
    await save(await formOf(), { do: 'check' });
    expect(JSON.stringify(invoked[0]!.job)).toContain('geheim-7f3e9a');
    const used = await save(await formOf(), { 'check.secrets~remove': 'token' });
    expect([used.status, errorAt(used.text, 'check.secrets')]).toEqual([
      422,
      'The check still uses {{token}}. Remove it there first.',
    ]);
    const removed = await save(await formOf(), { 'check.secrets~remove': 'token', 'check.headers': '' });
    expect(removed.status).toBe(303);
    expect((await stored('shop')).check.secrets ?? {}).toEqual({});
  });

  test('of an invalid value says so at the field and stores nothing', async () => {
    await createMonitor();
    const refused = await save(await formOf(), { 'check.host': '' });
    expect([refused.status, errorAt(refused.text, 'check.host')]).toEqual([422, expect.any(String)]);
    expect((await stored('shop')).check.host).toBe('shop.example.com');
  });

  test('of what is outside the access of a person is not found', async () => {
    await createMonitor({ tags: { team: 'bank' } });
    expect((await get(PATH, shop)).status).toBe(404);
    expect((await send(PATH, shop, { do: 'save', name: 'Mine' })).status).toBe(404);
    expect((await get('/dashboard/monitors/shop/delete', shop)).status).toBe(404);
    expect((await send('/dashboard/monitors/shop/delete', shop, { confirm: 'yes' })).status).toBe(404);
  });
});

describe('a deletion', () => {
  const PATH = '/dashboard/monitors/shop/delete';

  test('needs the box', async () => {
    await createMonitor();
    expect((await send(PATH, ada, {})).status).toBe(422);
    const deleted = await send(PATH, ada, { confirm: 'yes' });
    expect([deleted.status, deleted.headers.get('location')]).toEqual([303, '/dashboard/monitors']);
    expect(await monitors()).toEqual([]);
  });

  test('of what others name lists them first, and changes them on request', async () => {
    await createMonitor();
    await createMonitor({ id: 'cart', name: 'Cart <b>', dependsOn: ['shop'] });
    const refused = await send(PATH, ada, { confirm: 'yes' });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Cart &lt;b&gt;');
    expect(refused.text).toContain('name="detach" value="yes"');
    expect(await monitors()).toHaveLength(2);
    expect((await send(PATH, ada, { confirm: 'yes', detach: 'yes' })).status).toBe(303);
    expect(await stored('cart')).toMatchObject({ dependsOn: [] });
  });
});

test('each page takes at most five statements of D1', async () => {
  await createMonitor({ tags: { team: 'shop' } });
  const { db, take } = countD1(bindings.DB);
  for (const person of [ada, shop])
    for (const path of [
      NEW,
      `${NEW}?type=http`,
      `${NEW}?clone=shop`,
      '/dashboard/monitors/shop/edit',
      '/dashboard/monitors/shop/delete',
    ]) {
      const { status } = await ask(path, {
        token: null,
        headers: { cookie: person.cookie },
        env: { DB: db },
      });
      const statements = take().length;
      expect([path, status, statements <= 5 || statements]).toEqual([path, 200, true]);
    }
});

test('hostile texts are text in every field', async () => {
  await createMonitor();
  for (const vector of XSS_VECTORS) {
    const typed = await send(NEW, ada, {
      ...FORM,
      do: 'type:http',
      name: vector,
      'check.host': vector,
      tags: vector,
      description: vector,
      'check.secrets~name': vector,
    });
    const asked = await check(vector);
    for (const { text } of [typed, asked]) {
      expect(text).not.toMatch(/<(script|img|iframe|object|embed|math)[^>]*(alert|evil|onerror|onload)/i);
    }
  }
});

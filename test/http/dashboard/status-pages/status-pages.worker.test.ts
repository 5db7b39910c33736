// The pages of status pages: who sees what, mistakes at their fields, rows without script, a page that somebody else changed, and
// a preview that is the page that would be saved.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  type Answered,
  ask,
  bindings,
  createMonitor,
  empty,
  patch,
  post,
} from '../../../support/d1/http-mesh.ts';
import { HOSTED, PAGE_HOST } from '../../../support/d1/private-pages.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

const PATH = '/dashboard/status-pages';
const PREVIEW = '/dashboard/preview/status-page';

let editor: SignedIn;
let viewer: SignedIn;
let restricted: SignedIn;

beforeAll(async () => {
  await empty();
  await createMonitor({ id: 'shop', name: 'Web shop', group: 'Shop', tags: { team: 'shop' } });
  await createMonitor({ id: 'pay', name: 'Payments', tags: { team: 'pay' }, public: false });
  editor = await signIn('editor');
  viewer = await signIn('viewer');
  restricted = await signIn('editor', { tags: ['team:shop'] });
});
beforeEach(async () => {
  await bindings.DB.prepare('DELETE FROM status_pages').run();
});

const FORM = {
  title: 'Shop status',
  id: 'shop',
  'components.monitors~keyword': '',
  'components.monitors': 'shop',
  'components.monitors~present': 'yes',
  'access.type': 'public',
  tags: 'team: shop',
};
const CREATED = {
  id: 'shop',
  title: 'Shop status',
  components: { monitors: ['shop'] },
  tags: { team: 'shop' },
};

const withHosts = (path: string, who: SignedIn, fields: Record<string, string>): Promise<Answered> =>
  ask(path, {
    method: 'POST',
    token: null,
    body: new URLSearchParams({ csrf: who.csrf, ...fields }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
      origin: 'https://status.test',
      cookie: who.cookie,
    },
    env: HOSTED,
  });

const version = (text: string): string => /name="~version" value="(\d+)"/.exec(text)![1]!;
const pages = async () => (await ask('/api/v1/status-pages')).json.statusPages as { id: string }[];
const main = (text: string): string => /<main[\s\S]*<\/main>/.exec(text)![0];

describe('the list and the form', () => {
  test('lead to the sign-in without a session, and let a viewer look only', async () => {
    await post('/api/v1/status-pages', CREATED);
    expect((await get(PATH, null)).status).toBe(303);
    const list = await get(PATH, viewer);
    expect(list.text).toContain('Shop status');
    expect(list.text).toContain('0 subscribers');
    expect(list.text).not.toContain('New status page');
    const form = await get(`${PATH}/shop`, viewer);
    expect(form.text).toContain('<fieldset class="bare" disabled="">');
    expect(form.text).not.toContain('iframe');
    expect((await submit(`${PATH}/shop`, viewer, FORM)).status).toBe(403);
    expect((await submit(PREVIEW, viewer, FORM)).status).toBe(403);
    expect((await get(`${PATH}/_new`, viewer)).status).toBe(403);
  });

  test('make a page, and its form shows what is stored', async () => {
    const created = await submit(PATH, editor, {
      ...FORM,
      'links.0.text': 'Help',
      'links.0.url': 'https://help.example',
      'links~present': 'yes',
      lead: 'delayed',
      publishAfterMinutes: '7',
    });
    expect([created.status, created.headers.get('location')]).toEqual([303, `${PATH}/shop`]);
    const { json } = await ask('/api/v1/status-pages/shop');
    expect(json).toMatchObject({
      ...CREATED,
      ...{ lead: 'delayed', publishAfterMinutes: 7, links: [{ text: 'Help', url: 'https://help.example' }] },
    });
    const { text } = await get(`${PATH}/shop`, editor);
    expect(text).toContain('value="https://help.example"');
    expect(text).toMatch(/id="components.monitors-shop"[^>]*checked/);
  });

  test('save a change, and remove a tag and an empty row', async () => {
    await post('/api/v1/status-pages', { ...CREATED, tags: { team: 'shop', stage: 'live' } });
    const { text } = await get(`${PATH}/shop`, editor);
    const saved = await submit(`${PATH}/shop`, editor, {
      ...FORM,
      '~version': version(text),
      title: 'Another title',
      'links.0.text': ' ',
      'links~present': 'yes',
    });
    expect(saved.status).toBe(303);
    const { json } = await ask('/api/v1/status-pages/shop');
    expect(json).toMatchObject({ title: 'Another title', tags: { team: 'shop' }, links: [] });
    expect(json.tags).not.toHaveProperty('stage');
  });

  test.each([
    ['a slug', { id: 'Bad Slug' }, 'id-error', 'value="Bad Slug"'],
    ['a title', { title: ' ' }, 'title-error', ''],
    ['a host that is none of the deployment', { host: 'other.example' }, 'host-error', ''],
    [
      'a link',
      { 'links.3.text': 'Help', 'links.3.url': 'http://x' },
      'links.3.url-error',
      'value="http://x"',
    ],
    ['a color', { accentColor: 'red' }, 'accentColor-error', 'value="red"'],
    ['a password', { 'access.type': 'password', 'access.password': 'x' }, 'access.password-error', ''],
    ['domains', { 'access.type': 'email', 'access.domains': '@x' }, 'access.domains-error', '@x'],
  ])(
    'show the mistake in %s at its field, keep what was typed, and store nothing',
    async (_, fields, error, kept) => {
      const before = (await pages()).length;
      const answer = await withHosts(PATH, editor, { ...FORM, ...fields });
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(`id="${error}"`);
      expect(answer.text).toContain(kept);
      expect((await pages()).length).toBe(before);
    },
  );

  test('take a host of the deployment, which no other page gets', async () => {
    expect((await withHosts(PATH, editor, { ...FORM, host: PAGE_HOST })).status).toBe(303);
    const second = await withHosts(PATH, editor, { ...FORM, id: 'second', host: PAGE_HOST });
    expect([second.status, second.text.includes('id="host-error"')]).toEqual([409, true]);
    await bindings.DB.prepare('UPDATE status_pages SET host = null').run();
  });

  test('add, move and remove rows without script, and save nothing', async () => {
    const rows = { ...FORM, 'links.0.text': 'A', 'links.0.url': 'https://a.example', 'links.1.text': 'B' };
    const moved = await submit(PATH, editor, { ...rows, '~rows': 'up links 1' });
    expect(moved.status).toBe(200);
    expect(moved.text).toMatch(/name="links.0.text"[^>]*value="B"/);
    expect(moved.text).toMatch(/name="links.1.text"[^>]*value="A"/);
    const added = await submit(PATH, editor, { ...rows, '~rows': 'add components.static' });
    expect(added.text).toContain('name="components.static.0.name"');
    expect(added.text).toContain('value="Shop status"');
    expect((await submit(PATH, editor, { ...rows, '~rows': 'remove links 0' })).text).not.toContain(
      'https://a.example',
    );
    expect(await pages()).toHaveLength(1);
  });

  test('do not overwrite what somebody else saved meanwhile', async () => {
    await post('/api/v1/status-pages', CREATED);
    const { text } = await get(`${PATH}/shop`, editor);
    await patch('/api/v1/status-pages/shop', { title: 'Theirs' });
    const refused = await submit(`${PATH}/shop`, editor, {
      ...FORM,
      '~version': version(text),
      title: 'Mine',
    });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Another person changed it');
    expect(refused.text).toContain('value="Mine"');
    expect((await ask('/api/v1/status-pages/shop')).json.title).toBe('Theirs');
  });

  test('delete a page only with the confirmation', async () => {
    await post('/api/v1/status-pages', CREATED);
    const fields = { '~version': '1' };
    expect((await submit(`${PATH}/shop/delete`, editor, fields)).status).toBe(422);
    expect((await submit(`${PATH}/shop/delete`, editor, { ...fields, confirm: 'yes' })).status).toBe(303);
    expect((await pages()).map(({ id }) => id)).toEqual(['default']);
  });

  test('need few statements', async () => {
    await post('/api/v1/status-pages', CREATED);
    const counted = countD1(bindings.DB);
    for (const path of [PATH, `${PATH}/shop`, `${PATH}/_new`]) {
      const headers = { cookie: editor.cookie };
      expect((await ask(path, { token: null, headers, env: { DB: counted.db } })).status).toBe(200);
      expect(counted.take().length).toBeLessThanOrEqual(5);
    }
  });
});

describe('the preview', () => {
  test('shows what the saved page shows', async () => {
    const fields = {
      ...FORM,
      description: 'All our **services**.',
      'links.0.text': 'Help',
      'links.0.url': 'https://help.example',
      'components.static.0.id': 'phone',
      'components.static.0.name': 'Phone line',
      theme: 'dark',
      language: 'de',
      timeZone: 'Europe/Berlin',
      accentColor: '#112233',
      logoUrl: 'https://logo.example/a.png',
    };
    const preview = await submit(PREVIEW, editor, fields);
    expect(preview.status).toBe(200);
    expect((await pages()).map(({ id }) => id)).toEqual(['default']);
    expect((await submit(PATH, editor, fields)).status).toBe(303);
    const saved = await get('/pages/shop', null);
    expect(main(preview.text)).toBe(main(saved.text));
    expect(main(preview.text)).toContain('Phone line');
    for (const part of [
      'class="dark"',
      'lang="de"',
      'src="https://logo.example/a.png"',
      'https://help.example',
    ])
      expect([part, preview.text.includes(part), saved.text.includes(part)]).toEqual([part, true, true]);
    // And the frame of a page that is stored, before anything was typed.
    const stored = await get(`${PREVIEW}?page=shop`, editor);
    expect(main(stored.text)).toBe(main(saved.text));
  });

  test('shows private monitors only on a page that is not public, and needs no password', async () => {
    const both = { ...FORM, 'components.monitors~keyword': 'all' };
    expect((await submit(PREVIEW, editor, both)).text).not.toContain('Payments');
    const closed = await submit(PREVIEW, editor, { ...both, 'access.type': 'password' });
    expect(closed.text).toContain('Payments');
  });

  test('is shown only in a frame of this origin, runs nothing, leads nowhere and is kept by no cache', async () => {
    const { headers, text } = await submit(PREVIEW, editor, {
      ...FORM,
      logoUrl: 'https://logo.example/a.png',
    });
    const policy = headers.get('content-security-policy')!;
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy).toContain('sandbox allow-same-origin');
    expect(policy).toContain("form-action 'none'");
    expect(policy).toContain("img-src 'self' https://logo.example");
    expect(policy).not.toContain('script-src');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(text).toContain('<base target="_blank"/>');
    expect(text).not.toContain('http-equiv="refresh"');
    const page = (await get(PATH, editor)).headers;
    expect(page.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.get('content-security-policy')).toContain("frame-src 'self'");
    expect(page.get('x-frame-options')).toBe('DENY');
  });

  test('needs the token of the form', async () => {
    expect((await submit(PREVIEW, editor, { ...FORM, csrf: 'x' })).status).toBe(403);
  });

  test('says what is wrong instead of a page', async () => {
    const { status, text } = await submit(PREVIEW, editor, { ...FORM, accentColor: 'red' });
    expect([status, text.includes('accentColor')]).toEqual([422, true]);
  });
});

describe('a person who is restricted by tag', () => {
  test('sees only the pages, monitors and groups inside', async () => {
    await post('/api/v1/status-pages', CREATED);
    await post('/api/v1/status-pages', { id: 'pay', title: 'Pay status', tags: { team: 'pay' } });
    const list = await get(PATH, restricted);
    expect(list.text).toContain('Shop status');
    expect(list.text).not.toContain('Pay status');
    expect((await get(`${PATH}/pay`, restricted)).status).toBe(404);
    expect((await get(`${PREVIEW}?page=pay`, restricted)).text).not.toContain('Pay status');
    const form = await get(`${PATH}/shop`, restricted);
    expect(form.text).toContain('Web shop');
    expect(form.text).not.toContain('Payments');
    expect(form.text).not.toContain('team:pay');
  });

  test('previews nothing that saving would refuse, and nothing that is on a closed page already', async () => {
    const other = { ...FORM, 'components.monitors': 'pay' };
    const refused = await submit(PREVIEW, restricted, other);
    expect([refused.status, refused.text.includes('Payments')]).toEqual([422, false]);
    await post('/api/v1/status-pages', {
      ...{ ...CREATED, components: { monitors: ['shop', 'pay'] }, access: { type: 'sign_in' } },
    });
    const fields = { ...FORM, '~page': 'shop', 'access.type': 'sign_in', 'access.providers~present': 'yes' };
    const { status, text } = await submit(PREVIEW, restricted, fields);
    expect(main(text)).toContain('Web shop');
    expect([status, text.includes('Payments')]).toEqual([200, false]);
  });
});

test('hostile words are text in the form and in the preview', async () => {
  for (let from = 0; from < XSS_VECTORS.length; from += 7) {
    const own = Array.from({ length: 7 }, (_, index) => XSS_VECTORS[(from + index) % XSS_VECTORS.length]!);
    const fields = {
      ...FORM,
      title: own[0]!,
      description: own[1]!,
      accentColor: own[2]!,
      'links.0.text': own[3]!,
      'links.0.url': own[4]!,
      'components.static.0.id': 'x',
      'components.static.0.name': own[5]!,
      'components.static.0.group': own[6]!,
    };
    const { status, text } = await submit(PATH, editor, fields);
    expect(status).toBe(422);
    expectHarmless(text, own);
  }
  const lines = XSS_VECTORS.filter((vector) => !/[\p{Cc}\p{Cf}]/u.test(vector));
  for (let from = 0; from < lines.length; from += 24) {
    const own = lines.slice(from, from + 24);
    const statics = own.flatMap((name, index) => [
      [`components.static.${index}.id`, `x${index}`],
      [`components.static.${index}.name`, name.slice(0, 120)],
      [`components.static.${index}.description`, name],
    ]);
    const fields = {
      ...FORM,
      title: own[0]!.slice(0, 120),
      description: own[1]!,
      ...Object.fromEntries(statics),
    };
    const preview = await submit(PREVIEW, editor, fields);
    expect(preview.status).toBe(200);
    expectHarmless(preview.text, own);
  }
  const words = await submit('/dashboard/preview/words', editor, { body: XSS_VECTORS.join('\n\n') });
  expect(words.status).toBe(200);
  expectHarmless(words.text, []);
}, 120_000);

/** No element or attribute of the text is one of the page. */
function expectHarmless(html: string, vectors: readonly string[]): void {
  for (const vector of vectors) if (/<[a-z/!?]/i.test(vector)) expect(html).not.toContain(vector);
  expect(html).not.toMatch(/<script(?! type="module" src="\/assets)/i);
  // Without the values of attributes, whose quotes are escaped.
  expect(html.replaceAll(/="[^"]*"/g, '')).not.toMatch(/<[^>]+\son[a-z]+/i);
  expect(html).not.toMatch(/(?:href|src|action)="\s*(?:javascript|data|vbscript):/i);
}

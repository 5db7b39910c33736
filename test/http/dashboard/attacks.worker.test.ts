// What others try on the dashboard of a mesh with one of everything: other sites, people whose role is too small, and people
// who are restricted. Every page and form of the rules of access is tried, so that a new one is too.
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Role } from '../../../src/access/role.ts';
import { FOREIGN, FORMS, PAGES, stored, wholeMesh } from '../../support/d1/dashboard-attacks.ts';
import { neededRole, rolesBelow } from '../../support/d1/every-route.ts';
import { ask } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../support/d1/signed-in.ts';
import { type Ids, linkedWith, pathWith } from '../../support/dashboard-paths.ts';

// They ask for every page and send every form, which takes long on a busy machine.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let ours: Ids;
let theirs: Ids;
let people: Readonly<Record<Role, SignedIn>>;
let restricted: Readonly<Record<'viewer' | 'responder' | 'editor', SignedIn>>;

beforeAll(async () => {
  let made = 0;
  const texts = (word: string) => ({ text: () => `${word} ${made++}`, sharedText: () => `Shared ${made++}` });
  theirs = await wholeMesh({ prefix: 'theirs', team: 'pay', ...texts('Hidden') });
  ours = await wholeMesh({ prefix: 'ours', team: 'shop', ...texts('Shown') });
  const signUp = async (role: Role) => signIn(role, { username: `a-${role}`, passwordHash: 'x' });
  people = {
    ...{ viewer: await signUp('viewer'), responder: await signUp('responder') },
    ...{ editor: await signUp('editor'), admin: await signUp('admin') },
  };
  const tags = ['team:shop'];
  restricted = {
    viewer: await signIn('viewer', { tags }),
    responder: await signIn('responder', { tags }),
    editor: await signIn('editor', { tags }),
  };
});

const NO_PAGE = [/\/yaml$/, /\.yaml$/, /\/search$/];
const isPage = (path: string) => !NO_PAGE.some((one) => one.test(path));

describe('every page', () => {
  test.each(PAGES.map(({ endpoint, path }) => [endpoint, path] as const))(
    '%s exists, is in no frame of another site, and has nothing inline',
    async (_, path) => {
      const { status, headers, text } = await get(pathWith(path, ours), people.admin);
      // Without rows to change, it says so.
      expect(status).toBe(path === '/dashboard/monitors/_bulk' ? 422 : 200);
      const policy = headers.get('content-security-policy') ?? '';
      const isPreview = path.startsWith('/dashboard/preview/');
      expect(policy).toContain(`frame-ancestors ${isPreview ? "'self'" : "'none'"}`);
      expect(headers.get('x-frame-options')).toBe(isPreview ? 'SAMEORIGIN' : 'DENY');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toContain('no-store');
      if (!isPage(path)) return;
      // The data of a chart is a script by name only: browsers run no such type.
      const scripts = text.replaceAll('<script type="application/json">', '');
      expect(scripts.match(/<script(?![^>]* src="\/assets\/)[^>]*>/g)).toBeNull();
      expect(text.match(/<[a-z]+[^>]* (style|on[a-z]+)=/g)).toBeNull();
      expect(text.match(/<style/g)).toBeNull();
    },
  );
});

describe('another site', () => {
  const TYPES = [
    ...['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'],
    ...['application/json', ''],
  ];
  const bodyOf = (type: string, csrf: string): string => {
    if (type.startsWith('multipart'))
      return `--x\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n${csrf}\r\n--x--\r\n`;
    if (type === 'application/json') return JSON.stringify({ csrf, name: 'Evil' });
    return `csrf=${csrf}&name=Evil&confirm=yes`;
  };

  test('changes nothing with any form, whatever it sends, even with the token of the person', async () => {
    const before = await stored();
    const wrong: unknown[] = [];
    for (const [index, { endpoint, method, path }] of FORMS.entries())
      for (const [from, headers] of FOREIGN) {
        const type = TYPES[index % TYPES.length]!;
        const { cookie, csrf } = people.admin;
        const { status } = await ask(pathWith(path, ours), {
          ...{ method, token: null, body: bodyOf(type, csrf) },
          headers: { cookie, ...headers, 'content-type': type },
        });
        if (status !== 403) wrong.push([endpoint, from, type, status]);
      }
    expect(wrong).toEqual([]);
    expect(await stored()).toBe(before);
  });

  test('changes nothing from our own origin without the token, with any type of body', async () => {
    const before = await stored();
    const wrong: unknown[] = [];
    for (const { endpoint, method, path } of FORMS)
      for (const type of TYPES) {
        const { status } = await ask(pathWith(path, ours), {
          ...{ method, token: null, body: bodyOf(type, '0'.repeat(64)) },
          headers: {
            ...{ cookie: people.admin.cookie, 'sec-fetch-site': 'same-origin' },
            ...{ origin: 'https://status.test', 'content-type': type },
          },
        });
        if (status !== 403) wrong.push([endpoint, type, status]);
      }
    expect(wrong).toEqual([]);
    expect(await stored()).toBe(before);
  });
});

test('a person whose role is too small opens no page of it, and changes nothing with any form', async () => {
  const before = await stored();
  const wrong: unknown[] = [];
  for (const { endpoint, method, path, rule } of [...PAGES, ...FORMS])
    for (const role of rolesBelow(neededRole(rule!)!)) {
      const at = pathWith(path, ours);
      const { status } = await (method === 'GET'
        ? get(at, people[role])
        : submit(at, people[role], { name: 'Evil', confirm: 'yes' }));
      if (status !== 403) wrong.push([endpoint, role, status]);
    }
  expect(wrong).toEqual([]);
  expect(await stored()).toBe(before);
});

describe('a person who is restricted', () => {
  const HIDDEN = /Hidden \d|theirs-(?!words|idp)/;
  /** What is shown of the mesh outside. What the person wrote into the address or the form is no news. */
  const newsIn = (text: string): string | undefined =>
    theirIds()
      .reduce((left, one) => left.replaceAll(one, 'ID'), text)
      .match(new RegExp(`.{0,80}(${HIDDEN.source}).{0,60}`))?.[0];
  /** Everybody sees these: they have no tags. */
  const SHARED = /\/(update-templates|views|locations|sessions|passkeys)\/:/;
  const missingId = (id: string) =>
    id.replaceAll(/[a-z]/g, (one) => String.fromCharCode(((one.charCodeAt(0) - 84) % 26) + 97));
  /** One id may be part of another. */
  const theirIds = () => Object.values(theirs).toSorted((a, b) => b.length - a.length);
  const missing = () =>
    Object.fromEntries(Object.entries(theirs).map(([name, id]) => [name, missingId(id)])) as Ids;
  const alike = (text: string): string =>
    theirIds().reduce(
      (left, one) => left.replaceAll(one, 'ID').replaceAll(missingId(one), 'ID'),
      text.replaceAll(/[0-9a-f]{64}/g, ''),
    );

  test.each(['viewer', 'responder', 'editor'] as const)(
    'as %s sees no name from outside on any page, with any filter, in no search and no preview',
    async (role) => {
      const wrong: unknown[] = [];
      for (const { endpoint, path } of PAGES) {
        const own = pathWith(path, ours);
        for (const address of [
          ...[own, linkedWith(own, 'Hidden'), linkedWith(own, 'team:pay')],
          `${own}?monitor=theirs-web&channel=theirs-hook&id=theirs-web&q=theirs&event=incident.opened&page=theirs-page`,
        ]) {
          const { status, text } = await get(address, restricted[role]);
          if (status >= 500 || newsIn(text) !== undefined) wrong.push([address, status, newsIn(text)]);
        }
        if (!path.includes(':') || SHARED.test(path)) continue;
        const there = await get(pathWith(path, theirs), restricted[role]);
        const never = await get(pathWith(path, missing()), restricted[role]);
        if (alike(there.text) !== alike(never.text) || ![403, 404].includes(there.status))
          wrong.push([endpoint, there.status, never.status]);
      }
      expect(wrong).toEqual([]);
    },
  );

  test.each(['viewer', 'responder', 'editor'] as const)(
    'as %s changes nothing outside with any form, and learns nothing from its answer',
    async (role) => {
      const before = await stored();
      const wrong: unknown[] = [];
      const fields = (ids: Ids) => ({
        ...{ confirm: 'yes', id: ids.monitors!, monitor: ids.monitors!, channel: ids.channels! },
        ...{ minutes: '30', action: 'pause', text: 'Hello', '~version': '1', direction: 'up', notify: 'no' },
        ...{ monitors: ids.monitors!, channels: ids.channels!, page: ids['status-pages']! },
        ...{ for: '1h', endsAt: '2030-01-01T00:00:00Z', 'components.0.component': `monitor:${ids.monitors}` },
      });
      for (const { endpoint, path } of FORMS.filter(
        ({ path: one }) => !one.startsWith('/dashboard/account'),
      )) {
        const answers = [];
        for (const ids of [theirs, missing()]) {
          const { status, text, headers } = await submit(pathWith(path, ids), restricted[role], fields(ids));
          const flash = decodeURIComponent(decodeURIComponent(headers.get('set-cookie') ?? ''));
          answers.push({ status, seen: newsIn(text + flash), text: alike(text) });
        }
        const [there, never] = answers;
        if (there!.status >= 500 || there!.seen !== undefined)
          wrong.push([endpoint, there!.status, there!.seen]);
        if (
          path.includes(':') &&
          !SHARED.test(path) &&
          (there!.text !== never!.text || there!.status !== never!.status)
        )
          wrong.push([endpoint, there!.status, never!.status]);
      }
      expect(wrong).toEqual([]);
      expect(await stored()).toBe(before);
    },
  );
});

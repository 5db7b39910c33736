// Every form of the dashboard with input that no person types: too much, too deep, of the wrong kind, and paths that lead to
// another site. Never an error of the server, and never a redirect that leaves the dashboard.
import { beforeAll, describe, expect, test } from 'vitest';
import { FORMS, PAGES, stored, wholeMesh } from '../../support/d1/dashboard-attacks.ts';
import { ask } from '../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../support/d1/signed-in.ts';
import { type Ids, pathWith } from '../../support/dashboard-paths.ts';

interface Shown {
  readonly action: string;
  readonly fields: readonly (readonly [name: string, value: string, isTyped: boolean])[];
}

let ids: Ids;
let ada: SignedIn;
let shown: Shown[] = [];

const decoded = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : decoded(found);
};

/** The forms of a page that post, with what they would send. */
const formsOf = (html: string, page: string): Shown[] =>
  [...html.matchAll(/<form ([^>]*)>([\s\S]*?)<\/form>/g)]
    .filter(([, tag]) => ` ${tag}`.includes(' method="post"'))
    .map(([, tag, inside]) => ({
      action: attribute(` ${tag}`, 'action') || page,
      fields: [...inside!.matchAll(/<(input|textarea|select|button)( [^>]*)>/g)].flatMap(([, kind, one]) => {
        const name = attribute(one!, 'name');
        if (name === undefined || name === 'csrf') return [];
        const type = attribute(one!, 'type') ?? 'text';
        return [
          [
            name,
            attribute(one!, 'value') ?? '',
            !['hidden', 'checkbox', 'radio', 'submit'].includes(type) && kind !== 'button',
          ] as const,
        ];
      }),
    }));

beforeAll(async () => {
  let made = 0;
  const text = () => `Text ${made++}`;
  ids = await wholeMesh({ prefix: 'm', team: 'shop', text, sharedText: text });
  ada = await signIn('admin', { username: 'ada', passwordHash: 'x' });
  const byKey = new Map<string, Shown>();
  for (const { path } of PAGES) {
    const page = pathWith(path, ids);
    for (const form of formsOf((await get(page, ada)).text, page))
      byKey.set(`${form.action} ${form.fields.map(([name]) => name)}`, form);
  }
  // What no page shows now, such as to undo something, still takes a form.
  for (const { path } of FORMS) {
    const action = pathWith(path, ids);
    const names = [
      'name',
      'text',
      'window',
      'id',
      'back',
      'endsAt',
      'first',
      'last',
      'notify',
      'confirm',
      '~version',
      '~rows',
      'do',
    ];
    byKey.set(`${action} any`, { action, fields: names.map((name) => [name, '1', true] as const) });
  }
  const ends = ({ action }: Shown) => (/sign-out|delete|revoke|remove/.test(action) ? 1 : 0);
  shown = [...byKey.values()]
    .filter(({ action }) => !/sign-out|account\/sessions/.test(action))
    .toSorted((a, b) => ends(a) - ends(b));
}, 60_000);

type Pairs = readonly (readonly [string, string])[];
const typed = ({ fields }: Shown, value: string): Pairs =>
  fields.map(([name, own, isTyped]) => [name, isTyped ? value : own] as const);
const all = ({ fields }: Shown, value: string): Pairs => fields.map(([name]) => [name, value] as const);

/** No form has them: it is refused before anything is done with it. */
const TOO_MANY = 'ten thousand fields';

const INPUTS: Readonly<Record<string, (form: Shown) => Pairs>> = {
  nothing: () => [],
  'control characters': (form) => typed(form, 'a\u0000b\r\n\t\u001b\u007f\u2028\u202e\ufffe'),
  'control characters everywhere': (form) => all(form, '\u0000\r\nset-cookie: a=b'),
  'a megabyte in a field': (form) => [
    ...typed(form, 'a'),
    [form.fields.find(([, , one]) => one)?.[0] ?? 'name', 'x'.repeat(1_000_000)],
  ],
  [TOO_MANY]: (form) => [
    ...typed(form, 'a'),
    ...Array.from(
      { length: 5_000 },
      (_, index) => [`components.${index}.component`, 'monitor:m-web'] as const,
    ),
    ...Array.from({ length: 5_000 }, (_, index) => [`steps.${index}.channels`, 'm-hook'] as const),
  ],
  'names of every object': (form) => [
    ...typed(form, '__proto__'),
    ...[
      '__proto__',
      'constructor',
      'toString',
      '__proto__.x',
      'constructor.prototype.x',
      'components.__proto__.x',
      'check.__proto__',
      'tags.__proto__',
      'hasOwnProperty',
      'config.constructor',
      'length',
    ].map((name) => [name, '1'] as const),
    ...['~rows', '~template', '~fill', 'type', 'check.type', 'event', 'action', 'do', 'for'].map(
      (name) => [name, '__proto__'] as const,
    ),
  ],
  'rows that are not there': (form) => [
    ...typed(form, '1'),
    ...[
      'components.99999999999.component',
      'components.-1.x',
      'components.1e9.x',
      'steps.4294967295.channels',
      'links.1.5.url',
      'rotations.0.people.0.x',
      `${'a.'.repeat(5_000)}a`,
    ].map((name) => [name, '1'] as const),
    ['~rows', 'add components.99999999999.x'],
  ],
  'every name twice': (form) => [...typed(form, 'a'), ...typed(form, 'b'), ...all(form, 'c')],
  'another site': (form) => all(form, '//evil.test/'),
  'another site as an address': (form) => typed(form, 'https://evil.test/dashboard/incidents?'),
  'a path with a line break': (form) => all(form, '/dashboard/incidents?q=\r\nset-cookie: a=b'),
  'a path with other letters': (form) => all(form, '/dashboard/incidents?q=ä\u2028語\ud83d\ude00'),
  'numbers that are none': (form) => typed(form, '1e309'),
  'numbers that are too large': (form) => typed(form, '9007199254740993'),
  'times that do not exist': (form) => typed(form, '+275760-09-13T00:00:00.001Z'),
  JSON: (form) => all(form, '{"__proto__":{"x":1},"a":[[[[null]]]]}'),
  'JSON null': (form) => all(form, 'null'),
};

const SAFE = /^\/(dashboard|sign-in)([/?#][\x21-\x7e]*)?$/;
const COOKIE = /^__Host-probemesh-[a-z]+=[^;]*; (Max-Age=\d+; )?Path=\/; HttpOnly; Secure; SameSite=Lax$/;

describe('every form', () => {
  test('is found on the pages', () => {
    const actions = new Set(shown.map(({ action }) => action));
    expect(actions.size).toBeGreaterThan(80);
  });

  test.each(Object.keys(INPUTS))(
    'takes or refuses %s, without an error of the server, and stays here',
    async (kind) => {
      const wrong: unknown[] = [];
      for (const form of shown) {
        const body = new URLSearchParams([
          ['csrf', ada.csrf],
          ...INPUTS[kind]!(form).map(([name, value]) => [name, value]),
        ]);
        const { status, headers, text } = await ask(form.action, {
          ...{ method: 'POST', token: null, body: body.toString() },
          headers: {
            ...{ cookie: ada.cookie, origin: 'https://status.test', 'sec-fetch-site': 'same-origin' },
            'content-type': 'application/x-www-form-urlencoded',
          },
          env: { CHECK_LIMIT: { limit: async () => ({ success: true }) } as RateLimit },
        });
        const location = headers.get('location');
        if (status >= 500) wrong.push([form.action, status, text.slice(0, 100)]);
        if (kind === TOO_MANY && status !== 400) wrong.push([form.action, status]);
        if (location !== null && !SAFE.test(location)) wrong.push([form.action, location.slice(0, 200)]);
        for (const cookie of headers.getSetCookie())
          if (!COOKIE.test(cookie)) wrong.push([form.action, cookie.slice(0, 300)]);
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );

  test('takes or refuses letters that are no Unicode, and a body that is no form', async () => {
    const wrong: unknown[] = [];
    for (const { action, fields } of shown)
      for (const [type, body] of [
        [
          'application/x-www-form-urlencoded',
          `csrf=${ada.csrf}&${fields.map(([name]) => `${encodeURIComponent(name)}=%ED%A0%80%FF%C0%AF%`).join('&')}`,
        ],
        [
          'multipart/form-data; boundary=x',
          `--x\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n${ada.csrf}\r\n--x\r\ncontent-disposition: form-data; name="name"; filename="a"\r\n\r\nfile\r\n--x--\r\n`,
        ],
        ['multipart/form-data; boundary=x', '--x\r\nbroken'],
      ] as const) {
        const { status } = await ask(action, {
          ...{ method: 'POST', token: null, body },
          headers: {
            ...{ cookie: ada.cookie, origin: 'https://status.test', 'sec-fetch-site': 'same-origin' },
            'content-type': type,
          },
        });
        if (status >= 500) wrong.push([action, type, body.slice(0, 60), status]);
      }
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe('a path', () => {
  test.each([
    '..%2f..%2fpeople',
    '%00',
    '%ED%A0%80',
    '%25',
    'a%0d%0ab',
    '__proto__',
    'x'.repeat(5_000),
    '%F0%9F%98%80',
  ])(
    'with the id %s is not found, and leads to no other route',
    async (id) => {
      const before = await stored();
      const wrong: unknown[] = [];
      for (const { endpoint, method, path } of [...PAGES, ...FORMS].filter(({ path: one }) =>
        one.includes(':'),
      )) {
        if (path.includes('/account/')) continue;
        const at = path.replaceAll(/:[a-zA-Z]+/g, id);
        const { status } = await (method === 'GET' ? get(at, ada) : submit(at, ada, { confirm: 'yes' }));
        if (status >= 500 || status === 200) wrong.push([endpoint, status]);
      }
      expect(wrong).toEqual([]);
      expect(await stored()).toBe(before);
    },
    60_000,
  );
});

describe('the configuration', () => {
  const laughs = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...[...'bcdefghij'].map(
      (name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`)}]`,
    ),
  ].join('\n');
  test.each([
    ['aliases that grow', laughs],
    ['an alias of itself', 'monitors: &a [*a]'],
    ['a merge of itself', 'a: &a\n  <<: *a'],
    ['keys that are there twice', 'monitors: []\nmonitors: []\nchannels: []'],
    ['keys of every object', '__proto__: {x: 1}\nconstructor: {prototype: {x: 1}}\nmonitors: []'],
    ['a deep list', `monitors: ${'['.repeat(20_000)}`],
    ['a deep map', `${'{a: '.repeat(5_000)}`],
    ['a type of its own', 'monitors: !!js/function "function () {}"'],
    ['two documents', 'monitors: []\n---\nmonitors: []'],
    ['a megabyte', `monitors:\n${'  - name: x\n'.repeat(90_000)}`],
    ['a long line', `monitors: "${'x'.repeat(1_000_000)}"`],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '1'],
    ['a null character', 'monitors: "\u0000"'],
    ['entries that are no objects', 'monitors: [null, 1, [], {}, "x"]\nchannels: {a: 1}'],
    ['a huge number', 'monitors: [{name: x, intervalSeconds: 1e999, check: .inf}]'],
  ])('with %s is refused in words, and nothing changes', async (_, text) => {
    const before = await stored();
    for (const path of ['/dashboard/configuration/preview', '/dashboard/configuration']) {
      const answer = await submit(path, ada, { text, base: 'x', allowDelete: 'yes', detach: 'yes' });
      expect([path, answer.status < 500]).toEqual([path, true]);
      if (text !== '' && text !== 'null') expect([path, answer.status]).not.toEqual([path, 303]);
    }
    expect(await stored()).toBe(before);
  });
});

describe('the message of a change', () => {
  const TOAST = 'class="notice message toast';
  const flashOf = async (): Promise<string> => {
    const { headers } = await submit(`/dashboard/incidents/${ids.incidents}/comments`, ada, {
      text: 'Hello',
    });
    return (
      headers
        .getSetCookie()
        .map((line) => /^__Host-probemesh-flash=([^;]*)/.exec(line)?.[1])
        .find(Boolean) ?? ''
    );
  };
  const shownWith = (flash: string, who = ada) =>
    get('/dashboard/incidents', { ...who, cookie: `${who.cookie}; __Host-probemesh-flash=${flash}` });

  test('is shown to the session that it is for, once signed', async () => {
    const flash = await flashOf();
    expect((await shownWith(flash)).text).toContain(TOAST);
    expect((await shownWith(flash, await signIn('admin'))).text).not.toContain(TOAST);
  });

  test('that somebody else wrote, changed or cut shows nothing', async () => {
    const flash = await flashOf();
    const forged = encodeURIComponent(
      encodeURIComponent(
        JSON.stringify({ text: 'Evil', tone: 'good', undo: { action: '//evil.test', fields: {} } }),
      ),
    );
    const [text = '', signature = ''] = flash.split('.');
    for (const one of [
      `${forged}.${signature}`,
      `${forged}.`,
      forged,
      `${text}.${'0'.repeat(64)}`,
      `${text}.${signature.slice(1)}`,
      `.${signature}`,
      '.',
      '%',
      '%E0%A4%A',
      'null',
      `${flash}.${signature}x`.replace(text, forged),
    ]) {
      const page = await shownWith(one);
      expect([one.slice(0, 30), page.status, page.text.includes(TOAST)]).toEqual([
        one.slice(0, 30),
        200,
        false,
      ]);
    }
  });
});

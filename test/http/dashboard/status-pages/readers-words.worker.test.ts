// The pages of what people write for readers: public incidents, announcements, templates, subscribers, and schedules of reports.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import { ask, bindings, clock, createMonitor, empty, post, RECEIVER } from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';
import { XSS_VECTORS } from '../../../support/xss-vectors.ts';

const INCIDENTS = '/dashboard/public-incidents';
const ANNOUNCEMENTS = '/dashboard/announcements';
const TEMPLATES = '/dashboard/update-templates';
const SUBSCRIBERS = '/dashboard/subscribers';
const SCHEDULES = '/dashboard/report-schedules';

let editor: SignedIn;
let responder: SignedIn;
let viewer: SignedIn;
let restricted: SignedIn;

const TABLES = [
  ...['public_incidents', 'incident_updates', 'announcements', 'update_templates', 'subscribers'],
  ...['mailings', 'mailing_deliveries', 'report_schedules'],
];

beforeAll(async () => {
  await empty();
  await createMonitor({ id: 'shop', name: 'Web shop', group: 'Shop', tags: { team: 'shop' } });
  await createMonitor({ id: 'pay', name: 'Payments', tags: { team: 'pay' } });
  await post('/api/v1/channels', RECEIVER);
  editor = await signIn('editor');
  responder = await signIn('responder');
  viewer = await signIn('viewer');
  restricted = await signIn('editor', { tags: ['team:shop'] });
});
beforeEach(async () => {
  await bindings.DB.batch(TABLES.map((table) => bindings.DB.prepare(`DELETE FROM ${table}`)));
});

/** The messages at fields. */
const errorsIn = (text: string): string[] => text.match(/class="error"[^>]*>[^<]*/g) ?? [];
const version = (text: string): string => /name="~version" value="(\d+)"/.exec(text)![1]!;
const subscribe = (address: string) =>
  post('/api/v1/subscribers', { page: 'default', address, confirmed: true });
const mailings = async () =>
  (await bindings.DB.prepare('SELECT count(*) AS count FROM mailings').first<number>('count'))!;

const WORDS = {
  title: 'Checkout is slow',
  state: 'published',
  status: 'investigating',
  body: 'We **look** at it.',
  'components.0.component': 'monitor:shop',
  'components.0.impact': 'degraded',
  'pages~keyword': 'all',
};

const stored = async () => (await ask('/api/v1/public-incidents')).json.publicIncidents[0];

test.each([INCIDENTS, ANNOUNCEMENTS, TEMPLATES, SCHEDULES])(
  'while %s has no entry, its one button is in the empty list, for those who may press it',
  async (path) => {
    const links = ({ text }: { text: string }): string[] => text.split(`href="${path}/_new"`);
    const [before, after, ...others] = links(await get(path, editor));
    expect(others).toEqual([]);
    expect(before).toContain('class="empty"');
    expect(after).toBeDefined();
    expect(links(await get(path, viewer))).toHaveLength(1);
  },
);

describe('a public incident', () => {
  test('asks each time whether to notify, with the number of subscribers', async () => {
    await subscribe('a@example.com');
    await subscribe('b@example.com');
    const form = await get(`${INCIDENTS}/_new`, responder);
    expect(form.text).toContain('up to 2 subscribers');
    expect(form.text).not.toMatch(/name="notify"[^>]*checked/);
    const undecided = await submit(INCIDENTS, responder, WORDS);
    expect(undecided.status).toBe(422);
    expect(undecided.text).toContain('id="notify-error"');
    expect(undecided.text).toContain('value="Checkout is slow"');
    expect(await stored()).toBeUndefined();
    expect((await submit(INCIDENTS, responder, { ...WORDS, notify: 'no' })).status).toBe(303);
    expect(await mailings()).toBe(0);
    expect(await stored()).toMatchObject({
      ...{ title: 'Checkout is slow', state: 'published' },
      components: [{ component: 'monitor:shop', impact: 'degraded' }],
    });
  });

  test('is a draft until it is published, gets updates, corrections and a postmortem, and is deleted', async () => {
    await submit(INCIDENTS, responder, { ...WORDS, state: 'draft', notify: 'no' });
    const { id } = await stored();
    const path = `${INCIDENTS}/${id}`;
    const draft = await get(path, responder);
    expect(draft.text).toContain('Draft: readers do not see it');
    const published = await submit(`${path}/publish`, responder, {
      ...{ 'pages~keyword': 'all', body: 'We look.', notify: 'yes', '~version': version(draft.text) },
    });
    expect(published.status).toBe(303);
    expect(await mailings()).toBe(1);

    const update = await get(path, responder);
    expect(update.text).toMatch(/name="components.0.component"/);
    const written = await submit(`${path}/updates`, responder, {
      ...{ status: 'monitoring', body: 'A fix runs.', notify: 'no', '~version': version(update.text) },
      ...{
        'components.0.component': 'monitor:shop',
        'components.0.impact': 'operational',
        'components~present': 'yes',
      },
    });
    expect(written.status).toBe(303);
    const incident = await stored();
    expect([incident.status, incident.impact, incident.updates.length]).toEqual([
      'monitoring',
      'operational',
      2,
    ]);

    // Two updates of one millisecond are a millisecond apart.
    clock.now += 1_000;
    const updatePath = `${path}/updates/${incident.updates[0].id}`;
    const edit = await get(updatePath, responder);
    expect(edit.text).toContain('A fix runs.');
    const edited = await submit(updatePath, responder, {
      ...{ status: 'monitoring', body: 'A fix runs since 10:00.', '~version': version(edit.text) },
    });
    expect([edited.status, errorsIn(edited.text)]).toEqual([303, []]);
    expect((await stored()).updates[0].body).toBe('A fix runs since 10:00.');
    expect((await submit(`${updatePath}/delete`, responder)).status).toBe(422);
    expect((await submit(`${updatePath}/delete`, responder, { confirm: 'yes' })).status).toBe(303);
    expect((await stored()).updates).toHaveLength(1);

    expect(
      (await submit(`${path}/postmortem`, responder, { body: 'A full disk.', notify: 'no' })).status,
    ).toBe(303);
    expect((await get(path, viewer)).text).toContain('A full disk.');
    // The service lets only editors delete what readers have seen.
    expect((await submit(`${path}/delete`, responder, { confirm: 'yes' })).status).toBe(403);
    expect((await submit(`${path}/delete`, editor, { confirm: 'yes' })).status).toBe(303);
    expect(await stored()).toBeUndefined();
  });

  test('takes the words of a template, and rows, without saving', async () => {
    await post('/api/v1/update-templates', {
      id: 'slow',
      name: 'Slow',
      title: 'It is slow',
      body: 'Wait a little.',
    });
    const filled = await submit(INCIDENTS, responder, { ...WORDS, '~template': 'slow', '~fill': 'yes' });
    expect(filled.status).toBe(200);
    expect(filled.text).toContain('value="It is slow"');
    expect(filled.text).toContain('Wait a little.');
    const added = await submit(INCIDENTS, responder, { ...WORDS, '~rows': 'add components' });
    expect(added.text).toContain('name="components.1.component"');
    expect(await stored()).toBeUndefined();
  });

  test('that somebody else changed meanwhile is not overwritten', async () => {
    await submit(INCIDENTS, responder, { ...WORDS, notify: 'no' });
    const { id } = await stored();
    const form = await get(`${INCIDENTS}/${id}?do=details`, responder);
    await ask(`/api/v1/public-incidents/${id}`, { method: 'PATCH', body: { title: 'Theirs' } });
    const refused = await submit(`${INCIDENTS}/${id}`, responder, {
      ...{
        title: 'Mine',
        'pages~keyword': 'all',
        startedAt: '2027-01-01T00:00:00Z',
        '~version': version(form.text),
      },
    });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Another person changed it');
    expect(refused.text).toContain('value="Mine"');
    expect((await stored()).title).toBe('Theirs');
  });

  test('of others does not exist for a restricted person, and a viewer has no form', async () => {
    await submit(INCIDENTS, responder, { ...WORDS, notify: 'no', tags: 'team: pay' });
    const { id } = await stored();
    expect((await get(`${INCIDENTS}/${id}`, restricted)).status).toBe(404);
    expect((await get(INCIDENTS, restricted)).text).not.toContain('Checkout is slow');
    expect((await get(`${INCIDENTS}/_new`, restricted)).text).not.toContain('Payments');
    expect((await submit(`${INCIDENTS}/${id}/updates`, restricted, { ...WORDS, notify: 'no' })).status).toBe(
      404,
    );
    const shown = await get(`${INCIDENTS}/${id}`, viewer);
    expect(shown.text).toContain('Checkout is slow');
    expect(shown.text).not.toContain('words-form');
    expect((await submit(INCIDENTS, viewer, { ...WORDS, notify: 'no' })).status).toBe(403);
  });
});

test('an announcement is made, changed, ended and deleted', async () => {
  const fields = { title: 'We move', body: 'On **Monday**.', 'pages~keyword': 'all' };
  const undecided = await submit(ANNOUNCEMENTS, responder, fields);
  expect([undecided.status, undecided.text.includes('id="notify-error"')]).toEqual([422, true]);
  const wrong = await submit(ANNOUNCEMENTS, responder, { ...fields, notify: 'no', endsAt: 'tomorrow' });
  expect([wrong.status, wrong.text.includes('id="endsAt-error"')]).toEqual([422, true]);
  expect((await submit(ANNOUNCEMENTS, responder, { ...fields, notify: 'no' })).status).toBe(303);
  const read = async () => (await ask('/api/v1/announcements')).json.announcements[0];
  const { id } = await read();
  const path = `${ANNOUNCEMENTS}/${id}`;
  const { text } = await get(path, responder);
  expect(text).toContain('End now');
  const change = { ...fields, title: 'We moved', notify: 'no', '~version': version(text) };
  expect((await submit(path, responder, change)).status).toBe(303);
  expect((await submit(path, responder, { ...change, title: 'Late' })).status).toBe(409);
  expect((await read()).title).toBe('We moved');
  clock.now += 60_000;
  expect((await submit(`${path}/end`, responder, { '~version': '2' })).status).toBe(303);
  expect((await read()).endsAt).not.toBeNull();
  expect((await get(ANNOUNCEMENTS, viewer)).text).toContain('Over');
  expect((await submit(`${path}/delete`, responder, { confirm: 'yes' })).status).toBe(303);
  expect(await read()).toBeUndefined();
});

test('a template is made, changed and deleted by editors of everything', async () => {
  const fields = { name: 'Slow', title: 'It is slow', body: 'Wait.', status: 'investigating' };
  expect((await submit(TEMPLATES, responder, fields)).status).toBe(403);
  expect((await submit(TEMPLATES, restricted, fields)).status).toBe(403);
  expect((await get(TEMPLATES, restricted)).text).not.toContain('New template');
  const wrong = await submit(TEMPLATES, editor, { ...fields, title: ' ' });
  expect([wrong.status, wrong.text.includes('id="title-error"')]).toEqual([422, true]);
  expect((await submit(TEMPLATES, editor, fields)).status).toBe(303);
  const { text } = await get(`${TEMPLATES}/slow`, editor);
  const change = { ...fields, name: 'Very slow', '~version': version(text) };
  expect((await submit(`${TEMPLATES}/slow`, editor, change)).status).toBe(303);
  expect((await get(TEMPLATES, viewer)).text).toContain('Very slow');
  expect((await submit(`${TEMPLATES}/slow/delete`, editor, { confirm: 'yes' })).status).toBe(303);
  expect((await get(TEMPLATES, viewer)).text).toContain('No template yet');
});

describe('subscribers', () => {
  test('are for editors of everything', async () => {
    for (const who of [viewer, responder, restricted]) {
      expect((await get(SUBSCRIBERS, who)).status).toBe(403);
      expect((await get('/dashboard/status-pages', who)).text).not.toContain('href="/dashboard/subscribers"');
    }
  });

  test('are added, found by their whole address, and removed', async () => {
    const fields = {
      page: 'default',
      kind: 'email',
      address: 'a@example.com',
      'confirmed~present': 'yes',
      confirmed: 'yes',
    };
    const wrong = await submit(SUBSCRIBERS, editor, { ...fields, address: 'nobody' });
    expect([wrong.status, wrong.text.includes('id="address-error"')]).toEqual([422, true]);
    expect((await submit(SUBSCRIBERS, editor, fields)).status).toBe(303);
    await subscribe('b@example.com');
    const found = await get(`${SUBSCRIBERS}?page=default&address=a@example.com`, editor);
    expect(found.text).toContain('a@example.com');
    expect(found.text).not.toContain('b@example.com');
    expect((await get(`${SUBSCRIBERS}?address=a@example.com`, editor)).text).toContain('Choose the page');
    const [, id] = /subscribers\/(sub_[a-z0-9]{20})\/delete/.exec(found.text)!;
    expect((await submit(`${SUBSCRIBERS}/${id}/delete`, editor)).status).toBe(422);
    expect((await submit(`${SUBSCRIBERS}/${id}/delete`, editor, { confirm: 'yes' })).status).toBe(303);
    expect((await get(SUBSCRIBERS, editor)).text).not.toContain('a@example.com');
  });

  test('are imported as a whole or not at all', async () => {
    const wrong = await submit(`${SUBSCRIBERS}/import`, editor, {
      ...{ page: 'default', list: 'address\na@example.com\nnobody\n' },
    });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('line 3');
    expect(wrong.text).toContain('nobody');
    expect((await get(SUBSCRIBERS, editor)).text).toContain('No subscriber yet');
    const list = 'address\na@example.com\nb@example.com\n';
    expect((await submit(`${SUBSCRIBERS}/import`, editor, { page: 'default', list })).status).toBe(303);
    const { text } = await get(SUBSCRIBERS, editor);
    expect(text).toContain('a@example.com');
    expect(text).toContain('/api/v1/subscribers/export');
  });

  test('are paged', async () => {
    const list = `address\n${Array.from({ length: 60 }, (_, index) => `r${index}@example.com`).join('\n')}\n`;
    await submit(`${SUBSCRIBERS}/import`, editor, { page: 'default', list });
    const first = await get(SUBSCRIBERS, editor);
    const next = /href="([^"]+after=[^"]+)"/.exec(first.text)![1]!.replaceAll('&amp;', '&');
    const second = await get(next, editor);
    const addresses = (text: string) => text.match(/r\d+@example\.com(?=<\/bdi>)/g) ?? [];
    expect(addresses(first.text)).toHaveLength(50);
    expect(new Set([...addresses(first.text), ...addresses(second.text)]).size).toBe(60);
  });
});

describe('a schedule of reports', () => {
  const fields = {
    ...{
      name: 'Monthly',
      period: 'month',
      timeZone: 'Europe/Berlin',
      channels: 'on-call',
      'channels~present': 'yes',
    },
    ...{ 'scope.monitors~keyword': 'all', 'enabled~present': 'yes', enabled: 'yes' },
  };
  test('is made, changed and deleted, beside the reports', async () => {
    const wrong = await submit(SCHEDULES, editor, { ...fields, channels: '', timeZone: 'Mars' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('id="timeZone-error"');
    expect(wrong.text).toContain('id="channels-error"');
    expect((await submit(SCHEDULES, editor, fields)).status).toBe(303);
    expect((await get('/dashboard/reports', viewer)).text).toContain(`href="${SCHEDULES}"`);
    expect((await get(SCHEDULES, viewer)).text).toContain('Monthly');
    const { text } = await get(`${SCHEDULES}/monthly`, editor);
    expect(text).toMatch(/id="channels-on-call"[^>]*checked/);
    const { enabled: _, ...off } = fields;
    const saved = await submit(`${SCHEDULES}/monthly`, editor, { ...off, '~version': version(text) });
    expect(saved.status).toBe(303);
    expect((await ask('/api/v1/report-schedules/monthly')).json).toMatchObject({
      enabled: false,
      scope: { monitors: 'all' },
    });
    expect((await submit(`${SCHEDULES}/monthly/delete`, editor, { confirm: 'yes' })).status).toBe(303);
    expect((await get(SCHEDULES, viewer)).text).toContain('No report is sent yet');
  });

  test('of others does not exist for a restricted person', async () => {
    await submit(SCHEDULES, editor, { ...fields, tags: 'team: pay' });
    expect((await get(`${SCHEDULES}/monthly`, restricted)).status).toBe(404);
    expect((await get(SCHEDULES, restricted)).text).not.toContain('Monthly');
  });
});

test('the pages need few statements', async () => {
  await submit(INCIDENTS, responder, { ...WORDS, notify: 'no' });
  const counted = countD1(bindings.DB);
  const paths = [INCIDENTS, `${INCIDENTS}/_new`, `${INCIDENTS}/${(await stored()).id}`, ANNOUNCEMENTS];
  for (const path of [
    ...paths,
    TEMPLATES,
    `${TEMPLATES}/_new`,
    SUBSCRIBERS,
    SCHEDULES,
    `${SCHEDULES}/_new`,
  ]) {
    const headers = { cookie: editor.cookie };
    expect((await ask(path, { token: null, headers, env: { DB: counted.db } })).status).toBe(200);
    expect([path, counted.take().length <= 5]).toEqual([path, true]);
  }
});

test('the pages need few statements for a restricted person, however many entries are outside', async () => {
  const { json } = await post('/api/v1/public-incidents', {
    ...{ title: 'Checkout is slow', body: 'We look at it.', notify: false, tags: { team: 'shop' } },
    components: [{ component: 'monitor:shop', impact: 'degraded' }],
  });
  await bindings.DB.prepare(
    `INSERT INTO public_incidents SELECT 'pub_other_' || n.value, 'Payroll', state, status, components, incidents, pages, origin,
      started_at + 1 + n.value, resolved_at, postmortem, postmortem_at, '{"team":"pay"}', version, created_at, updated_at
    FROM public_incidents p, json_each(?) n WHERE p.id = ?`,
  )
    .bind(JSON.stringify(Array.from({ length: 250 }, (_, index) => index)), json.id)
    .run();
  const counted = countD1(bindings.DB);
  const headers = { cookie: restricted.cookie };
  const opened = async (path: string) => {
    const { status, text } = await ask(path, { token: null, headers, env: { DB: counted.db } });
    return { status, text, statements: counted.take().length };
  };
  for (const path of [INCIDENTS, `${INCIDENTS}/${json.id}`, `${INCIDENTS}/${json.id}?do=details`]) {
    const { status, text, statements } = await opened(path);
    expect([path, status, text.includes('Checkout is slow'), text.includes('Payroll')]).toEqual([
      ...[path, 200, true, false],
    ]);
    expect([path, statements <= 5]).toEqual([path, true]);
  }
  for (const path of [ANNOUNCEMENTS, TEMPLATES, SCHEDULES, SUBSCRIBERS].flatMap((one) => [
    one,
    `${one}/_new`,
  ])) {
    const { statements } = await opened(path);
    expect([path, statements <= 5]).toEqual([path, true]);
  }
});

test('hostile words are text on every page', async () => {
  const words = XSS_VECTORS.filter((vector) => !/[\p{Cc}\p{Cf}]/u.test(vector));
  // A title, and the texts of updates.
  for (let from = 0; from < words.length; from += 30) {
    const body = words.slice(from, from + 30).join('\n\n');
    await submit(INCIDENTS, responder, { ...WORDS, title: words[from]!.slice(0, 190), body, notify: 'no' });
  }
  const { publicIncidents } = (await ask('/api/v1/public-incidents')).json;
  expect(publicIncidents.length).toBeGreaterThan(3);
  const texts = [await get(INCIDENTS, responder)];
  for (const { id } of publicIncidents) texts.push(await get(`${INCIDENTS}/${id}`, responder));
  for (const { text } of texts) {
    expect(text).not.toMatch(/<script(?! type="module" src="\/assets)/i);
    expect(text.replaceAll(/="[^"]*"/g, '')).not.toMatch(/<[^>]+\son[a-z]+/i);
    expect(text).not.toMatch(/(?:href|src|action)="\s*(?:javascript|data|vbscript):/i);
  }
}, 120_000);

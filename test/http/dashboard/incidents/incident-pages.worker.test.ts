// The pages of incidents: the list and its filters, the timeline, who was notified, what people do, and who may.
import { beforeAll, describe, expect, test } from 'vitest';
import { emptyAccess } from '../../../support/d1/access.ts';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import {
  ask,
  bindings,
  clock,
  createMonitor,
  empty,
  patch,
  post,
  RECEIVER,
  runUntilConfirmed,
} from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';

const HOSTILE = '<img src=x onerror=alert(1)>';

let ada: SignedIn;
let grace: SignedIn;
let viewer: SignedIn;
let banker: SignedIn;
let shopper: SignedIn;
let id = '';
let path = '';

beforeAll(async () => {
  await empty();
  await emptyAccess();
  await bindings.DB.batch(
    ['people', 'public_incidents', 'incident_updates', 'update_templates'].map((table) =>
      bindings.DB.prepare(`DELETE FROM ${table}`),
    ),
  );
  await post('/api/v1/channels', RECEIVER);
  await createMonitor({ name: `Web shop ${HOSTILE}`, tags: { team: 'shop' }, group: 'Shop' });
  await runUntilConfirmed(1, 4);
  const [incident] = (await ask('/api/v1/incidents')).json.incidents;
  id = incident.id;
  path = `/dashboard/incidents/${id}`;
  ada = await signIn('admin', { name: 'Ada' });
  grace = await signIn('responder', { name: `Grace ${HOSTILE}` });
  viewer = await signIn('viewer');
  banker = await signIn('responder', { tags: ['team:bank'] });
  shopper = await signIn('responder', { tags: ['team:shop'] });
}, 60_000);

const flashOf = async (answer: { headers: Headers }, person: SignedIn, page: string): Promise<string> => {
  const cookie = /__Host-probemesh-flash=[^;]*/.exec(answer.headers.getSetCookie().join('\n'))?.[0] ?? '';
  return (await get(page, { ...person, cookie: `${person.cookie}; ${cookie}` })).text;
};

describe('the list', () => {
  test('has each incident with its monitor, state, scope and whether readers were told', async () => {
    const { status, text } = await get('/dashboard/incidents', viewer);
    expect(status).toBe(200);
    expect(text).toContain(`href="${path}"`);
    expect(text).toContain('4 of 6');
    expect(text).toContain('data-state="open"');
    expect(text).toContain('No update');
    expect(text).not.toContain(HOSTILE);
    // A viewer has no button that would be refused.
    expect(text).not.toContain('/acknowledge"');
  });

  test.each([
    ['state=resolved', false],
    ['state=open', true],
    ['state=acknowledged', false],
    ['verdict=partial', false],
    ['verdict=down', true],
    ['monitor=shop', true],
    ['monitor=other', false],
    ['tag=team', true],
    ['tag=team:shop', true],
    ['tag=team:bank', false],
    ['location=aws:us-east-1', true],
    ['q=web+SHOP', true],
    ['q=%25', false],
    ['from=2027-01-01&to=2027-12-31', true],
    ['to=2027-01-01', false],
    ['page=2', false],
  ])('filters by the address: %s', async (query, isShown) => {
    const { status, text } = await get(`/dashboard/incidents?${query}`, ada);
    expect(status).toBe(200);
    expect(text.includes(`href="${path}"`)).toBe(isShown);
  });

  test('a filter that is not valid is named at its field', async () => {
    const { status, text } = await get('/dashboard/incidents?from=2026-13-40&q=shop', ada);
    expect(status).toBe(422);
    expect(text).toContain('Must be a day such as 2026-11-24.');
    expect(text).toContain('value="shop"');
  });

  test('reads D1 in at most 5 statements, the incident too', async () => {
    const counted = countD1(bindings.DB);
    for (const page of ['/dashboard/incidents', path, `${path}/publish`]) {
      await ask(page, { token: null, headers: { cookie: ada.cookie }, env: { DB: counted.db } });
      expect([page, counted.take().length <= 5]).toEqual([page, true]);
    }
  });
});

describe('a restricted person', () => {
  test('sees the incidents inside, in no list, count or error those outside', async () => {
    expect((await get('/dashboard/incidents', shopper)).text).toContain(`href="${path}"`);
    expect((await get(path, shopper)).status).toBe(200);
    const { text } = await get('/dashboard/incidents', banker);
    expect(text).not.toContain(id);
    expect(text).toContain('>Open<span class="count">0</span>');
    for (const page of [path, `${path}/publish`]) expect((await get(page, banker)).status).toBe(404);
    for (const action of ['acknowledge', 'unacknowledge', 'publish', 'snooze', 'comments'])
      expect((await submit(`${path}/${action}`, banker, { minutes: '60', text: 'Hm' })).status).toBe(404);
  });

  test('does not see a channel outside', async () => {
    expect((await get(path, ada)).text).toContain('On call');
    const { text } = await get(path, shopper);
    expect(text).not.toContain('On call');
    expect(text).toContain('Only on channels that you cannot see.');
  });
});

describe('the incident', () => {
  test('says in words what was seen, from the first failure to the confirmation', async () => {
    const { text } = await get(path, viewer);
    expect(text).toContain('is down at 4 of 6 locations');
    expect(text).toContain('First failure');
    expect(text).toContain('Confirmed: down');
    expect(text).toContain('4 of 6 locations failed');
    expect(text).toContain('Northern Virginia');
    expect(text).not.toContain(HOSTILE);
    expect(text).toContain('incident.opened');
    expect(text).toContain('Nothing was held back.');
    const oldest = (await get(`${path}?order=oldest`, viewer)).text;
    expect(oldest.indexOf('First failure')).toBeLessThan(oldest.indexOf('Confirmed: down'));
    expect(text.indexOf('First failure')).toBeGreaterThan(text.indexOf('Confirmed: down'));
  });

  test('that does not exist is a page with 404', async () => {
    expect((await get('/dashboard/incidents/inc_nothing', ada)).status).toBe(404);
    expect((await submit('/dashboard/incidents/inc_nothing/acknowledge', ada)).status).toBe(404);
  });

  test('acknowledged by two people stays that of the first, and the second is told', async () => {
    clock.now += 1_000;
    const first = await submit(`${path}/acknowledge`, grace, { back: '/dashboard/incidents?verdict=down' });
    expect([first.status, first.headers.get('location')]).toEqual([303, '/dashboard/incidents?verdict=down']);
    expect(await flashOf(first, grace, path)).toContain('Acknowledged. Reminders and escalation stop.');
    clock.now += 1_000;
    const second = await submit(`${path}/acknowledge`, ada);
    expect(await flashOf(second, ada, path)).toContain('acknowledged it already. It stays theirs.');
    expect((await ask(`/api/v1/incidents/${id}`)).json.acknowledgedBy).toBe(`Grace ${HOSTILE}`);
    const { text } = await get(path, ada);
    expect(text).not.toContain(HOSTILE);
    expect(text).toContain('Withdraw the acknowledgement');
    // An address elsewhere is not followed.
    const back = await submit(`${path}/unacknowledge`, grace, { back: '//evil.test/dashboard/incidents' });
    expect(back.headers.get('location')).toBe(path);
    expect((await ask(`/api/v1/incidents/${id}`)).json.acknowledgedBy).toBeNull();
  });

  test('is snoozed for a time of the list only', async () => {
    const wrong = await submit(`${path}/snooze`, grace, { minutes: '7' });
    expect([wrong.status, wrong.text.includes('minutes-error')]).toEqual([422, true]);
    expect((await submit(`${path}/snooze`, grace, { minutes: '60' })).status).toBe(303);
    expect((await get(path, ada)).text).toContain('Snoozed until');
    await submit(`${path}/unacknowledge`, grace);
  });

  test('keeps a comment that is refused in its field', async () => {
    const refused = await submit(`${path}/comments`, grace, { text: `  ${'x'.repeat(2_001)}` });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('text-error');
    expect(refused.text).toContain('x'.repeat(2_001));
    expect((await submit(`${path}/comments`, grace, { text: `Look:\r\n${HOSTILE}` })).status).toBe(303);
    const { text } = await get(path, viewer);
    expect(text).toContain('Look:');
    expect(text).not.toContain(HOSTILE);
  });

  test('is for viewers to read only', async () => {
    for (const action of ['acknowledge', 'unacknowledge', 'snooze', 'comments', 'publish'])
      expect((await submit(`${path}/${action}`, viewer)).status).toBe(403);
    expect((await get(path, viewer)).text).not.toContain('id="take"');
  });
});

describe('an update for readers', () => {
  const UPDATE = {
    ...{ title: 'Checkout is slow', status: 'investigating', body: `We look. ${HOSTILE}`, seen: 'open' },
    ...{ public: 'new', pages: 'all', 'impact monitor:shop': 'major', intent: 'publish' },
  };
  const written = async () => (await ask('/api/v1/public-incidents')).json.publicIncidents;

  test('without a choice about subscribers is refused at that field, and keeps what was typed', async () => {
    const answer = await submit(`${path}/publish`, grace, UPDATE);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('notify-error');
    expect(answer.text).toContain('value="Checkout is slow"');
    expect(await written()).toEqual([]);
  });

  test('is previewed as readers see it, and nothing is published', async () => {
    const answer = await submit(`${path}/publish`, grace, { ...UPDATE, body: '**Slow**', intent: 'preview' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<strong>Slow</strong>');
    expect(await written()).toEqual([]);
  });

  test('is published, is in the timeline, and is continued by the next one', async () => {
    const answer = await submit(`${path}/publish`, grace, { ...UPDATE, notify: 'no' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, path]);
    const [incident] = await written();
    expect(incident).toMatchObject({ title: 'Checkout is slow', incidents: [id], tags: { team: 'shop' } });
    expect(incident.components).toEqual([{ component: 'monitor:shop', impact: 'major' }]);
    const { text } = await get(path, viewer);
    expect(text).toContain('Update for readers: Investigating');
    expect(text).not.toContain(HOSTILE);
    expect((await get('/dashboard/incidents', viewer)).text).toContain('Investigating');
    const form = (await get(`${path}/publish`, grace)).text;
    expect(form).toContain(`value="${incident.id}"`);
    // The version that the form had is gone once another person has written.
    const next = { ...UPDATE, public: incident.id, status: 'identified', notify: 'no', version: '1' };
    expect((await submit(`${path}/publish`, grace, next)).status).toBe(303);
    const late = await submit(`${path}/publish`, ada, { ...next, body: 'Too late' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('Another person wrote an update meanwhile.');
    expect(late.text).toContain('Too late');
    expect((await written())[0].status).toBe('identified');
  });

  test('is not published as it is if the incident ended meanwhile', async () => {
    clock.now += 60_000;
    await runUntilConfirmed(1, 0);
    expect((await ask(`/api/v1/incidents/${id}`)).json.state).toBe('resolved');
    const [incident] = await written();
    const update = { ...UPDATE, public: incident.id, notify: 'no', version: '2' };
    const answer = await submit(`${path}/publish`, grace, update);
    expect(answer.status).toBe(409);
    expect(answer.text).toContain('while you wrote. Nothing was published');
    expect(answer.text).toContain('name="seen" value="resolved"');
    const form = (await get(`${path}/publish`, grace)).text;
    expect(form).toContain('The service works again.');
    const resolved = { ...update, status: 'resolved', seen: 'resolved', body: 'Over.' };
    expect((await submit(`${path}/publish`, grace, resolved)).status).toBe(303);
    expect((await written())[0].status).toBe('resolved');
    // It is over: an acknowledgement is refused in words, a comment is not.
    const refused = await submit(`${path}/acknowledge`, grace);
    expect(await flashOf(refused, grace, path)).toContain('is over');
    expect((await submit(`${path}/comments`, grace, { text: 'A full disk.' })).status).toBe(303);
    expect((await get(path, viewer)).text).toContain('Recovered');
  });
});

test('evidence that expired says so', async () => {
  await bindings.DB.prepare("update incidents set evidence = '[]', evidence_deleted_at = ?1 where id = ?2")
    .bind(clock.now, id)
    .run();
  expect((await get(path, viewer)).text).toContain('The evidence expired and was deleted');
});

test('what a silence held back has its reason, and was not sent', async () => {
  await createMonitor({ id: 'blog', name: 'Blog' });
  const silence = { id: 'known', name: 'Known issue', monitors: ['blog'], durationMinutes: 600 };
  expect((await post('/api/v1/silences', silence)).status).toBe(201);
  await runUntilConfirmed(2, 6);
  const [incident] = (await ask('/api/v1/incidents?monitor=blog')).json.incidents;
  const { text } = await get(`/dashboard/incidents/${incident.id}`, ada);
  expect(text).toContain('No notification was raised.');
  expect(text).toContain('href="/dashboard/maintenance/silences/known"');
  expect(text).toContain('not sent.');
  expect(text).not.toContain('Probably');
});

test('the reason that was changed since is called probable', async () => {
  await createMonitor({ id: 'news', name: 'News' });
  const silence = { id: 'known-news', name: 'Known issue', monitors: ['news'], durationMinutes: 600 };
  await post('/api/v1/silences', silence);
  await runUntilConfirmed(3, 6);
  const [incident] = (await ask('/api/v1/incidents?monitor=news')).json.incidents;
  // A maintenance that was planned later is not blamed.
  const startsAt = new Date(clock.now - 86_400_000).toISOString();
  const work = { id: 'work', name: 'Work', monitors: ['news'], startsAt, durationMinutes: 2880 };
  clock.now += 60_000;
  expect((await post('/api/v1/maintenances', work)).status).toBe(201);
  expect((await patch('/api/v1/silences/known-news', { durationMinutes: 900 })).status).toBe(200);
  const { text } = await get(`/dashboard/incidents/${incident.id}`, ada);
  expect(text).toContain('href="/dashboard/maintenance/silences/known-news"');
  expect(text).toContain('Probably: ');
  expect(text).toContain('The reason is not stored.');
});

// The pages of maintenances and silences: lists, calendar, forms with their refusals, the clock change, and who may.
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyAccess } from '../../../support/d1/access.ts';
import { countD1 } from '../../../support/d1/counted-d1.ts';
import { ask, bindings, clock, createMonitor, empty, patch, post } from '../../../support/d1/http-mesh.ts';
import { get, type SignedIn, signIn, submit } from '../../../support/d1/signed-in.ts';

const LIST = '/dashboard/maintenance';
const HOSTILE = '<script>alert(1)</script>';

let ada: SignedIn;
let responder: SignedIn;
let viewer: SignedIn;
let shopper: SignedIn;

beforeEach(async () => {
  await empty();
  await emptyAccess();
  await bindings.DB.prepare('DELETE FROM people').run();
  await createMonitor({ name: 'Web shop', tags: { team: 'shop' }, group: 'Shop' });
  await createMonitor({ id: 'bank', name: 'Bank', tags: { team: 'bank' } });
  ada = await signIn('admin', { name: 'Ada' });
  responder = await signIn('responder');
  viewer = await signIn('viewer');
  shopper = await signIn('editor', { tags: ['team:shop'] });
});

const NEW = `${LIST}/new`;
const ONCE = {
  ...{ name: 'Database upgrade', scope: 'some', monitors: 'shop', repeat: 'once', timeZone: 'Europe/Berlin' },
  ...{ startsAt: '2027-03-01T02:00', durationMinutes: '60', intent: 'save' },
};
const maintenances = async () => (await ask('/api/v1/maintenances')).json.maintenances;
const silences = async () => (await ask('/api/v1/silences')).json.silences;
const flashCookie = (answer: { headers: Headers }): string =>
  /__Host-probemesh-flash=[^;]*/.exec(answer.headers.getSetCookie().join('\n'))?.[0] ?? '';
const pageAfter = async (answer: { headers: Headers }, person: SignedIn): Promise<string> =>
  (
    await get(answer.headers.get('location')!, {
      ...person,
      cookie: `${person.cookie}; ${flashCookie(answer)}`,
    })
  ).text;
const undoOf = (text: string) => ({
  action: /class="notice message toast[\s\S]*?action="([^"]+)"/.exec(text)![1]!,
  fields: Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="(window|endsAt|etag)" value="([^"]*)"/g)].map(
      ([, name, value]) => [name!, value!.replaceAll('&quot;', '"')],
    ),
  ),
});

describe('a new maintenance', () => {
  test('is on the clock of its zone, covers what was named, and is in the list and the calendar', async () => {
    const created = await submit(NEW, ada, ONCE);
    expect(created.status).toBe(303);
    expect(created.headers.get('location')).toBe(`${LIST}/maintenances/database-upgrade`);
    const [window] = await maintenances();
    expect(window.windows).toEqual([
      { startsAt: '2027-03-01T01:00:00.000Z', endsAt: '2027-03-01T02:00:00.000Z' },
    ]);
    const { text } = await get(`${LIST}?timeZone=Europe/Berlin&month=2027-03`, viewer);
    expect(text).toContain('Mon 1 Mar 2027, 02:00');
    expect(text).toContain('<span class="clock">02:00 </span>');
    expect(text).toContain('Web shop');
    expect(text).not.toContain('Plan a maintenance');
  });

  test.each([
    ['in the past', { startsAt: '2020-03-01T02:00' }, 'endsAt', 'must be in the future'],
    ['in an unknown time zone', { timeZone: 'Mars/Olympus' }, 'timeZone', 'Unknown time zone'],
    [
      'that recurs in an unknown time zone',
      { repeat: 'recurring', cron: '0 2 * * *', timeZone: 'Mars/Olympus' },
      'timeZone',
      'Unknown time zone',
    ],
    ['that never occurs', { repeat: 'recurring', cron: '0 2 31 2 *' }, 'cron', 'never matches'],
    ['of a monitor that does not exist', { monitors: 'nothing' }, 'monitors', 'does not exist'],
    ['of nothing', { monitors: '' }, 'monitors', 'applies to no monitor'],
    ['without a name', { name: ' ' }, 'name', 'Must be 1 to 120 characters.'],
  ])('%s is refused at its field, and what was typed is kept', async (_, fields, field, message) => {
    const answer = await submit(NEW, ada, { ...ONCE, ...fields });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(`id="${field}-error"`);
    expect(answer.text).toContain(message);
    const { timeZone } = { ...ONCE, ...fields };
    expect(answer.text).toContain(`value="${timeZone}"`);
    expect(await maintenances()).toEqual([]);
  });

  test('shows what it covers before it is saved, with a group and a tag', async () => {
    const fields = { ...ONCE, monitors: '', group: 'Shop', tags: 'team:bank', intent: 'preview' };
    const { status, text } = await submit(NEW, ada, fields);
    expect(status).toBe(200);
    expect(text).toContain('Covers 2 monitors');
    expect(text).toContain('<bdi>Bank</bdi>, <bdi>Web shop</bdi>');
    expect(await maintenances()).toEqual([]);
    expect((await submit(NEW, ada, { ...fields, intent: 'save' })).status).toBe(303);
    expect((await maintenances())[0]).toMatchObject({ monitors: ['shop'], tags: ['team:bank'] });
  });

  test('fills its scope from the address', async () => {
    const { text } = await get(`${NEW}?monitor=shop&tag=team:bank`, ada);
    expect(text).toContain('>shop</textarea>');
    expect(text).toContain('>team:bank</textarea>');
    expect(text).toContain('Covers 2 monitors');
  });
});

test('a recurring maintenance keeps its hour through both clock changes, in any zone that is chosen', async () => {
  clock.now = Date.parse('2027-03-20T12:00:00Z');
  // Sessions end after a time without a request.
  ada = await signIn('admin');
  viewer = await signIn('viewer');
  const fields = { ...ONCE, name: 'Sunday work', repeat: 'recurring', cron: '30 4 * * SUN', startsAt: '' };
  expect((await submit(NEW, ada, fields)).status).toBe(303);
  const page = `${LIST}/maintenances/sunday-work`;
  const berlin = (await get(`${page}?timeZone=Europe/Berlin`, viewer)).text;
  for (const date of ['21 Mar', '28 Mar', '4 Apr', '11 Apr', '18 Apr'])
    expect(berlin).toContain(`Sun ${date} 2027, 04:30`);
  const utc = (await get(`${page}?timeZone=UTC`, viewer)).text;
  // The 28th is after the change, which was at 01:00 UTC.
  for (const date of ['21 Mar 2027, 03:30', '28 Mar 2027, 02:30', '4 Apr 2027, 02:30'])
    expect(utc).toContain(date);
  const calendar = (await get(`${LIST}?timeZone=Europe/Berlin&month=2027-03`, viewer)).text;
  expect(calendar.match(/<span class="clock">04:30 <\/span>/g)).toHaveLength(2);
});

describe('a maintenance', () => {
  test('that is active ends now, and goes on by the undo', async () => {
    await post('/api/v1/maintenances', { id: 'work', name: 'Work', monitors: ['shop'], durationMinutes: 60 });
    clock.now += 60_000;
    expect((await get(LIST, ada)).text).toContain('End now');
    const ended = await submit(`${LIST}/maintenances/work/end`, ada);
    const text = await pageAfter(ended, ada);
    expect(text).toContain('Ended. Problems that persist are notified.');
    expect((await maintenances())[0].state).toBe('ended');
    const { action, fields } = undoOf(text);
    expect((await submit(action, ada, fields)).status).toBe(303);
    expect((await maintenances())[0].state).toBe('active');
  });

  test('that recurs goes on by the undo of an end, which is in the audit log, but not over a later change', async () => {
    clock.now = Date.parse('2027-03-01T02:10:00Z');
    ada = await signIn('admin', { name: 'Ada' });
    const planned = { startsAt: '2027-03-01T02:00:00.000Z', endsAt: '2027-03-01T03:00:00.000Z' };
    await post('/api/v1/maintenances', {
      ...{ id: 'nightly', name: 'Nightly', monitors: ['shop'], cron: '0 2 * * *', durationMinutes: 60 },
    });
    const path = `${LIST}/maintenances/nightly`;
    const undo = undoOf(await pageAfter(await submit(`${path}/end`, ada), ada));
    const [ended] = await maintenances();
    expect([ended.state, ended.endedAt]).toEqual(['scheduled', '2027-03-01T02:10:00.000Z']);
    clock.now += 60_000;
    expect((await submit(undo.action, ada, undo.fields)).status).toBe(303);
    const [again] = await maintenances();
    expect([again.state, again.endedAt, again.windows[0]]).toEqual(['active', null, planned]);
    const [entry] = (await ask('/api/v1/audit-entries')).json.auditEntries;
    expect(entry).toMatchObject({ action: 'maintenance.updated', actor: { name: 'Ada' } });
    // The undo names the version that the end made.
    const late = undoOf(await pageAfter(await submit(`${path}/end`, ada), ada));
    expect((await patch('/api/v1/maintenances/nightly', { name: 'Every night' })).status).toBe(200);
    const refused = await pageAfter(await submit(late.action, ada, late.fields), ada);
    expect(refused).toContain('class="notice message toast bad"');
    expect((await maintenances())[0].state).toBe('scheduled');
  });

  test('ends nothing by null, if it does not recur or is over by its plan', async () => {
    clock.now = Date.parse('2027-03-01T02:10:00Z');
    await post('/api/v1/maintenances', { id: 'once', name: 'Once', monitors: ['shop'], durationMinutes: 60 });
    await post('/api/v1/maintenances', {
      ...{ id: 'nightly', name: 'Nightly', monitors: ['shop'], cron: '0 2 * * *', durationMinutes: 60 },
    });
    const asked = async (id: string, endedAt: unknown) => {
      const { status, json } = await patch(`/api/v1/maintenances/${id}`, { endedAt });
      return [status, json.errors?.[0]?.path];
    };
    expect(await asked('once', null)).toEqual([422, 'endedAt']);
    expect(await asked('nightly', '2027-03-01T02:20:00Z')).toEqual([422, 'endedAt']);
    // Nothing was ended early.
    expect(await asked('nightly', null)).toEqual([200, undefined]);
    await post('/api/v1/maintenances/nightly/end', {});
    clock.now += 3_600_000;
    expect(await asked('nightly', null)).toEqual([422, 'endedAt']);
  });

  test('that is deleted is restored by the undo', async () => {
    await submit(NEW, ada, ONCE);
    const before = await maintenances();
    const deleted = await submit(`${LIST}/maintenances/database-upgrade/delete`, ada);
    expect(await maintenances()).toEqual([]);
    const { action, fields } = undoOf(await pageAfter(deleted, ada));
    expect((await submit(action, ada, fields)).status).toBe(303);
    expect(await maintenances()).toEqual(before);
  });

  test('is changed by its form, and not over the change of another person', async () => {
    await submit(NEW, ada, ONCE);
    const page = `${LIST}/maintenances/database-upgrade`;
    const form = (await get(`${page}?timeZone=Europe/Berlin`, ada)).text;
    expect(form).toContain('value="2027-03-01T02:00"');
    const change = { ...ONCE, endsAt: '2027-03-01T04:00', version: '1' };
    expect((await submit(page, ada, { ...change, name: 'Longer' })).status).toBe(303);
    expect((await maintenances())[0]).toMatchObject({
      name: 'Longer',
      windows: [{ startsAt: '2027-03-01T01:00:00.000Z', endsAt: '2027-03-01T03:00:00.000Z' }],
    });
    const late = await submit(page, ada, { ...change, name: 'Too late' });
    expect([late.status, late.text.includes('Another person changed it')]).toEqual([409, true]);
    expect(late.text).toContain('value="Too late"');
    const recurring = {
      ...change,
      version: '2',
      repeat: 'recurring',
      cron: '0 2 * * *',
      durationMinutes: '30',
    };
    expect((await submit(page, ada, recurring)).status).toBe(303);
    expect((await maintenances())[0]).toMatchObject({ cron: '0 2 * * *', durationMinutes: 30 });
    expect((await submit(page, ada, { ...change, version: '3' })).status).toBe(303);
    expect((await maintenances())[0]).toMatchObject({ cron: null });
  });
});

describe('a silence', () => {
  test.each([
    ['1h', 60 * 60_000],
    ['4h', 240 * 60_000],
  ])('for %s begins at once, and ends by the undo', async (time, ms) => {
    const fields = { monitors: 'shop', for: time, timeZone: 'Europe/Berlin' };
    const answer = await submit(`${LIST}/quick-silence`, responder, fields);
    expect(answer.status).toBe(303);
    const [silence] = await silences();
    expect(Date.parse(silence.windows[0].endsAt) - clock.now).toBe(ms);
    clock.now += 1_000;
    const { action } = undoOf(await pageAfter(answer, responder));
    await submit(action, responder);
    expect((await silences())[0].state).toBe('ended');
  });

  test('until tomorrow ends at 9:00 on the clock of the zone', async () => {
    clock.now = Date.parse('2027-03-27T23:30:00Z');
    responder = await signIn('responder');
    const fields = { tags: 'team:shop', for: 'tomorrow', timeZone: 'Europe/Berlin' };
    expect((await submit(`${LIST}/quick-silence`, responder, fields)).status).toBe(303);
    // It is the 28th already there, so tomorrow is the 29th, after the clock change.
    expect((await silences())[0].windows[0].endsAt).toBe('2027-03-29T07:00:00.000Z');
  });

  test('of nothing is refused at its field', async () => {
    const answer = await submit(`${LIST}/quick-silence`, responder, { for: '1h', name: 'Why' });
    expect([answer.status, answer.text.includes('monitors-error')]).toEqual([422, true]);
    expect(answer.text).toContain('value="Why"');
    expect(await silences()).toEqual([]);
  });

  test('is for responders, a maintenance is not', async () => {
    expect((await get(`${LIST}/new-silence`, responder)).status).toBe(200);
    expect((await get(NEW, responder)).status).toBe(403);
    expect((await submit(`${LIST}/quick-silence`, viewer, { monitors: 'shop', for: '1h' })).status).toBe(403);
  });
});

test('an unknown time zone is named at its field, and the page is in the zone that was chosen last', async () => {
  const chosen = await get(`${LIST}?timeZone=Asia/Tokyo`, ada);
  const cookie = /__Host-probemesh-zone=[^;]*/.exec(chosen.headers.getSetCookie().join('\n'))![0];
  const person = { ...ada, cookie: `${ada.cookie}; ${cookie}` };
  expect((await get(LIST, person)).text).toContain('value="Asia/Tokyo"');
  const wrong = await get(`${LIST}?timeZone=Mars/Olympus`, person);
  expect(wrong.status).toBe(422);
  expect(wrong.text).toContain('id="timeZone-error"');
  expect(wrong.text).toContain('value="Mars/Olympus"');
});

test('a restricted person sees windows inside only, and plans nothing outside', async () => {
  await post('/api/v1/maintenances', { id: 'all', name: 'Everything', durationMinutes: 60 });
  await post('/api/v1/silences', {
    id: 'bank',
    name: 'Of the bank',
    monitors: ['bank'],
    durationMinutes: 60,
  });
  await post('/api/v1/maintenances', { id: 'own', name: 'Our own', monitors: ['shop'], durationMinutes: 60 });
  const { text } = await get(LIST, shopper);
  expect(text).toContain('Our own');
  expect(text).not.toMatch(/Everything|Of the bank/);
  expect((await get(`${LIST}/maintenances/all`, shopper)).status).toBe(404);
  expect((await submit(`${LIST}/maintenances/all/end`, shopper)).status).toBe(404);
  expect((await submit(`${LIST}/silences/bank/delete`, shopper)).status).toBe(404);
  const preview = { ...ONCE, monitors: 'shop\nbank', tags: 'team:bank', intent: 'preview' };
  const seen = await submit(NEW, shopper, preview);
  expect(seen.text).toContain('Covers 1 monitor');
  expect(seen.text).not.toContain('<bdi>Bank</bdi>');
  const refused = await submit(NEW, shopper, { ...ONCE, monitors: 'shop\nbank' });
  expect([refused.status, refused.text.includes('monitors-error')]).toEqual([422, true]);
});

test('every page reads D1 in at most 5 statements, and names are text', async () => {
  await post('/api/v1/maintenances', { id: 'own', name: HOSTILE, monitors: ['shop'], durationMinutes: 60 });
  await post('/api/v1/silences', { id: 'own', name: HOSTILE, tags: ['team:shop'], durationMinutes: 60 });
  const counted = countD1(bindings.DB);
  for (const page of [
    ...[LIST, `${LIST}/silences`, `${LIST}?monitor=shop`, NEW, `${NEW}?monitor=shop&tag=team`],
    ...[`${LIST}/maintenances/own`, `${LIST}/silences/own`],
  ])
    for (const person of [ada, shopper]) {
      const answer = await ask(page, {
        token: null,
        headers: { cookie: person.cookie },
        env: { DB: counted.db },
      });
      expect([page, answer.status, counted.take().length <= 5]).toEqual([page, 200, true]);
      expect(answer.text).not.toContain(HOSTILE);
    }
});

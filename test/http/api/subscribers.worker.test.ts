// /api/v1/subscribers in workerd with real D1.
import { beforeEach, describe, expect, test } from 'vitest';
import { subscribers } from '../../../src/store/schema.ts';
import { auditTrail } from '../../support/d1/access.ts';
import { ask, bindings, clock, empty, post } from '../../support/d1/http-mesh.ts';
import {
  addMonitor,
  createMailingHarness,
  type MailingHarness,
  orm,
} from '../../support/d1/mailing-harness.ts';

const PATH = '/api/v1/subscribers';
let harness: MailingHarness;
beforeEach(async () => {
  await empty();
  harness = await createMailingHarness(bindings.ENCRYPTION_KEY, bindings.PUBLIC_URL);
  harness.now = clock.now;
});

const importCsv = (text: string, page = 'default') =>
  ask(`${PATH}/import?page=${page}`, { method: 'POST', body: text, headers: { 'content-type': 'text/csv' } });
const stored = () => orm.select().from(subscribers);

describe('an import', () => {
  test('of garbage names the wrong rows and changes nothing', async () => {
    const answer = await importCsv(
      'address,scope\na@example.org,page\nb@@example.org,page\nc@example.org,monitor:x\n',
    );
    expect(answer.status).toBe(422);
    expect(answer.json.errors).toMatchObject([
      { path: 'line 3.address', message: 'Invalid email address. Use name@host.' },
      { path: 'line 4.scope' },
    ]);
    expect(await stored()).toEqual([]);
    expect((await importCsv('address\na@example.org\n', 'nowhere')).status).toBe(404);
  });

  test('adds confirmed subscribers, and a second one of the same list adds none', async () => {
    const list = 'address,language\na@example.org,de\nb@example.org,en\n';
    expect((await importCsv(list)).json).toEqual({ imported: 2, skipped: 0 });
    await importCsv(list);
    expect((await stored()).map(({ state, language }) => `${state} ${language}`)).toEqual([
      'active de',
      'active en',
    ]);
    await harness.publish({ at: clock.now });
    await harness.drain();
    expect(harness.accepted.map(({ to }) => to).sort()).toEqual(['a@example.org', 'b@example.org']);
  });

  test('of an export gives the same subscribers', async () => {
    await addMonitor('shop', { group: 'Web' });
    await importCsv('address,scope\n=a@example.org,page\nb@example.org,group:Web;monitor:shop\n');
    const exported = await ask(`${PATH}/export`);
    expect(exported.headers.get('content-type')).toMatch(/^text\/csv/);
    // A spreadsheet must not take it for a formula.
    expect(exported.text).toContain(",'=a@example.org,");
    const before = await stored();
    await orm.delete(subscribers);
    expect((await importCsv(exported.text)).json).toEqual({ imported: 2, skipped: 0 });
    const key = ({ addressHash, scope }: (typeof before)[number]) => JSON.stringify([addressHash, scope]);
    expect((await stored()).map(key).sort()).toEqual(before.map(key).sort());
  });
});

test('an added address has to confirm, unless it agreed already', async () => {
  const asked = await post(PATH, { page: 'default', address: 'a@example.org' });
  expect(asked).toMatchObject({ status: 201, json: { state: 'pending', confirmedAt: null } });
  const agreed = await post(PATH, { page: 'default', address: 'b@example.org', confirmed: true });
  expect(agreed.json).toMatchObject({ state: 'active' });
  await harness.drain();
  expect(harness.accepted.map(({ to, body }) => `${to} ${body.subject}`)).toEqual([
    'a@example.org Confirm your subscription to Acme status',
  ]);
  const again = await post(PATH, { page: 'default', address: 'B@example.org' });
  expect(again.status).toBe(409);
});

test('a subscriber is found by the whole address, listed in pages, and deleted with its address', async () => {
  await importCsv(`address\n${Array.from({ length: 25 }, (_, n) => `r${n}@example.org`).join('\n')}\n`);
  const first = await ask(`${PATH}?page=default&limit=20`);
  expect(first.json.subscribers).toHaveLength(20);
  const rest = await ask(`${PATH}?page=default&limit=20&cursor=${first.json.nextCursor}`);
  expect(rest.json).toMatchObject({ subscribers: { length: 5 }, nextCursor: null });
  const found = await ask(`${PATH}?page=default&address=R7@example.org`);
  expect(found.json.subscribers).toMatchObject([{ address: 'r7@example.org' }]);
  expect((await ask(`${PATH}?address=r7@example.org`)).status).toBe(422);
  const { id } = found.json.subscribers[0];
  expect((await ask(`${PATH}/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await ask(`${PATH}/${id}`, { method: 'DELETE' })).status).toBe(404);
  expect(await stored()).toHaveLength(24);
  // The audit log has the change, and not the address.
  const trail = JSON.stringify(await auditTrail());
  expect(trail).toContain('subscriber.deleted');
  expect(trail).not.toContain('r7@example.org');
});

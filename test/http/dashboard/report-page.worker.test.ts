// The page of a report: figures with their rule, what a restriction shows, names that are markup, and mistakes in its form.
import { beforeAll, expect, test } from 'vitest';
import { ask, clock, createMonitor, empty, runUntilConfirmed } from '../../support/d1/http-mesh.ts';
import { type SignedIn, signIn } from '../../support/d1/signed-in.ts';

let viewer: SignedIn;
let restricted: SignedIn;

const get = (query: string, who: SignedIn | null) =>
  ask(`/dashboard/reports${query}`, { token: null, headers: who === null ? {} : { cookie: who.cookie } });

beforeAll(async () => {
  await empty();
  await createMonitor({
    id: 'shop',
    name: '<b>Shop</b>',
    group: 'Checkout',
    tags: { team: 'shop' },
    sloTarget: 99.9,
  });
  await createMonitor({ id: 'pay', name: 'Pay', tags: { team: 'pay' } });
  await runUntilConfirmed(1, 0);
  await runUntilConfirmed(1, 6);
  await runUntilConfirmed(1, 0);
  clock.now += 60_000;
  viewer = await signIn('viewer');
  restricted = await signIn('viewer', { tags: ['team:shop'] });
}, 60_000);

test('without a session, it leads to the sign-in', async () => {
  expect((await get('', null)).status).toBe(303);
});

test('it shows the figures of the period with their rule, and escapes names', async () => {
  const { status, text, headers } = await get('', viewer);
  expect(status).toBe(200);
  expect(headers.get('cache-control')).toBe('private, no-store');
  expect(text).toContain('Report 2027-01');
  expect(text).toContain('1 − down ÷ (down + partial + up)');
  expect(text).toContain('&lt;b&gt;Shop&lt;/b&gt;');
  expect(text).toContain('99.9 %, ');
  expect(text).toContain('burn rate');
  expect(text).toContain('href="/dashboard/reports?at=2026-12-31"');
  // The next period has not begun.
  expect(text).not.toContain('Period after');
  expect(text).toContain('/api/v1/reports/month?format=csv');
});

test('a restriction holds on the page', async () => {
  const { text } = await get('?period=year', restricted);
  expect(text).toContain('One monitor');
  expect(text).not.toContain('>Pay<');
});

test.each([
  ['?period=day', 'period'],
  ['?at=2026-02-30', 'at'],
  ['?timeZone=Mars', 'timeZone'],
  ['?tag=a+b', 'tag'],
])('%s is refused at its field, and the form keeps what was typed', async (query, field) => {
  const { status, text } = await get(query, viewer);
  expect(status).toBe(422);
  expect(text).toContain(`id="${field}-error"`);
});

test('a period before all history has no monitors, and no figure', async () => {
  const { text } = await get('?period=month&at=2019-05-01', viewer);
  expect(text).toContain('No monitor existed in this period.');
  expect(text).toContain('no data');
  expect(text).toContain('Period after');
});

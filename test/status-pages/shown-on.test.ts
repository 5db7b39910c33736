// Which monitors a page shows, and which of people's words.
import { expect, test } from 'vitest';
import { DEFAULT_PAGE, type PageAccess, type PageConfig } from '../../src/status-pages/model.ts';
import { componentsOf, concernsPage, isOnPage, showsMonitor } from '../../src/status-pages/shown-on.ts';

const page = (components: Partial<PageConfig['components']>, access: PageAccess = { type: 'public' }) => ({
  access,
  config: {
    ...DEFAULT_PAGE.config,
    components: { monitors: [], groups: [], tags: [], static: [], ...components },
  },
});
const SHOP = { id: 'shop', group: 'Sales', tags: { team: 'shop' }, public: true };

test.each([
  ['its id', { monitors: ['shop'] }],
  ['its group', { groups: ['Sales'] }],
  ['its tag', { tags: ['team:shop'] }],
  ['the name of its tag', { tags: ['team'] }],
  ['all', { monitors: 'all' as const }],
])('a page that lists %s shows the monitor', (_, components) => {
  expect(showsMonitor(page(components), SHOP)).toBe(true);
});

test.each([
  ['nothing', {}],
  ['other things', { monitors: ['pay'], groups: ['Pay'], tags: ['team:pay', 'stage'] }],
])('a page that lists %s does not', (_, components) => {
  expect(showsMonitor(page(components), SHOP)).toBe(false);
});

test('a private monitor is on pages with an access rule only', () => {
  const hidden = { ...SHOP, public: false };
  expect(showsMonitor(page({ monitors: ['shop'] }), hidden)).toBe(false);
  expect(showsMonitor(page({ monitors: ['shop'] }, { type: 'password' }), hidden)).toBe(true);
});

test('the components of a page are its monitors, their groups and its static ones', () => {
  const statics = [{ id: 'office', name: 'Office', description: null, group: 'People' }];
  const other = { id: 'pay', group: 'Pay', tags: {}, public: true };
  const components = componentsOf(page({ monitors: ['shop'], static: statics }), [SHOP, other]);
  expect([...components]).toEqual(['monitor:shop', 'group:Sales', 'group:People', 'static:office']);
});

test('words without a component concern every page, others the pages that have one of theirs', () => {
  const ofPage = new Set(['monitor:shop']);
  expect(concernsPage([], ofPage)).toBe(true);
  expect(concernsPage([{ component: 'monitor:pay' }, { component: 'monitor:shop' }], ofPage)).toBe(true);
  expect(concernsPage([{ component: 'monitor:pay' }], ofPage)).toBe(false);
  expect([isOnPage('all', 'x'), isOnPage(['x'], 'x'), isOnPage(['y'], 'x'), isOnPage([], 'x')]).toEqual([
    ...[true, true, false, false],
  ]);
});

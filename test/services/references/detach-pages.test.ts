// What a status page loses with the monitors and channels that it names.
import { expect, test } from 'vitest';
import { detachPages } from '../../../src/services/references/detach-pages.ts';
import { defaultPageRow } from '../../../src/services/status-pages/page-record.ts';
import type { StatusPageRow } from '../../../src/store/status-pages.ts';

const base = defaultPageRow(1);
const pageWith = (
  config: Partial<StatusPageRow['config']>,
  more: Partial<StatusPageRow> = {},
): StatusPageRow => ({
  ...{ ...base, id: 'p', version: 4, config: { ...base.config, ...config } },
  ...more,
});
const components = (monitors: 'all' | string[], tags: string[] = []) => ({
  components: { monitors, groups: [], tags, static: [] },
});
const gone = (ids: readonly string[], channels: readonly string[] = []) => ({
  monitor: (id: string) => ids.includes(id),
  channel: (id: string) => channels.includes(id),
});

test('a list loses the monitor, and the next version of the page is written', () => {
  const [cut] = detachPages([pageWith(components(['a', 'b', 'c']))], gone(['b']), 9);
  expect(cut?.after).toMatchObject({ version: 5, updatedAt: 9, config: components(['a', 'c']) });
  expect([cut?.references, cut?.missing]).toMatchObject([
    [{ kind: 'status_page', field: 'components', effect: 'detached' }],
    { kind: 'monitor', id: 'b' },
  ]);
});

test('a list that loses its last monitor is empty, and never "all"', () => {
  const [cut] = detachPages([pageWith(components(['a']))], gone(['a']), 9);
  expect([cut?.after.config.components.monitors, cut?.references[0]?.effect]).toEqual([[], 'emptied']);
  const [tagged] = detachPages([pageWith(components(['a'], ['team:shop']))], gone(['a']), 9);
  expect(tagged?.references[0]?.effect).toBe('detached');
});

test('a page that names nothing of what goes stays, as does one with all monitors', () => {
  const rows = [pageWith(components(['a'])), pageWith(components('all')), pageWith({ mailChannel: 'mail' })];
  expect(detachPages(rows, gone(['z'], ['hook']), 9)).toEqual([]);
});

test('a channel leaves links and mails without a sender, and the access of readers stays', () => {
  const access = { type: 'email', domains: ['shop.test'], channel: 'mail' } as const;
  const [cut] = detachPages(
    [pageWith({ mailChannel: 'mail' }, { access, accessVersion: 7 })],
    gone([], ['mail']),
    9,
  );
  expect(cut?.after).toMatchObject({
    ...{ accessVersion: 7, access: { ...access, channel: null }, config: { mailChannel: null } },
  });
  expect(cut?.references.map(({ field, effect }) => [field, effect])).toEqual([
    ['access', 'emptied'],
    ['mailChannel', 'emptied'],
  ]);
});

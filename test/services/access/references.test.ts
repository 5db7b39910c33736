import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shownIds, writeReferences } from '../../../src/services/access/references.ts';

const CHANNELS = { kind: 'channel', path: ['channels'] } as const;
const SHOP = { restriction: ['team:shop'] };
const INSIDE = new Set(['a', 'b']);

const write = (written: 'all' | string[], stored: 'all' | string[] | null) =>
  writeReferences<'all' | string[]>(SHOP, CHANNELS, written, stored, INSIDE);

test('an id outside and an id that does not exist are refused in the same words', () => {
  const refused = (id: string) => JSON.stringify(write(['a', id], null)).replaceAll(id, 'ID');
  expect(refused('outside')).toBe(refused('nowhere'));
  expect(write(['a', 'outside'], ['outside'])).toEqual({
    error: {
      kind: 'not_found',
      path: ['channels', 1],
      message: 'Channel "outside" does not exist. Create it first.',
    },
  });
});

test('"default" names no channel, so everyone may write it', () => {
  const written = writeReferences<'default' | string[]>(SHOP, CHANNELS, 'default', ['outside'], INSIDE);
  expect(written).toEqual({ list: 'default' });
});

test('"all" is refused unless it is stored', () => {
  expect(write('all', 'all')).toEqual({ list: 'all' });
  for (const stored of [null, ['a']])
    expect(write('all', stored)).toEqual({
      error: {
        kind: 'invalid',
        path: ['channels'],
        message: 'Your access is restricted to team:shop. List channels instead of "all".',
      },
    });
});

test('a list replaces "all" completely', () => {
  expect(write(['b'], 'all')).toEqual({ list: ['b'] });
  expect(write([], 'all')).toEqual({ list: [] });
});

test('a caller without a restriction may write anything', () => {
  const anything = writeReferences({ restriction: null }, CHANNELS, ['outside'], ['x'], INSIDE);
  expect(anything).toEqual({ list: ['outside'] });
});

const ids = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e', 'f'));

test('a written list changes what the caller sees to exactly that, and leaves what it cannot see', () => {
  fc.assert(
    fc.property(ids, ids, ids, (stored, wanted, insideIds) => {
      const inside = new Set(insideIds);
      const written = wanted.filter((id) => inside.has(id));
      const result = writeReferences(SHOP, CHANNELS, written, stored, inside);
      if ('error' in result) throw new Error(result.error.message);
      const outside = (list: readonly string[]) => list.filter((id) => !inside.has(id));
      expect(shownIds(SHOP.restriction, result.list, inside)).toEqual(written);
      expect(outside(result.list)).toEqual(outside(stored));
    }),
  );
});

test('writing back what is shown changes nothing, not even the order', () => {
  fc.assert(
    fc.property(ids, ids, (stored, insideIds) => {
      const inside = new Set(insideIds);
      const shown = shownIds(SHOP.restriction, stored, inside);
      expect(writeReferences(SHOP, CHANNELS, shown, stored, inside)).toEqual({ list: stored });
    }),
  );
});

// Ids depend on the name alone, so a file keeps its monitors whatever its order.
import { beforeAll, expect, test } from 'vitest';
import { derivedId, freeDerivedId } from '../../src/services/derived-id.ts';
import { loadLatin } from '../../src/services/latin.ts';

beforeAll(() => loadLatin('é'));

test.each([
  ['Web shop', 'web-shop'],
  ['Prüfung Größe', 'pruefung-groesse'],
  ['ÄRGER', 'aerger'],
  ['STRAẞE', 'strasse'],
  ['Łódź Øre', 'lodz-ore'],
  ['Сайт', 'sayt'],
  ['Почта', 'pochta'],
  ['北京', 'bei-jing'],
  ['Ελληνικά', 'ellinika'],
  ['Shop 👨‍👩‍👧 ❤️', 'shop'],
  ['①Ａｂ', '1ab'],
])('the name %s gives the id %s', (name, id) => {
  expect(derivedId(name, 'monitor')).toBe(id);
});

test('the same name in Unicode NFC, NFD, full width and another case gives the same id', () => {
  for (const name of ['Prüfung Größe', 'Web shop', 'Élan 7', '🚀'])
    for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) {
      expect(derivedId(name.normalize(form), 'monitor')).toBe(derivedId(name, 'monitor'));
      expect(derivedId(name.toUpperCase().normalize(form), 'monitor')).toBe(derivedId(name, 'monitor'));
    }
  expect(derivedId('Ｗｅｂ　ｓｈｏｐ', 'monitor')).toBe('web-shop');
});

test('a name without any letter to transliterate gives its kind and a hash that other such names do not have', () => {
  const ids = ['🚀', '🚀🚀', '...', '𓀀'].map((name) => derivedId(name, 'channel'));
  for (const id of ids) expect(id).toMatch(/^channel-[0-9a-f]{8}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect(derivedId('🚀', 'channel')).toBe(ids[0]);
});

test('long names that begin alike have different ids of at most 54 characters', () => {
  const [a, b] = ['a', 'b'].map((end) => derivedId(`${'long name '.repeat(11)}${end}`, 'monitor'));
  expect(a).not.toBe(b);
  for (const id of [a, b]) expect(id).toMatch(/^long-name-[a-z-]+-[0-9a-f]{8}$/);
  expect(Math.max(a!.length, b!.length)).toBeLessThanOrEqual(54);
});

test('an entry that the API creates takes the next number if its derived id is taken', () => {
  const rows = [{ id: 'sayt' }, { id: 'sayt-2' }];
  expect(freeDerivedId('Сайт', 'monitor', rows)).toBe('sayt-3');
  expect(freeDerivedId('Сайт', 'monitor', [])).toBe('sayt');
});

// An imported list: garbage first. A wrong row names its line, and nothing of the list is imported.
import { describe, expect, test } from 'vitest';
import { csvRecords } from '../../../src/services/subscribers/csv-records.ts';
import { MAX_ROWS, readSubscriberList } from '../../../src/services/subscribers/subscriber-list.ts';
import { DEFAULT_PAGE } from '../../../src/status-pages/model.ts';
import { namedComponents } from '../../../src/status-pages/page-components.ts';

const monitors = [{ id: 'shop', name: 'Shop', group: 'Web', tags: {}, public: true }];
const shown = namedComponents(DEFAULT_PAGE, monitors);
const read = (text: string) => readSubscriberList(text, { page: DEFAULT_PAGE, shown, allowLoopback: false });
const errors = (text: string) => {
  const result = read(text);
  return result.ok ? [] : result.error.map(({ line, column }) => `${line} ${column}`.trim());
};

describe('a list that is not imported', () => {
  test.each([
    ['nothing', '', ['1']],
    ['an image', '\u0089PNG\r\n\u001a\n\u0000\u0000', ['1']],
    ['JSON', '[{"address":"a@example.org"}]', ['1']],
    ['no column for addresses', 'email\na@example.org\n', ['1']],
    ['an unknown column', 'address,phone\na@example.org,1\n', ['1']],
    ['a column that is repeated', 'address,address\na@example.org,b@example.org\n', ['1']],
    ['a quotation mark that is not closed', 'address\n"a@example.org\nb@example.org\n', ['2']],
    ['text behind a quotation mark', 'address\n"a@example.org"x\n', ['2']],
    ['a value too many', 'address\na@example.org,b\n', ['2']],
    [
      'wrong rows among right ones',
      'address\na@example.org\nnot an address\nb@example.org\n@\n',
      ['3 address', '5 address'],
    ],
    ['an unknown kind', 'kind,address\nfax,a@example.org\n', ['2 kind']],
    ['an unknown language', 'address,language\na@example.org,xx\n', ['2 language']],
    ['a component that the page does not show', 'address,scope\na@example.org,monitor:secret\n', ['2 scope']],
    ['a webhook in a private network', 'kind,address\nwebhook,https://10.0.0.1/\n', ['2 address']],
    ['semicolons in place of commas', 'address;kind\na@example.org;email\n', ['1']],
  ])('%s', (_, text, expected) => {
    expect(errors(text)).toEqual(expected);
  });

  test('lists at most 20 wrong rows', () => {
    expect(errors(`address\n${'x\n'.repeat(500)}`)).toHaveLength(20);
  });

  test(`with more than ${MAX_ROWS} rows has to be split`, () => {
    expect(errors(`address\n${'a@example.org\n'.repeat(MAX_ROWS + 1)}`)).toEqual([`${MAX_ROWS + 2}`]);
  });
});

test('an address that is there twice, in other letters, is one subscriber, and the last row counts', () => {
  const result = read('address,scope\nA@example.org,page\na@EXAMPLE.org,group:Web; monitor:shop\n');
  expect(result).toMatchObject({
    ok: true,
    value: { subscribers: [{ canonical: 'a@example.org', scope: ['group:Web', 'monitor:shop'] }] },
  });
});

test('rows of an export whose state is not active are left out, and what guards against formulas is taken off', () => {
  const text =
    '\uFEFFid,page,kind,address,scope,language,state,disabledReason,createdAt,confirmedAt\r\n' +
    "sub_1,default,email,'+a@example.org,page,de,active,,2026-01-01T00:00:00.000Z,\r\n" +
    'sub_2,default,email,b@example.org,page,de,disabled,"It, failed",,\r\n';
  expect(read(text)).toMatchObject({
    ok: true,
    value: { skipped: 1, subscribers: [{ address: '+a@example.org', language: 'de' }] },
  });
});

test('records keep line breaks and quotation marks inside of quotation marks, and name their first line', () => {
  expect(csvRecords('a,"b\r\n""c"""\r\n\r\nd,\n"",e')).toEqual({
    ok: true,
    value: [
      { line: 1, cells: ['a', 'b\r\n"c"'] },
      { line: 4, cells: ['d', ''] },
      { line: 5, cells: ['', 'e'] },
    ],
  });
});

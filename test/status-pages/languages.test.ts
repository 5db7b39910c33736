// Every language has every text, in its own words, and dates, numbers and plurals by its own rules.
import { describe, expect, test } from 'vitest';
import { FAILURE_CODES } from '../../probes/contract/index.ts';
import { REASON_CODES } from '../../src/services/health/reasons.ts';
import { de } from '../../src/status-pages/languages/de.ts';
import { en } from '../../src/status-pages/languages/en.ts';
import { formatsOf } from '../../src/status-pages/languages/formats.ts';
import { LANGUAGES, textsFor } from '../../src/status-pages/languages/index.ts';

/** Every text of a language by its path. Texts with values are called with numbers and names. */
function leavesOf(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    const call = value as (...values: unknown[]) => string;
    return [
      [`${path}(2)`, call(2, 5, 'Oslo')],
      [`${path}(1)`, call(1, 1, 'Oslo')],
    ];
  }
  return Object.entries(value as object).flatMap(([key, part]) =>
    leavesOf(part, path === '' ? key : `${path}.${key}`),
  );
}

const OTHERS = LANGUAGES.filter(({ tag }) => tag !== 'en');
/** The same word in both languages, or a name of a field of the protocol. */
const SAME =
  /^(tag|locale|direction|units|incident\.ok|frame\.(status|feed|moreLinks)|monitor\.(median|percentile|milliseconds|seconds|minutes|hours)|bars\.day)/;

describe.each(OTHERS)('the language $tag', (texts) => {
  test('has every text of English, and none is empty', () => {
    const paths = (of: unknown) =>
      leavesOf(of)
        .map(([path]) => path)
        .filter((path) => !path.startsWith('impaired.reasons'));
    expect(paths(texts)).toEqual(paths(en));
    for (const [path, text] of leavesOf(texts)) expect(text.trim(), path).not.toBe('');
  });

  test('has its own words in every text', () => {
    const english = new Map(leavesOf(en));
    const same = leavesOf(texts).filter(([path, text]) => english.get(path) === text && !SAME.test(path));
    expect(same).toEqual([]);
  });

  test('puts every value into its texts', () => {
    const english = new Map(leavesOf(en));
    for (const [path, text] of leavesOf(texts))
      for (const value of ['2', '5', 'Oslo'])
        if (english.get(path)?.includes(value)) expect(text, path).toContain(value);
  });

  test('has words for every reason that a part of probemesh does not work, and for every failure', () => {
    for (const code of REASON_CODES) expect(texts.impaired.reasons[code], code).toEqual(expect.any(String));
    for (const code of FAILURE_CODES) expect(texts.incident.codes[code], code).toEqual(expect.any(String));
  });

  test('has a tag and a locale that Intl knows, and no two languages have the same tag', () => {
    expect(Intl.DateTimeFormat.supportedLocalesOf([texts.tag, texts.locale])).toHaveLength(2);
    expect(new Set(LANGUAGES.map(({ tag }) => tag)).size).toBe(LANGUAGES.length);
  });
});

describe('the language of a reader', () => {
  test.each([
    ['auto', null, 'en'],
    ['auto', '', 'en'],
    ['auto', 'de', 'de'],
    ['auto', 'de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['auto', 'fr-FR, de;q=0.5, en;q=0.7', 'en'],
    ['auto', 'DE', 'de'],
    ['auto', 'en;q=0, de', 'de'],
    ['auto', 'de;q=0', 'en'],
    ['auto', '*', 'en'],
    ['auto', ';;;,,q=,=', 'en'],
    ['auto', `${'xx,'.repeat(10_000)}de`, 'en'],
    ['de', 'en', 'de'],
    ['xx', 'de', 'en'],
  ])('a page in %s, for a browser that asks for %j: %s', (setting, header, tag) => {
    expect(textsFor(setting, header).tag).toBe(tag);
  });
});

describe('formats', () => {
  const at = Date.UTC(2026, 10, 24, 9, 30, 5);

  test('times have the language, the time zone and its name', () => {
    expect(formatsOf(en, 'UTC').time(at)).toBe('24 Nov 2026, 09:30 UTC');
    expect(formatsOf(en, 'UTC').time(at, true)).toBe('24 Nov 2026, 09:30:05 UTC');
    expect(formatsOf(de, 'Europe/Berlin').time(at)).toBe('24. Nov. 2026, 10:30 MEZ');
    expect(formatsOf(de, 'Europe/Berlin').time(Date.UTC(2026, 6, 1, 9, 30))).toBe('1. Juli 2026, 11:30 MESZ');
    expect(formatsOf(en, 'UTC').time(Date.UTC(2026, 10, 24, 0, 5))).toBe('24 Nov 2026, 00:05 UTC');
  });

  test('a share is rounded down: full uptime means that there was no downtime', () => {
    const { uptime } = formatsOf(en, 'UTC');
    expect([1, 0.99999, 0.9998, 0.999, 0, 1 - 2 ** -53].map(uptime)).toEqual([
      ...['100.00%', '99.99%', '99.98%', '99.90%', '0.00%', '100.00%'],
    ]);
    expect(formatsOf(de, 'UTC').uptime(0.9998)).toBe('99,98\u00a0%');
  });

  test('durations have the two largest units', () => {
    const { duration } = formatsOf(en, 'UTC');
    expect([45_000, 720_000, 11_100_000, 352_800_000, 86_400_000, -5].map(duration)).toEqual([
      ...['45 s', '12 min', '3 h 5 min', '4 d 2 h', '1 d', '0 s'],
    ]);
    expect(formatsOf(de, 'UTC').duration(11_100_000)).toBe('3 Std. 5 Min.');
  });

  test('days and months of a history are UTC, whatever the time zone of the page is', () => {
    const { day, month } = formatsOf(en, 'America/Los_Angeles');
    expect([day(Date.UTC(2026, 10, 1) / 86_400_000), month(Date.UTC(2026, 10, 1))]).toEqual([
      '1 Nov',
      'November 2026',
    ]);
  });
});

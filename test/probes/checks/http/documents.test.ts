import { describe, expect, test } from 'vitest';
import { inTime, words } from '../../../support/net/ask-probe.ts';
import { answering, timedRun } from '../../../support/net/http-run.ts';
import type { WebTarget } from '../../../support/net/http-server.ts';

describe('what a body holds cannot make the probe hang', () => {
  const json = (body: string): Promise<WebTarget> => answering((_, response) => response.end(body));
  const near = 1_000_000;

  test.each([
    ['nesting', '['.repeat(near / 2) + ']'.repeat(near / 2), '$..a', 'nested deeper than'],
    ['nesting, compared', '['.repeat(near / 2) + ']'.repeat(near / 2), '$[?@ == $]', 'nested deeper than'],
    ['a huge array', `[${'1,'.repeat(near / 2 - 2)}1]`, '$[?count($[*]) > 1]', 'too large for this query'],
    [
      'queries in queries',
      `[${'[1,2,3],'.repeat(10_000)}1]`,
      '$..[?count($..*) > 1]',
      'too large for this query',
    ],
    ['descent in descent', `${'[1,'.repeat(80)}1${']'.repeat(80)}`, '$..*..*..*..*', ''],
    [
      'patterns in the document',
      JSON.stringify(Array.from({ length: 500 }, () => ['a'.repeat(900), '(a?){500}a{500}b'])),
      '$[?search(@[0], @[1])]',
      '',
    ],
  ])('a body cannot make the probe hang: %s', async (_, body, path, hint) => {
    const { observation, tookMs, detail } = await timedRun(await json(body), {
      jsonPath: [{ path, exists: true }],
    });
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detail).toContain(hint);
    expect(tookMs).toBeLessThan(inTime(2_000));
  });

  test('ten queries of one check, and one pattern on very many values, take bounded time', async () => {
    const target = await json(`[${'1,'.repeat(near / 2 - 2)}1]`);
    const jsonPath = Array.from({ length: 10 }, () => ({ path: '$[?@ > 1]', exists: false }));
    const many = await timedRun(target, { jsonPath });
    expect(words(many.observation)).toBe('failed unexpected_reply');
    expect(many.tookMs).toBeLessThan(inTime(2_000));
    const texts = await json(JSON.stringify(Array.from({ length: 20_000 }, () => 'ab'.repeat(20))));
    const matches = await timedRun(texts, {
      jsonPath: [{ path: '$[*]', matches: '(?i)(a|b)[^x]{20}(ab|c)?[^y]{10,200}' }],
    });
    expect(matches.detail).toContain('too large for this query');
    expect(matches.tookMs).toBeLessThan(inTime(2_000));
  });

  test('a pattern that takes other engines exponential time takes bounded time', async () => {
    const target = await json('a'.repeat(near));
    for (const matches of ['(a+)+b', '(a|aa)+$b', '(.*a){12}b', '(?i)(a|b)[^x]{200}(ab|c)[^y]{200}z']) {
      const { observation, tookMs } = await timedRun(target, { matches });
      expect(words(observation), matches).toBe('failed unexpected_reply');
      expect(tookMs, matches).toBeLessThan(inTime(2_000));
    }
  });
});

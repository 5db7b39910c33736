// Owns the tests of numbers in JSON bodies: what equals, matches and filters compare.
import { afterEach, describe, expect, test } from 'vitest';
import { words } from '../../../support/net/ask-probe.ts';
import { answering, timedRun } from '../../../support/net/http-run.ts';
import type { WebTarget } from '../../../support/net/http-server.ts';

let target: WebTarget | undefined;
afterEach(async () => {
  await target?.close();
  target = undefined;
});

const BODY =
  '{"id":9007199254740993,"max":18446744073709551615,"huge":1e400,"price":0.10,"one":1.0,"k":1E3,"zero":-0,' +
  '"sum":0.30000000000000004,"text":"9007199254740993","plain":200,"list":[{"n":9007199254740993},{"n":5}]}';

async function judge(rule: object): Promise<string> {
  target = await answering((_, response) => response.end(BODY));
  const { observation, detail } = await timedRun(target, { jsonPath: [rule] });
  await target.close();
  return observation.outcome === 'ok' ? 'ok' : `${words(observation)}: ${detail}`;
}

describe('a number in a JSON body', () => {
  test.each<[path: string, rule: object]>([
    ['$.id', { equals: '9007199254740993' }],
    ['$.id', { matches: '^9007199254740993$' }],
    ['$.text', { equals: '9007199254740993' }],
    ['$.max', { equals: '18446744073709551615' }],
    ['$.huge', { equals: '10e399' }],
    ['$.price', { equals: 0.1 }],
    ['$.one', { equals: 1 }],
    ['$.k', { equals: 1000 }],
    ['$.zero', { equals: 0 }],
    ['$.sum', { equals: 0.30000000000000004 }],
    ['$.list[?@.n == 9007199254740993]', { exists: true }],
    ['$.list[?@.n == 9007199254740992]', { exists: false }],
    ['$.list[?@.n > 9007199254740992]', { exists: true }],
    ['$.list[?@.n >= 9007199254740994]', { exists: false }],
    ['$.list[?@.n < 10].n', { equals: 5 }],
    ['$.list[?@ == $.list[0]].n', { equals: '9007199254740993' }],
    ['$[?$.huge > 1e399]', { exists: true }],
    ['$[?$.id == $.text]', { exists: false }],
    ['$[?$.absent == $.other]', { exists: true }],
  ])('%s meets %o', async (path, rule) => {
    expect(await judge({ path, ...rule })).toBe('ok');
  });

  test.each<[path: string, equals: unknown, said: string]>([
    ['$.id', 9007199254740992, '$.id is 9007199254740993 instead of 9007199254740992'],
    ['$.id', '9007199254740992', '$.id is 9007199254740993 instead of "9007199254740992"'],
    ['$.text', 9007199254740992, '$.text is "9007199254740993" instead of 9007199254740992'],
    ['$.max', 2 ** 64, '$.max is 18446744073709551615 instead of 18446744073709552000'],
    ['$.sum', 0.3, '$.sum is 0.30000000000000004 instead of 0.3'],
    ['$.plain', '200', '$.plain is 200 instead of "200"'],
  ])('%s does not equal %s', async (path, equals, said) => {
    expect(await judge({ path, equals })).toBe(`failed unexpected_reply: ${said}`);
  });
});

// What the failing locations saw, in the explanation: grouped by cause, with the parts in which they differ left out.
import { describe, expect, test } from 'vitest';
import type { FailureCode } from '../../../probes/contract/index.ts';
import { explain } from '../../../src/engine/explain/explain.ts';
import { T0, World } from '../../support/engine/world.ts';

/** What each of six locations saw: a code and a detail, or ok. */
type Sighting = readonly [FailureCode, string?] | 'ok';

function explained(saw: readonly Sighting[]) {
  const world = new World(6);
  world.play(T0 + 180_000);
  for (const at of [190_000, 201_000]) {
    saw.forEach((one, index) => {
      const run = { monitor: 1, startedAt: T0 + at, timings: {} };
      const observation =
        one === 'ok'
          ? { ...run, outcome: 'ok' as const }
          : {
              ...run,
              outcome: 'failed' as const,
              code: one[0],
              ...(one[1] === undefined ? {} : { detail: one[1] }),
            };
      world.apply({
        ...{ kind: 'report', at: Math.max(T0 + at, world.state.at), location: index + 1 },
        ...{ askedAt: T0 + at, answeredAt: T0 + at, error: null, missedDeadline: false },
        observations: [observation],
      });
    });
  }
  return explain(world.state, 1, T0 + 202_000);
}
const why = (...saw: Sighting[]): string => explained(saw).why;

describe('explain', () => {
  test('counts what the failing locations saw, the most frequent first', () => {
    const refused = ['refused', '192.0.2.7:443 refused the connection'] as const;
    const silent = ['timeout', 'no answer from 192.0.2.7:443 within 5000 ms'] as const;
    expect(why(silent, refused, refused, silent, refused, refused)).toMatch(
      /^4 of 6 locations must fail twice in a row; 6 have failed since [\d:]+ UTC\. 4 of 6: refused the connection; 2 of 6: no answer from 192\.0\.2\.7:443 within 5000 ms\.$/,
    );
    expect(explained([silent, refused, refused, silent, refused, refused]).failures).toEqual([
      {
        code: 'refused',
        detail: '192.0.2.7:443 refused the connection',
        locations: ['aws:test-2', 'aws:test-3', 'aws:test-5', 'aws:test-6'],
      },
      {
        code: 'timeout',
        detail: 'no answer from 192.0.2.7:443 within 5000 ms',
        locations: ['aws:test-1', 'aws:test-4'],
      },
    ]);
  });

  test.each<[string, readonly string[], string]>([
    [
      'addresses',
      ['192.0.2.7:443 refused it', '192.0.2.8:443 refused it', '[2001:db8::1]:443 refused it'],
      '… refused it',
    ],
    [
      'bare IPv6 addresses',
      ['2001:db8::1 is not reachable', '2001:db8::2 is not reachable'],
      '… is not reachable',
    ],
    [
      'durations',
      ['it took 812.4 ms, more than 500 ms', 'it took 733 ms, more than 500 ms'],
      'it took …, more than 500 ms',
    ],
    ['quoted text', ['the body has "a b" in it', 'the body has "c" in it'], 'the body has … in it'],
    [
      'times and sizes',
      ['ended 2026-11-24T09:29:12.000Z after 12 bytes', 'ended 2026-11-25T09:29:12.000Z after 9 bytes'],
      'ended … after …',
    ],
  ])('leaves out the parts in which failures differ: %s', (_, details, detail) => {
    const saw = Array.from(
      { length: 6 },
      (__, index): Sighting => ['unexpected_reply', details[index % details.length]!],
    );
    expect(explained(saw).failures).toMatchObject([{ code: 'unexpected_reply', detail }]);
    expect(why(...saw)).toContain(`6 of 6: ${detail.replace(/^… /, '')}.`);
  });

  test('keeps apart what differs in its cause or in its status', () => {
    const groups = explained([
      ['unexpected_reply', 'status 503 is not 200'],
      ['unexpected_reply', 'status 502 is not 200'],
      ['timeout', 'status 503 is not 200'],
      ...Array<Sighting>(3).fill('ok'),
    ]).failures;
    expect(groups.map(({ code, detail }) => [code, detail])).toEqual([
      ['unexpected_reply', 'status 503 is not 200'],
      ['unexpected_reply', 'status 502 is not 200'],
      ['timeout', 'status 503 is not 200'],
    ]);
  });

  test('names at most three kinds of failures, and counts the others', () => {
    const saw = (['refused', 'timeout', 'reset', 'dns', 'tls', 'unreachable'] as const).map(
      (code): Sighting => [code],
    );
    expect(why(...saw)).toContain(
      '1 of 6: refused the connection; 1 of 6: timed out; 1 of 6: reset the connection; 3 of 6: other failures.',
    );
    expect(explained(saw).failures).toHaveLength(6);
  });

  test('has no failures of a monitor that no location sees fail', () => {
    const { failures, why: words } = explained(Array<Sighting>(6).fill('ok'));
    expect(failures).toEqual([]);
    expect(words).toBe('4 of 6 locations must fail twice in a row; none does.');
  });
});

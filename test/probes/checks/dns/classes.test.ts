// Owns the tests of the class CHAOS and of records that must not exist.
import { afterEach, describe, expect, test } from 'vitest';
import { checkSchema } from '../../../../probes/checks/catalogue.ts';
import type { Observation } from '../../../../probes/contract/index.ts';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import {
  type Answering,
  answered,
  type DnsServer,
  startDnsServer,
  withRcode,
} from '../../../support/net/dns-server.ts';

let server: DnsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function run(answer: Answering, check: object): Promise<Observation> {
  await server?.close();
  server = await startDnsServer(answer);
  const options = { type: 'dns', server: '127.0.0.1', port: server.port, timeoutMs: 600, ...check };
  return (await askProbe([options])).observations[0]!;
}
const detailOf = (observation: Observation): string => ('detail' in observation ? observation.detail : 'ok');
const wrong = (check: object): string | undefined =>
  checkSchema.safeParse({ type: 'dns', name: 'a.test', ...check }).error?.issues[0]?.message;

describe('the class CHAOS', () => {
  const check = { name: 'version.bind', record: 'TXT', class: 'CHAOS' };
  /** As BIND: the version in CHAOS, and nothing in IN. */
  const bind: Answering = (query) => {
    const [{ class: asked, name = '' } = {}] = query.questions ?? [];
    if (asked !== 'CH') return [withRcode(query, 5)];
    return [answered(query, [{ type: 'TXT', class: 'CH', name, data: '9.20.1' }])];
  };

  test.each(['udp', 'tcp'])('a server gives its version over %s', async (transport) => {
    expect(detailOf(await run(bind, { ...check, transport, expect: ['9.20.1'] }))).toBe('ok');
    expect(words(await run(bind, { ...check, transport, expectRcode: 'REFUSED' }))).toBe(
      'failed unexpected_reply',
    );
    expect(detailOf(await run(bind, { ...check, class: 'IN', transport, expectRcode: 'REFUSED' }))).toBe(
      'ok',
    );
  });

  test('an answer of another class is not an answer', async () => {
    const confused: Answering = (query) => {
      const [question] = query.questions ?? [];
      const questions = [{ ...question!, class: 'IN' as const }];
      return [{ ...answered(query, []), questions }];
    };
    expect(detailOf(await run(confused, check))).toContain('match no query of this run');
  });

  test('CHAOS has TXT records only', () => {
    expect(wrong({ class: 'CHAOS' })).toBe(
      'CHAOS has TXT records only. Set `"record": "TXT"`, or remove `class`.',
    );
    expect(wrong({ class: 'CH' })).toBe('`class` must be "IN" or "CHAOS".');
  });
});

describe('records that must not exist', () => {
  const check = { name: 'shop.test', expect: ['192.0.2.66', '192.0.2.67'], match: 'none' };
  const records =
    (...data: string[]): Answering =>
    (query) => [
      answered(
        query,
        data.map((address) => ({ type: 'A', name: 'shop.test', data: address })),
      ),
    ];

  test('none of the values may be a record, whatever else is', async () => {
    expect(detailOf(await run(records('192.0.2.1'), check))).toBe('ok');
    expect(detailOf(await run(records(), check))).toBe('ok');
    expect(detailOf(await run(records('192.0.2.1', '192.0.2.67'), check))).toBe(
      'A of shop.test: 192.0.2.1, 192.0.2.67; not allowed: 192.0.2.67',
    );
    expect(words(await run((query) => [withRcode(query, 3)], check))).toBe('failed unexpected_reply');
  });

  test('values are compared in their canonical form, and must be given', async () => {
    const aaaa: Answering = (query) => [
      answered(query, [{ type: 'AAAA', name: 'shop.test', data: '2001:db8::1' }]),
    ];
    const observation = await run(aaaa, { ...check, record: 'AAAA', expect: ['2001:DB8:0::1'] });
    expect(detailOf(observation)).toContain('not allowed: 2001:db8::1');
    expect(wrong({ match: 'none' })).toContain('`match` needs values to compare');
  });
});

import dgram from 'node:dgram';
import { once } from 'node:events';
import type { Answer, DecodedPacket } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { askProbe, inTime, type ProbeRun, words } from '../../../support/net/ask-probe.ts';
import {
  type Answering,
  answered,
  type DnsServer,
  startDnsServer,
  withRcode,
} from '../../../support/net/dns-server.ts';
import { factsOf } from '../../../support/net/facts.ts';
import { closedPort } from '../../../support/net/targets.ts';

const HOST = '127.0.0.1';
const NAME = 'shop.example.com';
let server: DnsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const A = (name: string, data: string): Answer => ({ type: 'A', name, data });

/** One look at a server that answers so. */
async function run(answer: Answering, check: object = {}): Promise<ProbeRun['observations'][0] & object> {
  server = await startDnsServer(answer);
  const { observations } = await askProbe([
    { type: 'dns', name: NAME, server: HOST, port: server.port, timeoutMs: 600, ...check },
  ]);
  return observations[0]!;
}
const detailOf = (seen: object): string => ('detail' in seen ? String(seen.detail) : '');
const always =
  (...answers: Answer[]): Answering =>
  (query) => [answered(query, answers)];

describe('a dns check', () => {
  test('is ok when there is a record, and says which, with the phases of the look', async () => {
    const seen = await run(always(A(NAME, '192.0.2.10'), A(NAME, '192.0.2.11')));
    expect(words(seen)).toBe('ok');
    expect(seen).toMatchObject({
      address: HOST,
      facts: [{ name: 'dns.answers', value: ['192.0.2.10', '192.0.2.11'] }],
    });
    expect(seen.timings.firstByteMs).toBeGreaterThan(0);
    expect(seen.timings.dnsMs).toBeUndefined();
    expect(server?.questions).toEqual([`udp A ${NAME}`]);
  });

  const records: [record: string, answer: Answer, value: string, written: string][] = [
    [
      'AAAA',
      { type: 'AAAA', name: NAME, data: '2001:db8:0:0:1::1' },
      '2001:db8::1:0:0:1',
      '2001:DB8::1:0:0:1',
    ],
    [
      'CNAME',
      { type: 'CNAME', name: NAME, data: 'Edge.Example.net' },
      'edge.example.net',
      'edge.example.NET.',
    ],
    [
      'MX',
      { type: 'MX', name: NAME, data: { preference: 10, exchange: 'Mail.example.com' } },
      '10 mail.example.com',
      '10  MAIL.example.com.',
    ],
    ['NS', { type: 'NS', name: NAME, data: 'ns1.example.com' }, 'ns1.example.com', 'ns1.example.com.'],
    ['TXT', { type: 'TXT', name: NAME, data: ['v=spf1 ', '-all'] }, 'v=spf1 -all', '"v=spf1 " "-all"'],
    [
      'SOA',
      {
        type: 'SOA',
        name: NAME,
        data: {
          mname: 'ns1.example.com',
          rname: 'root.example.com',
          serial: 4_000_000_000,
          refresh: 2,
          retry: 3,
          expire: 4,
          minimum: 5,
        },
      },
      'ns1.example.com root.example.com 4000000000 2 3 4 5',
      'ns1.example.com. root.example.com. 4000000000 2 3 4 5',
    ],
    [
      'SRV',
      { type: 'SRV', name: NAME, data: { priority: 1, weight: 2, port: 5060, target: 'sip.example.com' } },
      '1 2 5060 sip.example.com',
      '1 2 5060 sip.example.com',
    ],
    ['PTR', { type: 'PTR', name: NAME, data: 'host.example.com' }, 'host.example.com', 'host.example.com'],
    [
      'CAA',
      { type: 'CAA', name: NAME, data: { flags: 0, tag: 'issue', value: 'letsencrypt.org' } },
      '0 issue "letsencrypt.org"',
      '0 issue letsencrypt.org',
    ],
  ];
  test.each(records)('reads %s records as people write them', async (record, answer, value, written) => {
    const seen = await run(always(answer), { record, expect: [written] });
    expect(detailOf(seen)).toBe('');
    expect(seen).toMatchObject({ outcome: 'ok', facts: [{ name: 'dns.answers', value: [value] }] });
  });

  test('asks for the reverse name of an address', async () => {
    const reverse = (query: DecodedPacket): Answer[] => [
      { type: 'PTR', name: query.questions?.[0]?.name ?? '', data: 'host.example.com' },
    ];
    const seen = await run((query) => [answered(query, reverse(query))], {
      record: 'PTR',
      name: '192.0.2.10',
    });
    expect(words(seen)).toBe('ok');
    expect(server?.questions).toEqual(['udp PTR 10.2.0.192.in-addr.arpa']);
  });

  test('follows aliases in the answer, in any order, and not in circles', async () => {
    const alias = (name: string, data: string): Answer => ({ type: 'CNAME', name, data });
    const chain = [
      A('edge.example.net', '192.0.2.10'),
      alias('b.example.com', 'edge.example.net'),
      alias(NAME, 'B.example.com'),
    ];
    expect(words(await run(always(...chain), { expect: ['192.0.2.10'] }))).toBe('ok');
    await server?.close();
    const circle = await run(always(alias(NAME, 'b.example.com'), alias('b.example.com', NAME)));
    expect(words(circle)).toBe('failed unexpected_reply');
    await server?.close();
    // Records that nothing leads to are not believed.
    expect(words(await run(always(A('other.example.com', '192.0.2.10'))))).toBe('failed unexpected_reply');
  });

  test.each([
    ['exactly', ['192.0.2.2', '192.0.2.1'], ''],
    ['exactly', ['192.0.2.1'], 'not expected: 192.0.2.2'],
    ['exactly', ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 'missing: 192.0.2.3'],
    ['exactly', ['192.0.2.1', '192.0.2.3'], 'missing: 192.0.2.3; not expected: 192.0.2.2'],
    ['exactly', [], 'not expected: 192.0.2.1, 192.0.2.2'],
    ['all', ['192.0.2.2'], ''],
    ['all', ['192.0.2.2', '192.0.2.3'], 'missing: 192.0.2.3'],
    ['any', ['192.0.2.3', '192.0.2.1'], ''],
    ['any', ['192.0.2.3', '192.0.2.4'], 'none of 192.0.2.3, 192.0.2.4'],
    ['contains', ['0.2.1', '192.'], ''],
    ['contains', ['192.0.3'], 'missing: 192.0.3'],
  ])('compares %s %j', async (match, expected, difference) => {
    const seen = await run(always(A(NAME, '192.0.2.1'), A(NAME, '192.0.2.2')), { match, expect: expected });
    expect(words(seen)).toBe(difference === '' ? 'ok' : 'failed unexpected_reply');
    expect(factsOf(seen)['dns.answers']).toEqual(['192.0.2.1', '192.0.2.2']);
    const asked = 'A of shop.example.com: 192.0.2.1, 192.0.2.2; ';
    expect(detailOf(seen)).toBe(difference === '' ? '' : asked + difference);
  });

  test('holds an empty answer to an empty expectation', async () => {
    expect(words(await run(always(), { expect: [] }))).toBe('ok');
    await server?.close();
    const none = await run(always(), {});
    expect(none).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
    expect(detailOf(none)).toBe('A of shop.example.com: there is no such record');
  });

  test.each([
    [3, 'NXDOMAIN', 'NXDOMAIN (it does not exist)'],
    [2, 'SERVFAIL', 'SERVFAIL (the server failed)'],
    [5, 'REFUSED', 'REFUSED (the server refused)'],
    [4, undefined, 'NOTIMP'],
    [1, undefined, 'FORMERR'],
    [11, undefined, 'rcode 11'],
  ])(
    'rcode %d is ok where it is expected, and says what it is elsewhere',
    async (rcode, expectRcode, says) => {
      const seen = await run((query) => [withRcode(query, rcode)]);
      expect(words(seen)).toBe('failed unexpected_reply');
      expect(detailOf(seen)).toBe(`A of shop.example.com: the answer is ${says} instead of NOERROR`);
      if (expectRcode === undefined) return;
      await server?.close();
      expect(words(await run((query) => [withRcode(query, rcode)], { expectRcode }))).toBe('ok');
      await server?.close();
      const found = await run(always(A(NAME, '192.0.2.1')), { expectRcode });
      expect(detailOf(found)).toContain(`the answer is NOERROR (it exists) instead of ${expectRcode}`);
    },
  );

  test('a refusal without its question is a refusal', async () => {
    const seen = await run((query) => [{ ...withRcode(query, 1), questions: [] }]);
    expect(detailOf(seen)).toContain('FORMERR');
  });

  test('asks the location’s own name server where none is written', async () => {
    server = await startDnsServer(always(A(NAME, '192.0.2.1')));
    const { observations } = await askProbe([{ type: 'dns', name: NAME, timeoutMs: 600 }], {
      nameServer: `${HOST}:${server.port}`,
      // No guard stands before it: it is the network's own.
      allowLoopback: false,
    });
    expect(words(observations[0])).toBe('ok');
  });

  test('a chosen server is guarded like every target', async () => {
    const { observations } = await askProbe([{ type: 'dns', name: NAME, server: '10.0.0.1' }]);
    expect(words(observations[0])).toBe('failed forbidden_address');
  });

  test('a slow answer is a warning', async () => {
    const seen = await run(
      (query, _, turn) => (turn === 0 ? [] : [answered(query, [A(NAME, '192.0.2.1')])]),
      {
        maxLatencyMs: 100,
      },
    );
    expect(seen).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 100 }] });
  });
});

describe('over UDP', () => {
  test('one lost datagram is no failure: it asks again, with another id', async () => {
    const seen = await run((query, _, turn) => (turn === 1 ? [answered(query, [A(NAME, '192.0.2.1')])] : []));
    expect(words(seen)).toBe('ok');
    expect(server?.ids).toHaveLength(2);
    expect(new Set(server?.ids).size).toBe(2);
  });

  test('an answer to the first question is taken after the second as well', async () => {
    let first: DecodedPacket | undefined;
    const seen = await run((query, _, turn) => {
      first ??= query;
      return turn === 0 ? [] : [answered(first, [A(NAME, '192.0.2.1')])];
    });
    expect(words(seen)).toBe('ok');
  });

  test('silence is a timeout after three questions, on time', async () => {
    const startedAt = performance.now();
    const seen = await run(() => []);
    expect(seen).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    expect(performance.now() - startedAt).toBeLessThan(inTime(850));
    expect(server?.questions).toHaveLength(3);
  });

  test('nobody there is a refusal, at once', async () => {
    const { observations, tookMs } = await askProbe([
      { type: 'dns', name: NAME, server: HOST, port: await closedPort(), timeoutMs: 3_000 },
    ]);
    expect(words(observations[0])).toBe('failed refused');
    expect(tookMs).toBeLessThan(inTime(500));
  });

  test('answers to other questions are ignored, and the true one after them is taken', async () => {
    const seen = await run((query) => [
      answered(query, [A(NAME, '198.51.100.1')], { id: (query.id ?? 0) ^ 1 }),
      answered(query, [A(NAME, '198.51.100.2')], { questions: [{ type: 'A', name: 'other.example.com' }] }),
      answered(query, [A(NAME, '198.51.100.3')], { questions: [{ type: 'AAAA', name: NAME }] }),
      answered(query, [A(NAME, '198.51.100.4')], { type: 'query' }),
      Uint8Array.of(1),
      answered(query, [A(NAME, '192.0.2.1')]),
    ]);
    expect(seen).toMatchObject({ outcome: 'ok', facts: [{ name: 'dns.answers', value: ['192.0.2.1'] }] });
  });

  test('when nothing else comes they are an unexpected reply, in time', async () => {
    const seen = await run((query) =>
      Array.from({ length: 40 }, () => ({ ...withRcode(query, 0), id: (query.id ?? 0) ^ 1 })),
    );
    expect(seen).toMatchObject({ outcome: 'failed', code: 'unexpected_reply' });
    expect(detailOf(seen)).toMatch(/within 600 ms, but \d+ that belong to no question of this look$/);
  });

  test('a datagram from elsewhere is not heard', async () => {
    const stranger = dgram.createSocket('udp4');
    stranger.bind(0, HOST);
    await once(stranger, 'listening');
    const udp = dgram.createSocket('udp4');
    udp.on('message', (bytes, peer) => {
      // The right answer, but from another port than the one that was asked.
      const answer = Buffer.from(bytes);
      answer.writeUInt16BE(0x8003, 2);
      stranger.send(answer, peer.port, peer.address);
    });
    udp.bind(0, HOST);
    await once(udp, 'listening');
    const { port } = udp.address();
    const { observations } = await askProbe([
      { type: 'dns', name: NAME, server: HOST, port, timeoutMs: 300 },
    ]);
    expect(words(observations[0])).toBe('failed timeout');
    udp.close();
    stranger.close();
  });

  test('an answer that does not fit is asked for again over TCP', async () => {
    const many = Array.from({ length: 60 }, (_, at) => A(NAME, `192.0.2.${at}`));
    const seen = await run((query, transport) =>
      transport === 'udp' ? [answered(query, many.slice(0, 2), { flags: 0x0200 })] : [answered(query, many)],
    );
    expect(words(seen)).toBe('ok');
    expect(factsOf(seen)['dns.answers']).toHaveLength(60);
    expect(server?.questions).toEqual([`udp A ${NAME}`, `tcp A ${NAME}`]);
  });

  test('a failure of TCP after that says why it was asked', async () => {
    const udp = dgram.createSocket('udp4');
    udp.on('message', (bytes, peer) => {
      const answer = Buffer.from(bytes);
      answer.writeUInt16BE(0x8200, 2);
      udp.send(answer, peer.port, peer.address);
    });
    udp.bind(await closedPort(), HOST);
    await once(udp, 'listening');
    const { port } = udp.address();
    const { observations } = await askProbe([
      { type: 'dns', name: NAME, server: HOST, port, timeoutMs: 600 },
    ]);
    expect(observations[0]).toMatchObject({ outcome: 'failed', code: 'refused', phase: 'connect' });
    expect(detailOf(observations[0]!)).toContain('does not fit into a datagram, and over TCP: ');
    udp.close();
  });
});

describe('over TCP', () => {
  const tcp = { transport: 'tcp' };

  test('one question, one answer', async () => {
    const seen = await run(always(A(NAME, '192.0.2.1')), tcp);
    expect(words(seen)).toBe('ok');
    expect(seen.timings.connectMs).toBeGreaterThan(0);
    expect(server?.questions).toEqual([`tcp A ${NAME}`]);
  });

  test.each<[string, Answering, string]>([
    [
      'another id',
      (query) => [{ ...withRcode(query, 0), id: (query.id ?? 0) ^ 1 }],
      'answered another question',
    ],
    [
      'garbage',
      (query) => [Uint8Array.of((query.id ?? 0) >> 8, (query.id ?? 0) & 255, 128, 0, 7)],
      'no DNS message',
    ],
    ['an empty message', () => [new Uint8Array()], 'answered another question'],
    [
      'an answer that is cut off',
      (query) => [{ ...withRcode(query, 0), flags: 0x0200 }],
      'cut its answer off over TCP as well',
    ],
  ])('%s is an unexpected reply', async (_, answer, says) => {
    const seen = await run(answer, tcp);
    expect(words(seen)).toBe('failed unexpected_reply');
    expect(detailOf(seen)).toContain(says);
  });

  test('silence is a timeout in the reply', async () => {
    expect(await run(() => [], tcp)).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
  });
});

test('a server that answers SERVFAIL at last was heard: the canaries have no say', async () => {
  // Nobody knows the canary's name, and the first question is lost: without the answer this would be a dead network.
  server = await startDnsServer((query, _, turn) => (turn === 0 ? [] : [withRcode(query, 2)]));
  const asked = { type: 'dns', name: NAME, server: HOST, port: server.port, timeoutMs: 300 };
  const canaries = [{ host: 'canary.example.com', port: 443 }];
  const elsewhere = await startDnsServer((query) => [withRcode(query, 3)]);
  const nameServer = `${HOST}:${elsewhere.port}`;
  const heard = await askProbe([asked], { canaries, nameServer });
  expect(words(heard.observations[0])).toBe('failed unexpected_reply');
  const silent = await startDnsServer(() => []);
  const unheard = await askProbe([{ ...asked, port: silent.port }], { canaries, nameServer });
  expect(words(unheard.observations[0])).toBe('unmeasured location_offline');
  await elsewhere.close();
  await silent.close();
});

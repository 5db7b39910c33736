// Owns the tests of a dns check against a server on loopback. Longer than 300 lines, since all tests share that server.
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

/** One run of a dns check against a server that answers like this. */
async function run(answer: Answering, check: object = {}): Promise<ProbeRun['observations'][0] & object> {
  server = await startDnsServer(answer);
  const { observations } = await askProbe([
    { type: 'dns', name: NAME, server: HOST, port: server.port, timeoutMs: 600, ...check },
  ]);
  return observations[0]!;
}
const detailOf = (observation: object): string => ('detail' in observation ? String(observation.detail) : '');
const always =
  (...answers: Answer[]): Answering =>
  (query) => [answered(query, answers)];

describe('a dns check', () => {
  test('a dns check is ok if a record exists, and reports it with the phases of the run', async () => {
    const observation = await run(always(A(NAME, '192.0.2.10'), A(NAME, '192.0.2.11')));
    expect(words(observation)).toBe('ok');
    expect(observation).toMatchObject({
      address: HOST,
      facts: [{ name: 'dns.answers', value: ['192.0.2.10', '192.0.2.11'] }],
    });
    expect(observation.timings.firstByteMs).toBeGreaterThan(0);
    expect(observation.timings.dnsMs).toBeUndefined();
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
  test.each(records)(
    'a dns check compares %s records in zone-file form',
    async (record, answer, value, written) => {
      const observation = await run(always(answer), { record, expect: [written] });
      expect(detailOf(observation)).toBe('');
      expect(observation).toMatchObject({ outcome: 'ok', facts: [{ name: 'dns.answers', value: [value] }] });
    },
  );

  test('a dns check queries the reverse name of an address', async () => {
    const reverse = (query: DecodedPacket): Answer[] => [
      { type: 'PTR', name: query.questions?.[0]?.name ?? '', data: 'host.example.com' },
    ];
    const observation = await run((query) => [answered(query, reverse(query))], {
      record: 'PTR',
      name: '192.0.2.10',
    });
    expect(words(observation)).toBe('ok');
    expect(server?.questions).toEqual(['udp PTR 10.2.0.192.in-addr.arpa']);
  });

  test('a dns check follows CNAMEs of the answer in any order and not in circles', async () => {
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
    // The check ignores records that no CNAME leads to.
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
  ])('a dns check compares %s %j', async (match, expected, difference) => {
    const observation = await run(always(A(NAME, '192.0.2.1'), A(NAME, '192.0.2.2')), {
      match,
      expect: expected,
    });
    expect(words(observation)).toBe(difference === '' ? 'ok' : 'failed unexpected_reply');
    expect(factsOf(observation)['dns.answers']).toEqual(['192.0.2.1', '192.0.2.2']);
    const answer = 'A of shop.example.com: 192.0.2.1, 192.0.2.2; ';
    expect(detailOf(observation)).toBe(difference === '' ? '' : answer + difference);
  });

  test('a dns check that expects no records is ok on an empty answer', async () => {
    expect(words(await run(always(), { expect: [] }))).toBe('ok');
    await server?.close();
    const none = await run(always(), {});
    expect(none).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
    expect(detailOf(none)).toBe('A of shop.example.com: the name has no such record');
  });

  test.each([
    [3, 'NXDOMAIN', 'NXDOMAIN (it does not exist)'],
    [2, 'SERVFAIL', 'SERVFAIL (the server failed)'],
    [5, 'REFUSED', 'REFUSED (the server refused)'],
    [4, undefined, 'NOTIMP'],
    [1, undefined, 'FORMERR'],
    [11, undefined, 'rcode 11'],
  ])(
    'a dns check with rcode %d is ok if it expects the code, and otherwise names it',
    async (rcode, expectRcode, hint) => {
      const observation = await run((query) => [withRcode(query, rcode)]);
      expect(words(observation)).toBe('failed unexpected_reply');
      expect(detailOf(observation)).toBe(`A of shop.example.com: the answer is ${hint} instead of NOERROR`);
      if (expectRcode === undefined) return;
      await server?.close();
      expect(words(await run((query) => [withRcode(query, rcode)], { expectRcode }))).toBe('ok');
      await server?.close();
      const found = await run(always(A(NAME, '192.0.2.1')), { expectRcode });
      expect(detailOf(found)).toContain(`the answer is NOERROR (it exists) instead of ${expectRcode}`);
    },
  );

  test('a dns refusal without its question is a refusal', async () => {
    const observation = await run((query) => [{ ...withRcode(query, 1), questions: [] }]);
    expect(detailOf(observation)).toContain('FORMERR');
  });

  test('a dns check without a server queries the name server of the location', async () => {
    server = await startDnsServer(always(A(NAME, '192.0.2.1')));
    const { observations } = await askProbe([{ type: 'dns', name: NAME, timeoutMs: 600 }], {
      nameServer: `${HOST}:${server.port}`,
      // No guard stands before it: it is the network's own.
      allowLoopback: false,
    });
    expect(words(observations[0])).toBe('ok');
  });

  test('the address guard checks the server of a dns check like every target', async () => {
    const { observations } = await askProbe([{ type: 'dns', name: NAME, server: '10.0.0.1' }]);
    expect(words(observations[0])).toBe('failed forbidden_address');
  });

  test('a slow dns answer raises a warning', async () => {
    const observation = await run(
      (query, _, turn) => (turn === 0 ? [] : [answered(query, [A(NAME, '192.0.2.1')])]),
      {
        maxLatencyMs: 100,
      },
    );
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 100 }] });
  });
});

describe('over UDP', () => {
  test('a dns check queries again with another id after a lost datagram', async () => {
    const observation = await run((query, _, turn) =>
      turn === 1 ? [answered(query, [A(NAME, '192.0.2.1')])] : [],
    );
    expect(words(observation)).toBe('ok');
    expect(server?.ids).toHaveLength(2);
    expect(new Set(server?.ids).size).toBe(2);
  });

  test('a dns check accepts an answer to the first query after the second one', async () => {
    let first: DecodedPacket | undefined;
    const observation = await run((query, _, turn) => {
      first ??= query;
      return turn === 0 ? [] : [answered(first, [A(NAME, '192.0.2.1')])];
    });
    expect(words(observation)).toBe('ok');
  });

  test('a dns check without an answer is a timeout after three queries, on time', async () => {
    const startedAt = performance.now();
    const observation = await run(() => []);
    expect(observation).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
    expect(performance.now() - startedAt).toBeLessThan(inTime(850));
    expect(server?.questions).toHaveLength(3);
  });

  test('a dns check of a port without a listener is refused at once', async () => {
    const { observations, tookMs } = await askProbe([
      { type: 'dns', name: NAME, server: HOST, port: await closedPort(), timeoutMs: 3_000 },
    ]);
    expect(words(observations[0])).toBe('failed refused');
    expect(tookMs).toBeLessThan(inTime(500));
  });

  test('a dns check ignores answers to other questions and accepts the right one after them', async () => {
    const observation = await run((query) => [
      answered(query, [A(NAME, '198.51.100.1')], { id: (query.id ?? 0) ^ 1 }),
      answered(query, [A(NAME, '198.51.100.2')], { questions: [{ type: 'A', name: 'other.example.com' }] }),
      answered(query, [A(NAME, '198.51.100.3')], { questions: [{ type: 'AAAA', name: NAME }] }),
      answered(query, [A(NAME, '198.51.100.4')], { type: 'query' }),
      Uint8Array.of(1),
      answered(query, [A(NAME, '192.0.2.1')]),
    ]);
    expect(observation).toMatchObject({
      outcome: 'ok',
      facts: [{ name: 'dns.answers', value: ['192.0.2.1'] }],
    });
  });

  test('a dns check with only unrelated answers is an unexpected reply, on time', async () => {
    const observation = await run((query) =>
      Array.from({ length: 40 }, () => ({ ...withRcode(query, 0), id: (query.id ?? 0) ^ 1 })),
    );
    expect(observation).toMatchObject({ outcome: 'failed', code: 'unexpected_reply' });
    expect(detailOf(observation)).toMatch(/within 600 ms, except \d+ that match no query of this run$/);
  });

  test('a dns check ignores a datagram from another address', async () => {
    const stranger = dgram.createSocket('udp4');
    stranger.bind(0, HOST);
    await once(stranger, 'listening');
    const udp = dgram.createSocket('udp4');
    udp.on('message', (bytes, peer) => {
      // The right answer, but from another port than that of the server.
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

  test('a dns check queries over TCP if the answer does not fit into a datagram', async () => {
    const many = Array.from({ length: 60 }, (_, at) => A(NAME, `192.0.2.${at}`));
    const observation = await run((query, transport) =>
      transport === 'udp' ? [answered(query, many.slice(0, 2), { flags: 0x0200 })] : [answered(query, many)],
    );
    expect(words(observation)).toBe('ok');
    expect(factsOf(observation)['dns.answers']).toHaveLength(60);
    expect(server?.questions).toEqual([`udp A ${NAME}`, `tcp A ${NAME}`]);
  });

  test('a dns failure over TCP explains why the check used TCP', async () => {
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

  test('a dns check over TCP sends one query and reads one answer', async () => {
    const observation = await run(always(A(NAME, '192.0.2.1')), tcp);
    expect(words(observation)).toBe('ok');
    expect(observation.timings.connectMs).toBeGreaterThan(0);
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
      'an invalid DNS message',
    ],
    ['an empty message', () => [new Uint8Array()], 'answered another question'],
    [
      'an answer that is cut off',
      (query) => [{ ...withRcode(query, 0), flags: 0x0200 }],
      'truncated its answer over TCP as well',
    ],
  ])('a dns answer over TCP is an unexpected reply: %s', async (_, answer, hint) => {
    const observation = await run(answer, tcp);
    expect(words(observation)).toBe('failed unexpected_reply');
    expect(detailOf(observation)).toContain(hint);
  });

  test('a dns check over TCP without an answer is a timeout in the reply phase', async () => {
    expect(await run(() => [], tcp)).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'reply' });
  });
});

test('a dns server that answers SERVFAIL after a lost query has responded, so the canaries do not decide', async () => {
  // The name of the canary does not exist, and the first query is lost. Without an answer, the location would be offline.
  server = await startDnsServer((query, _, turn) => (turn === 0 ? [] : [withRcode(query, 2)]));
  const options = { type: 'dns', name: NAME, server: HOST, port: server.port, timeoutMs: 300 };
  const canaries = [{ host: 'canary.example.com', port: 443 }];
  const elsewhere = await startDnsServer((query) => [withRcode(query, 3)]);
  const nameServer = `${HOST}:${elsewhere.port}`;
  const lateAnswer = await askProbe([options], { canaries, nameServer });
  expect(words(lateAnswer.observations[0])).toBe('failed unexpected_reply');
  const silent = await startDnsServer(() => []);
  const unanswered = await askProbe([{ ...options, port: silent.port }], { canaries, nameServer });
  expect(words(unanswered.observations[0])).toBe('unmeasured location_offline');
  await elsewhere.close();
  await silent.close();
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../../probes/contract/index.ts';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import {
  type Authority,
  createAuthority,
  opensslIsMissing,
  type Pair,
} from '../../../support/net/certificates.ts';
import { startChaosProxy } from '../../../support/net/chaos-proxy.ts';
import { factsOf, textFact } from '../../../support/net/facts.ts';
import { cannedTarget, rawTarget, tlsTarget, type WebTarget } from '../../../support/net/http-server.ts';

const HOST = '127.0.0.1';
const NAMES = 'DNS:localhost,DNS:shop.localhost,IP:127.0.0.1';

describe.skipIf(opensslIsMissing())('a tls check', () => {
  let authority: Authority;
  let good: Pair;
  let target: WebTarget;
  const targets: { close(): Promise<void> }[] = [];
  const serve = async <T extends { close(): Promise<void> }>(made: Promise<T>): Promise<T> => {
    const one = await made;
    targets.push(one);
    return one;
  };

  beforeAll(async () => {
    authority = await createAuthority();
    good = await authority.issue(NAMES);
    target = await serve(tlsTarget({ ...good, ALPNProtocols: ['h2', 'http/1.1'] }));
  });
  afterAll(() => Promise.all(targets.map((one) => one.close())));

  const ask = async (check: object, to: { readonly port: number } = target): Promise<Observation> => {
    const options = { type: 'tls', host: 'localhost', port: to.port, ca: authority.ca, ...check };
    const { observations } = await askProbe([options]);
    return observations[0]!;
  };
  const detailOf = (seen: Observation): string => ('detail' in seen ? seen.detail : '');

  test('is ok with a certificate of a trusted authority, and says who it is', async () => {
    const seen = await ask({});
    expect(words(seen)).toBe('ok');
    expect(seen).not.toHaveProperty('degraded');
    expect(seen.timings.connectMs).toBeGreaterThan(0);
    expect(seen.timings.tlsMs).toBeGreaterThan(0);
    expect(seen.timings.firstByteMs).toBeUndefined();
    expect(factsOf(seen)).toMatchObject({
      'tls.protocol': 'TLSv1.3',
      'tls.subject': 'leaf 1',
      'tls.issuer': 'Test Authority',
    });
    expect(factsOf(seen)).not.toHaveProperty(['tls.alpn']);
    expect(Date.parse(textFact(seen, 'tls.validTo'))).toBeGreaterThan(Date.now());
    expect(textFact(seen, 'tls.fingerprint')).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  test.each([HOST, 'shop.localhost', 'localhost.'])('takes a certificate that names %s', async (host) => {
    expect(words(await ask({ host }))).toBe('ok');
  });

  test('the server name may be another one than the host', async () => {
    expect(words(await ask({ host: HOST, serverName: 'shop.localhost' }))).toBe('ok');
    const seen = await ask({ host: HOST, serverName: 'mail.example.com' });
    expect(words(seen)).toBe('failed tls');
    expect(detailOf(seen)).toContain(
      'the certificate is not for mail.example.com: it names localhost, shop.localhost, 127.0.0.1',
    );
    expect(seen).toHaveProperty('phase', 'tls');
  });

  test.each([
    ['expired', -30, -2, 'the certificate expired on 20'],
    ['not valid yet', 2, 30, 'the certificate is not valid yet'],
  ])('fails where the certificate is %s, and shows it', async (_, from, to, says) => {
    const one = await serve(tlsTarget(await authority.issue(NAMES, from, to)));
    const seen = await ask({}, one);
    expect(words(seen)).toBe('failed tls');
    expect(detailOf(seen)).toContain(says);
    expect(factsOf(seen)['tls.issuer']).toBe('Test Authority');
    expect(words(await ask({ ca: undefined, trust: 'any' }, one))).toBe('ok');
  });

  test('fails where nobody who is known issued the certificate', async () => {
    const seen = await ask({ ca: undefined });
    expect(words(seen)).toBe('failed tls');
    expect(detailOf(seen)).toContain("the certificate's issuer is not trusted");
    const own = await serve(tlsTarget(await authority.selfSigned(NAMES)));
    expect(detailOf(await ask({}, own))).toContain('the certificate is self-signed');
  });

  test('a self-signed certificate that is itself written as "ca" is believed', async () => {
    const pair = await authority.selfSigned(NAMES);
    expect(words(await ask({ ca: pair.cert }, await serve(tlsTarget(pair))))).toBe('ok');
  });

  test('a pinned certificate is the only one that passes, however its fingerprint is written', async () => {
    const own = await serve(tlsTarget(await authority.selfSigned(NAMES)));
    const anyone = { ca: undefined, trust: 'any' };
    const pin = textFact(await ask(anyone, own), 'tls.fingerprint');
    for (const fingerprint of [pin, pin.toLowerCase(), pin.replaceAll(':', '')])
      expect(words(await ask({ ...anyone, fingerprint }, own))).toBe('ok');
    const seen = await ask({ fingerprint: pin });
    expect(words(seen)).toBe('failed tls');
    expect(detailOf(seen)).toMatch(
      /^the certificate is another one than the pinned: its SHA-256 is [0-9A-F:]{95}$/,
    );
    // Trust and pin both count.
    expect(words(await ask({ fingerprint: pin }, own))).toBe('failed tls');
  });

  describe('warns of the end of a certificate', () => {
    let soon: WebTarget;
    beforeAll(async () => {
      soon = await serve(tlsTarget(await authority.issue(NAMES, -1, 6.5)));
    });
    test.each([
      [undefined, 7],
      [[7], 7],
      [[6, 30], 30],
      [[365, 7, 30], 7],
    ])('with thresholds %j', async (certificateDays, limit) => {
      const seen = await ask({ certificateDays }, soon);
      const date = textFact(seen, 'tls.validTo').slice(0, 10);
      const detail = `the certificate expires in 6 days, on ${date}`;
      expect(seen).toMatchObject({ outcome: 'ok', degraded: [{ code: 'certificate', limit, detail }] });
    });
    test.each([[[]], [[6]], [[3, 1]]])('and not with %j', async (certificateDays) => {
      expect(await ask({ certificateDays }, soon)).not.toHaveProperty('degraded');
    });
  });

  test('slow handshakes are a warning', async () => {
    const seen = await ask({ maxLatencyMs: 1 });
    expect(seen).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 1 }] });
    const { connectMs = 0, tlsMs = 0 } = seen.timings;
    const [, said] = /took ([\d.]+) ms/.exec(JSON.stringify(seen)) ?? [];
    expect(Math.abs(Number(said) - connectMs - tlsMs)).toBeLessThan(5);
    expect(await ask({ maxLatencyMs: 15_000 })).not.toHaveProperty('degraded');
  });

  test('agrees on a protocol, or fails', async () => {
    expect(factsOf(await ask({ alpn: ['acme/1', 'http/1.1'] }))['tls.alpn']).toBe('http/1.1');
    const seen = await ask({ alpn: ['acme/1'] });
    expect(words(seen)).toBe('failed tls');
    expect(detailOf(seen)).toContain('none of the protocols acme/1');
    const deaf = await serve(tlsTarget(good));
    expect(detailOf(await ask({ alpn: ['h2'] }, deaf))).toBe(
      'the server agreed on no protocol instead of h2',
    );
  });

  test('speaks the versions it is told to', async () => {
    const old = await serve(
      tlsTarget({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    );
    const seen = await ask({}, old);
    expect(words(seen)).toBe('failed tls');
    expect(detailOf(seen)).toContain('none of the requested TLS versions');
    const spoken = await ask({ minVersion: 'TLSv1' }, old);
    expect(factsOf(spoken)['tls.protocol']).toBe('TLSv1.1');
    expect(factsOf(await ask({ maxVersion: 'TLSv1.2' }))['tls.protocol']).toBe('TLSv1.2');
  });

  const garbage = Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7_919) % 251));
  test.each<[string, string | Uint8Array]>([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['garbage', garbage],
    ['a record that is too long', Buffer.from([22, 3, 3, 255, 255, ...garbage])],
    ['an empty record', Buffer.from([22, 3, 3, 0, 0])],
    ['a fatal alert', Buffer.from([21, 3, 3, 0, 2, 2, 40])],
    ['a server hello of nothing', Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0])],
    ['application data', Buffer.from([23, 3, 3, 0, 5, 1, 2, 3, 4, 5])],
  ])('fails in the TLS phase where the server says %s', async (_, bytes) => {
    const seen = await ask({ timeoutMs: 1_000 }, await serve(cannedTarget(bytes)));
    expect(words(seen)).toBe('failed tls');
    expect(seen).toHaveProperty('phase', 'tls');
    expect(detailOf(seen)).toMatch(
      /^127\.0\.0\.1:\d+ (does not use TLS|failed the TLS handshake|refused the TLS handshake|ended the connection)/,
    );
  });

  test.each([0, 1, 60, 400])(
    'fails by its timeout where the handshake stops after %d bytes',
    async (bytes) => {
      const proxy = await serve(startChaosProxy(target.port));
      proxy.inject({ kind: 'stall', afterBytes: bytes });
      const seen = await ask({ timeoutMs: 300 }, proxy);
      expect(seen.timings.totalMs).toBeLessThan(550);
      expect(words(seen)).toBe('failed timeout');
      expect(seen).toHaveProperty('phase', 'tls');
      expect(detailOf(seen)).toContain('did not finish the TLS handshake within 300 ms');
    },
  );

  test('tells a reset from an end in the middle of the handshake', async () => {
    const proxy = await serve(startChaosProxy(target.port));
    proxy.inject({ kind: 'reset', afterBytes: 60 });
    expect(words(await ask({}, proxy))).toBe('failed reset');
    proxy.inject({ kind: 'end', afterBytes: 60 });
    const seen = await ask({}, proxy);
    expect(words(seen)).toBe('failed tls');
    expect(detailOf(seen)).toContain('ended the connection in the middle of the TLS handshake');
  });

  test('an endless flood of bytes ends soon, without memory', async () => {
    const flood = await serve(
      rawTarget((socket) => {
        const pour = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 22)));
        };
        socket.on('drain', pour);
        pour();
      }),
    );
    expect(words(await ask({ timeoutMs: 1_000 }, flood))).toBe('failed tls');
  });

  test('says what was done in a trace', async () => {
    const { observations } = await askProbe(
      [{ type: 'tls', host: 'localhost', port: target.port, ca: authority.ca }],
      { trace: true },
    );
    const lines = observations[0]?.trace?.map(({ text }) => text) ?? [];
    expect(lines).toContain('starting TLS for localhost');
    expect(lines.some((line) => line.startsWith('TLSv1.3 TLS_'))).toBe(true);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../../probes/contract/index.ts';
import { because } from '../../../support/missing-program.ts';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import { type Authority, createAuthority, noOpenssl, type Pair } from '../../../support/net/certificates.ts';
import { startChaosProxy } from '../../../support/net/chaos-proxy.ts';
import { factsOf, textFact } from '../../../support/net/facts.ts';
import { cannedTarget, rawTarget, tlsTarget, type WebTarget } from '../../../support/net/http-server.ts';

const HOST = '127.0.0.1';
const NAMES = 'DNS:localhost,DNS:shop.localhost,IP:127.0.0.1';

describe.skipIf(noOpenssl !== null)(`a tls check${because(noOpenssl)}`, () => {
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
  const detailOf = (observation: Observation): string => ('detail' in observation ? observation.detail : '');

  test('a tls check is ok with a certificate of a trusted authority, and reports it', async () => {
    const observation = await ask({});
    expect(words(observation)).toBe('ok');
    expect(observation).not.toHaveProperty('degraded');
    expect(observation.timings.connectMs).toBeGreaterThan(0);
    expect(observation.timings.tlsMs).toBeGreaterThan(0);
    expect(observation.timings.firstByteMs).toBeUndefined();
    expect(factsOf(observation)).toMatchObject({
      'tls.protocol': 'TLSv1.3',
      'tls.subject': 'leaf 1',
      'tls.issuer': 'Test Authority',
      'tls.names': ['localhost', 'shop.localhost', '127.0.0.1'],
    });
    expect(factsOf(observation)).not.toHaveProperty(['tls.alpn']);
    expect(Date.parse(textFact(observation, 'tls.validTo'))).toBeGreaterThan(Date.now());
    expect(textFact(observation, 'tls.fingerprint')).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  test.each([HOST, 'shop.localhost', 'localhost.'])(
    'a tls check accepts a certificate that names %s',
    async (host) => {
      expect(words(await ask({ host }))).toBe('ok');
    },
  );

  test('the server name of a tls check may differ from the host', async () => {
    expect(words(await ask({ host: HOST, serverName: 'shop.localhost' }))).toBe('ok');
    const observation = await ask({ host: HOST, serverName: 'mail.example.com' });
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain(
      'the certificate is not for mail.example.com: it names localhost, shop.localhost, 127.0.0.1',
    );
    expect(observation).toHaveProperty('phase', 'tls');
  });

  test.each([
    ['expired', -30, -2, 'the certificate expired on 20'],
    ['not valid yet', 2, 30, 'the certificate is not valid yet'],
  ])('a tls check fails if the certificate is %s, and reports it', async (_, from, to, hint) => {
    const one = await serve(tlsTarget(await authority.issue(NAMES, from, to)));
    const observation = await ask({}, one);
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain(hint);
    expect(factsOf(observation)['tls.issuer']).toBe('Test Authority');
    expect(words(await ask({ ca: undefined, trust: 'any' }, one))).toBe('ok');
  });

  test('a tls check fails if the issuer of the certificate is unknown', async () => {
    const observation = await ask({ ca: undefined });
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain("the certificate's issuer is not trusted");
    const own = await serve(tlsTarget(await authority.selfSigned(NAMES)));
    expect(detailOf(await ask({}, own))).toContain('the certificate is self-signed');
  });

  test('a tls check trusts a self-signed certificate that is its own ca', async () => {
    const pair = await authority.selfSigned(NAMES);
    expect(words(await ask({ ca: pair.cert }, await serve(tlsTarget(pair))))).toBe('ok');
  });

  test('a tls check accepts only the pinned certificate, in every spelling of the fingerprint', async () => {
    const own = await serve(tlsTarget(await authority.selfSigned(NAMES)));
    const anyone = { ca: undefined, trust: 'any' };
    const pin = textFact(await ask(anyone, own), 'tls.fingerprint');
    for (const fingerprint of [pin, pin.toLowerCase(), pin.replaceAll(':', '')])
      expect(words(await ask({ ...anyone, fingerprint }, own))).toBe('ok');
    const observation = await ask({ fingerprint: pin });
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toMatch(
      /^the certificate is not the pinned one: its SHA-256 is [0-9A-F:]{95}$/,
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
    ])('a tls check warns of expiry with thresholds %j', async (certificateDays, limit) => {
      const observation = await ask({ certificateDays }, soon);
      const date = textFact(observation, 'tls.validTo').slice(0, 10);
      const detail = `the certificate expires in 6 days, on ${date}`;
      expect(observation).toMatchObject({
        outcome: 'ok',
        degraded: [{ code: 'certificate', limit, detail }],
      });
    });
    test.each([[[]], [[6]], [[3, 1]]])(
      'a tls check does not warn of expiry with thresholds %j',
      async (certificateDays) => {
        expect(await ask({ certificateDays }, soon)).not.toHaveProperty('degraded');
      },
    );
  });

  test('slow tls handshakes raise a warning', async () => {
    const observation = await ask({ maxLatencyMs: 1 });
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'latency', limit: 1 }] });
    const { connectMs = 0, tlsMs = 0 } = observation.timings;
    const [, said] = /took ([\d.]+) ms/.exec(JSON.stringify(observation)) ?? [];
    expect(Math.abs(Number(said) - connectMs - tlsMs)).toBeLessThan(5);
    expect(await ask({ maxLatencyMs: 15_000 })).not.toHaveProperty('degraded');
  });

  test('a tls check agrees on a protocol or fails', async () => {
    expect(factsOf(await ask({ alpn: ['acme/1', 'http/1.1'] }))['tls.alpn']).toBe('http/1.1');
    const observation = await ask({ alpn: ['acme/1'] });
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain('none of the protocols acme/1');
    const deaf = await serve(tlsTarget(good));
    expect(detailOf(await ask({ alpn: ['h2'] }, deaf))).toBe(
      'the server agreed on no protocol instead of h2',
    );
  });

  test('a tls check offers the given versions only', async () => {
    const old = await serve(
      tlsTarget({ ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    );
    const observation = await ask({}, old);
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain('none of the requested TLS versions');
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
  ])('a tls check fails in the TLS phase if the server sends %s', async (_, bytes) => {
    const observation = await ask({ timeoutMs: 1_000 }, await serve(cannedTarget(bytes)));
    expect(words(observation)).toBe('failed tls');
    expect(observation).toHaveProperty('phase', 'tls');
    expect(detailOf(observation)).toMatch(
      /^127\.0\.0\.1:\d+ (does not use TLS|failed the TLS handshake|refused the TLS handshake|ended the connection)/,
    );
  });

  test.each([0, 1, 60, 400])(
    'a tls check fails by its timeout if the handshake stops after %d bytes',
    async (bytes) => {
      const proxy = await serve(startChaosProxy(target.port));
      proxy.inject({ kind: 'stall', afterBytes: bytes });
      const observation = await ask({ timeoutMs: 300 }, proxy);
      expect(observation.timings.totalMs).toBeLessThan(550);
      expect(words(observation)).toBe('failed timeout');
      expect(observation).toHaveProperty('phase', 'tls');
      expect(detailOf(observation)).toContain('did not finish the TLS handshake within 300 ms');
    },
  );

  test('a tls check distinguishes a reset from an end during the handshake', async () => {
    const proxy = await serve(startChaosProxy(target.port));
    proxy.inject({ kind: 'reset', afterBytes: 60 });
    expect(words(await ask({}, proxy))).toBe('failed reset');
    proxy.inject({ kind: 'end', afterBytes: 60 });
    const observation = await ask({}, proxy);
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain('ended the connection in the middle of the TLS handshake');
  });

  test('a tls check of an endless flood of bytes ends soon and with little memory', async () => {
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

  test('the trace of a tls check shows the handshake', async () => {
    const { observations } = await askProbe(
      [{ type: 'tls', host: 'localhost', port: target.port, ca: authority.ca }],
      { trace: true },
    );
    const lines = observations[0]?.trace?.map(({ text }) => text) ?? [];
    expect(lines).toContain('starting TLS for localhost');
    expect(lines.some((line) => line.startsWith('TLSv1.3 TLS_'))).toBe(true);
  });
});

import http2 from 'node:http2';
import { describe, expect, test } from 'vitest';
import { because } from '../../../support/missing-program.ts';
import { words } from '../../../support/net/ask-probe.ts';
import { createAuthority, noOpenssl } from '../../../support/net/certificates.ts';
import { factsOf } from '../../../support/net/facts.ts';
import { detailOf, run, serve } from '../../../support/net/http-run.ts';
import { cannedTarget, corruptingTarget, httpsTarget } from '../../../support/net/http-server.ts';

describe.skipIf(noOpenssl !== null)(`an https check${because(noOpenssl)}`, () => {
  test('an https check reports the certificate, warns of its expiry, and trusts no other authority', async () => {
    const authority = await createAuthority();
    const pair = await authority.issue('DNS:localhost,DNS:shop.localhost', -1, 2.5);
    const { port } = await serve(
      httpsTarget(pair, (request, response) => response.end(request.headers.host)),
    );
    const url = `https://localhost:${port}/`;
    const observation = await run(port, { url, ca: authority.ca });
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'certificate', limit: 3 }] });
    expect(JSON.stringify(observation)).toContain('the certificate of localhost expires in 2 days, on 20');
    expect(factsOf(observation)).toMatchObject({
      'http.status': 200,
      'tls.issuer': 'Test Authority',
      'tls.alpn': 'http/1.1',
    });
    expect(observation.timings.tlsMs).toBeGreaterThan(0);
    const distrusted = await run(port, { url });
    expect(distrusted).toMatchObject({
      outcome: 'failed',
      code: 'tls',
      phase: 'tls',
    });
    expect(factsOf(distrusted)['tls.subject']).toBe('leaf 1');
    expect(words(await run(port, { url, trust: 'any', certificateDays: [] }))).toBe('ok');
    // The virtual host of the host header is the one whose certificate counts.
    const host = { url: `https://127.0.0.1:${port}/`, ca: authority.ca, contains: 'shop.localhost' };
    expect(words(await run(port, { ...host, headers: { host: 'shop.localhost' } }))).toBe('ok');
    expect(words(await run(port, host))).toBe('failed tls');
  });

  test('an https check fails as tls if the server requires a client certificate after the handshake', async () => {
    const authority = await createAuthority();
    const pair = await authority.issue('DNS:localhost');
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const wanting = { ...pair, requestCert: true, ca: authority.ca, maxVersion };
      const { port } = await serve(httpsTarget(wanting, (_, response) => response.end()));
      const observation = await run(port, { url: `https://localhost:${port}/`, ca: authority.ca });
      expect(words(observation), maxVersion).toBe('failed tls');
      expect(detailOf(observation), maxVersion).toMatch(/client certificate/);
    }
  });

  test('an https check fails as tls if the encrypted response is corrupted', async () => {
    const authority = await createAuthority();
    const pair = await authority.issue('DNS:localhost');
    const behind = await serve(httpsTarget(pair, (_, response) => response.end('x'.repeat(50_000))));
    const fault = await serve(corruptingTarget(behind.port, 20_000));
    const observation = await run(fault.port, { url: `https://localhost:${fault.port}/`, ca: authority.ca });
    expect(words(observation)).toBe('failed tls');
    expect(observation).toHaveProperty('phase', 'reply');
  });

  test('an https check fails on a server with HTTP/2 only, and on one without TLS', async () => {
    const authority = await createAuthority();
    const pair = await authority.issue('DNS:localhost');
    const server = http2.createSecureServer({ ...pair, allowHTTP1: false });
    server.on('sessionError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as { port: number };
    const observation = await run(port, { url: `https://localhost:${port}/`, ca: authority.ca });
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain('supports none of the protocols http/1.1');
    server.close();
    const plain = await serve(cannedTarget('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(detailOf(await run(plain.port, { url: `https://localhost:${plain.port}/` }))).toContain(
      'does not use TLS',
    );
  });
});

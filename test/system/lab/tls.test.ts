import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { type Authority, createAuthority } from '../../support/net/certificates.ts';
import { factsOf, textFact } from '../../support/net/facts.ts';
import { type Folder, makeFolder } from './folder.ts';
import { because, labProblem } from './packages.ts';
import { type Certificate, makeCertificate } from './servers/certificate.ts';
import { type Nginx, startNginx } from './servers/nginx.ts';

const problem = labProblem('nginx', 'openssl');

let folder: Folder | undefined;
let authority: Authority;
let certificate: Certificate;
let nginx: Nginx | undefined;
beforeAll(async () => {
  if (problem !== null) return;
  folder = makeFolder();
  authority = await createAuthority();
  certificate = await makeCertificate(authority, folder.path, 'shop.localhost', 90);
  const soon = await makeCertificate(authority, folder.path, 'soon.localhost', 2);
  const late = await makeCertificate(authority, folder.path, 'late.localhost', -1);
  nginx = await startNginx(folder.path, [certificate, soon, late]);
});
afterAll(async () => {
  await nginx?.close();
  folder?.remove();
});

/** Of the shop, by an authority that is believed, where the options say nothing else. */
async function run(options: object): Promise<Observation> {
  const defaults = { type: 'tls', host: 'shop.localhost', port: nginx?.tlsPort, ca: authority.ca };
  const { observations } = await askProbe([{ ...defaults, ...options }]);
  return observations[0]!;
}

describe.skipIf(problem !== null)(`a tls check of nginx${because(problem)}`, () => {
  test('is ok, with the session and the certificate as openssl knows them', async () => {
    const seen = await run({});
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
    expect(factsOf(seen)).toMatchObject({
      'tls.protocol': 'TLSv1.3',
      'tls.issuer': expect.stringContaining('Test Authority'),
      'tls.fingerprint': certificate.fingerprint,
    });
    const timeOf = (name: string): number => Date.parse(textFact(seen, name));
    expect(Math.abs(timeOf('tls.validTo') - timeOf('tls.validFrom') - 92 * 86_400_000)).toBeLessThanOrEqual(
      1_000,
    );
    expect(seen.timings.tlsMs).toBeGreaterThan(0);
  });

  test('speaks the newest version that it may', async () => {
    expect(factsOf(await run({ maxVersion: 'TLSv1.2' }))['tls.protocol']).toBe('TLSv1.2');
    const old = await run({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
    expect(old).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('agrees on a protocol, or fails', async () => {
    expect(factsOf(await run({ alpn: ['h2', 'http/1.1'] }))['tls.alpn']).toBe('h2');
    expect(factsOf(await run({ alpn: ['http/1.1'] }))['tls.alpn']).toBe('http/1.1');
    expect(words(await run({ alpn: ['xmpp-client'] }))).toBe('failed tls');
  });

  test('asks for the name, and fails when the certificate is for another', async () => {
    expect(words(await run({ host: '127.0.0.1', serverName: 'shop.localhost' }))).toBe('ok');
    expect(words(await run({ host: '127.0.0.1' })), 'the certificate has the address, too').toBe('ok');
    const seen = await run({ serverName: 'bank.localhost' });
    expect(seen).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('fails when nobody vouches for the certificate, unless any will do', async () => {
    expect(words(await run({ ca: undefined }))).toBe('failed tls');
    expect(words(await run({ ca: undefined, trust: 'any' }))).toBe('ok');
  });

  test('fails when the certificate has expired, and warns when it soon will have', async () => {
    expect(words(await run({ host: 'late.localhost' }))).toBe('failed tls');
    const seen = await run({ host: 'soon.localhost' });
    expect(seen).toMatchObject({ outcome: 'ok', degraded: [{ code: 'certificate', limit: 3 }] });
  });

  test('holds the certificate against the pinned one', async () => {
    expect(words(await run({ fingerprint: certificate.fingerprint }))).toBe('ok');
    expect(words(await run({ fingerprint: 'AB'.repeat(32) }))).toBe('failed tls');
  });

  test('fails on a port that speaks no TLS', async () => {
    expect(words(await run({ port: nginx?.port }))).toBe('failed tls');
  });
});

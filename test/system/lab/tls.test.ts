import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { because } from '../../support/missing-program.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { type Authority, createAuthority } from '../../support/net/certificates.ts';
import { factsOf, textFact } from '../../support/net/facts.ts';
import { type Folder, makeFolder } from './folder.ts';
import { labProblem } from './packages.ts';
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

/** By default of the shop, with its authority as trusted CA. */
async function run(options: object): Promise<Observation> {
  const defaults = { type: 'tls', host: 'shop.localhost', port: nginx?.tlsPort, ca: authority.ca };
  const { observations } = await askProbe([{ ...defaults, ...options }]);
  return observations[0]!;
}

describe.skipIf(problem !== null)(`a tls check of nginx${because(problem)}`, () => {
  test('a tls check is ok, with session and certificate as openssl prints them', async () => {
    const observation = await run({});
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
    expect(factsOf(observation)).toMatchObject({
      'tls.protocol': 'TLSv1.3',
      'tls.issuer': expect.stringContaining('Test Authority'),
      'tls.fingerprint': certificate.fingerprint,
    });
    const timeOf = (name: string): number => Date.parse(textFact(observation, name));
    expect(Math.abs(timeOf('tls.validTo') - timeOf('tls.validFrom') - 92 * 86_400_000)).toBeLessThanOrEqual(
      1_000,
    );
    expect(observation.timings.tlsMs).toBeGreaterThan(0);
  });

  test('a tls check uses the newest version that its options allow', async () => {
    expect(factsOf(await run({ maxVersion: 'TLSv1.2' }))['tls.protocol']).toBe('TLSv1.2');
    const old = await run({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
    expect(old).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('a tls check negotiates a protocol, or fails', async () => {
    expect(factsOf(await run({ alpn: ['h2', 'http/1.1'] }))['tls.alpn']).toBe('h2');
    expect(factsOf(await run({ alpn: ['http/1.1'] }))['tls.alpn']).toBe('http/1.1');
    expect(words(await run({ alpn: ['xmpp-client'] }))).toBe('failed tls');
  });

  test('a tls check sends the name, and fails on a certificate for another name', async () => {
    expect(words(await run({ host: '127.0.0.1', serverName: 'shop.localhost' }))).toBe('ok');
    expect(words(await run({ host: '127.0.0.1' })), 'the certificate has the address, too').toBe('ok');
    const observation = await run({ serverName: 'bank.localhost' });
    expect(observation).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('a tls check fails if the issuer is not trusted, unless it trusts any', async () => {
    expect(words(await run({ ca: undefined }))).toBe('failed tls');
    expect(words(await run({ ca: undefined, trust: 'any' }))).toBe('ok');
  });

  test('a tls check fails on an expired certificate, and warns of one that expires soon', async () => {
    expect(words(await run({ host: 'late.localhost' }))).toBe('failed tls');
    const observation = await run({ host: 'soon.localhost' });
    expect(observation).toMatchObject({ outcome: 'ok', degraded: [{ code: 'certificate', limit: 3 }] });
  });

  test('a tls check compares the certificate with the pinned one', async () => {
    expect(words(await run({ fingerprint: certificate.fingerprint }))).toBe('ok');
    expect(words(await run({ fingerprint: 'AB'.repeat(32) }))).toBe('failed tls');
  });

  test('a tls check fails on a port without TLS', async () => {
    expect(words(await run({ port: nginx?.port }))).toBe('failed tls');
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { type Authority, createAuthority } from '../../support/net/certificates.ts';
import { factsOf } from '../../support/net/facts.ts';
import { type Folder, makeFolder } from './folder.ts';
import { because, labProblem } from './packages.ts';
import { makeCertificate } from './servers/certificate.ts';
import { type Nginx, startNginx, TOKEN } from './servers/nginx.ts';

const problem = labProblem('nginx', 'openssl');

let folder: Folder | undefined;
let authority: Authority;
let nginx: Nginx | undefined;
beforeAll(async () => {
  if (problem !== null) return;
  folder = makeFolder();
  authority = await createAuthority();
  const certificate = await makeCertificate(authority, folder.path, 'shop.localhost', 90);
  nginx = await startNginx(folder.path, [certificate]);
});
afterAll(async () => {
  await nginx?.close();
  folder?.remove();
});

const plain = (path: string): string => `http://shop.localhost:${nginx?.port}${path}`;
const secure = (path: string): string => `https://shop.localhost:${nginx?.tlsPort}${path}`;

async function run(options: object): Promise<Observation> {
  const { observations } = await askProbe([{ type: 'http', ...options }]);
  return observations[0]!;
}

describe.skipIf(problem !== null)(`an http check of nginx${because(problem)}`, () => {
  test('is ok on 200, with its phases', async () => {
    const seen = await run({ url: plain('/'), contains: 'Open all day' });
    expect(seen, JSON.stringify(seen)).toMatchObject({
      outcome: 'ok',
      address: '127.0.0.1',
    });
    expect(factsOf(seen)).toEqual({ 'http.status': 200, 'http.redirects': 0 });
    const { dnsMs, connectMs, tlsMs, firstByteMs, totalMs } = seen.timings;
    for (const phase of [dnsMs, connectMs, firstByteMs]) expect(phase).toBeGreaterThan(0);
    expect(tlsMs).toBeUndefined();
    expect(totalMs).toBeGreaterThanOrEqual((connectMs ?? 0) + (firstByteMs ?? 0));
  });

  test('is ok over https on a server that prefers HTTP/2, with the facts of the session', async () => {
    const seen = await run({ url: secure('/'), ca: authority.ca, contains: 'Open all day' });
    expect(seen.outcome).toBe('ok');
    expect(factsOf(seen)).toMatchObject({
      'http.status': 200,
      'tls.protocol': 'TLSv1.3',
      'tls.alpn': 'http/1.1',
    });
    expect(seen.timings.tlsMs).toBeGreaterThan(0);
  });

  test('fails in the phase of TLS when nobody vouches for the certificate', async () => {
    expect(await run({ url: secure('/') })).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('follows redirects, from http to https too, and counts them', async () => {
    expect(factsOf(await run({ url: plain('/old') }))).toEqual({ 'http.status': 200, 'http.redirects': 1 });
    const seen = await run({ url: plain('/secure'), ca: authority.ca });
    expect(factsOf(seen)).toMatchObject({
      'http.status': 200,
      'http.redirects': 1,
      'tls.alpn': 'http/1.1',
    });
  });

  test('follows none where none is wanted', async () => {
    const seen = await run({ url: plain('/old'), redirects: 0, status: [301] });
    expect(factsOf(seen)).toEqual({ 'http.status': 301, 'http.redirects': 0 });
  });

  test('fails on a redirect to the metadata of a cloud, without going there', async () => {
    expect(words(await run({ url: plain('/metadata') }))).toBe('failed forbidden_address');
  });

  test('fails on redirects in a circle', async () => {
    expect(words(await run({ url: plain('/around') }))).toBe('failed unexpected_reply');
  });

  test('fails on 404 and 500, and keeps what came back', async () => {
    const missing = await run({ url: plain('/none') });
    expect(missing).toMatchObject({
      outcome: 'failed',
      code: 'unexpected_reply',
      phase: 'reply',
      response: { status: 404, headers: { server: expect.stringContaining('nginx') } },
    });
    const broken = await run({ url: plain('/broken') });
    expect(broken).toMatchObject({
      outcome: 'failed',
      code: 'unexpected_reply',
      response: { status: 500, body: 'the database is away\n' },
    });
    expect(factsOf(broken)['http.status']).toBe(500);
  });

  test('reads a body that is compressed, as text and as JSON', async () => {
    const seen = await run({
      url: plain('/status.json'),
      headers: { 'accept-encoding': 'gzip' },
      contains: '"status":"ok"',
      jsonPath: [{ path: '$.status', equals: 'ok' }],
    });
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
  });

  test('says who is asking', async () => {
    expect(words(await run({ url: plain('/agent'), contains: 'probemesh' }))).toBe('ok');
  });

  test('sends a secret where it belongs, and shows it nowhere', async () => {
    const options = { url: plain('/private'), headers: { authorization: 'Bearer {{token}}' } };
    const welcome = await run({ ...options, secrets: { token: TOKEN } });
    expect(words(welcome), JSON.stringify(welcome)).toBe('ok');
    const refused = await run({ ...options, secrets: { token: 'another-token' } });
    expect(refused).toMatchObject({ outcome: 'failed', response: { status: 401 } });
    expect(JSON.stringify([welcome, refused])).not.toMatch(/another-token|a-token-of-the-lab/);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { because } from '../../support/missing-program.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { type Authority, createAuthority } from '../../support/net/certificates.ts';
import { factsOf } from '../../support/net/facts.ts';
import { type Folder, makeFolder } from './folder.ts';
import { labProblem } from './packages.ts';
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
  test('an http check is ok on 200, with its phases', async () => {
    const observation = await run({ url: plain('/'), contains: 'Open all day' });
    expect(observation, JSON.stringify(observation)).toMatchObject({
      outcome: 'ok',
      address: '127.0.0.1',
    });
    expect(factsOf(observation)).toEqual({ 'http.status': 200, 'http.redirects': 0 });
    const { dnsMs, connectMs, tlsMs, firstByteMs, totalMs } = observation.timings;
    for (const phase of [dnsMs, connectMs, firstByteMs]) expect(phase).toBeGreaterThan(0);
    expect(tlsMs).toBeUndefined();
    expect(totalMs).toBeGreaterThanOrEqual((connectMs ?? 0) + (firstByteMs ?? 0));
  });

  test('an http check is ok over https on a server that prefers HTTP/2, with the facts of the session', async () => {
    const observation = await run({ url: secure('/'), ca: authority.ca, contains: 'Open all day' });
    expect(observation.outcome).toBe('ok');
    expect(factsOf(observation)).toMatchObject({
      'http.status': 200,
      'tls.protocol': 'TLSv1.3',
      'tls.alpn': 'http/1.1',
    });
    expect(observation.timings.tlsMs).toBeGreaterThan(0);
  });

  test('an http check fails in the tls phase if the issuer of the certificate is not trusted', async () => {
    expect(await run({ url: secure('/') })).toMatchObject({ outcome: 'failed', code: 'tls', phase: 'tls' });
  });

  test('an http check follows redirects, also from http to https, and counts them', async () => {
    expect(factsOf(await run({ url: plain('/old') }))).toEqual({ 'http.status': 200, 'http.redirects': 1 });
    const observation = await run({ url: plain('/secure'), ca: authority.ca });
    expect(factsOf(observation)).toMatchObject({
      'http.status': 200,
      'http.redirects': 1,
      'tls.alpn': 'http/1.1',
    });
  });

  test('an http check with redirects: 0 follows none', async () => {
    const observation = await run({ url: plain('/old'), redirects: 0, status: [301] });
    expect(factsOf(observation)).toEqual({ 'http.status': 301, 'http.redirects': 0 });
  });

  test('an http check fails on a redirect to a cloud metadata address, without a connection to it', async () => {
    expect(words(await run({ url: plain('/metadata') }))).toBe('failed forbidden_address');
  });

  test('an http check fails on a redirect loop', async () => {
    expect(words(await run({ url: plain('/around') }))).toBe('failed unexpected_reply');
  });

  test('an http check fails on 404 and 500, and keeps the response', async () => {
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

  test('an http check reads a compressed body, as text and as JSON', async () => {
    const observation = await run({
      url: plain('/status.json'),
      headers: { 'accept-encoding': 'gzip' },
      contains: '"status":"ok"',
      jsonPath: [{ path: '$.status', equals: 'ok' }],
    });
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
  });

  test('an http check sends its user agent', async () => {
    expect(words(await run({ url: plain('/agent'), contains: 'probemesh' }))).toBe('ok');
  });

  test('an http check sends a secret in its header, and reports it nowhere', async () => {
    const options = { url: plain('/private'), headers: { authorization: 'Bearer {{token}}' } };
    const welcome = await run({ ...options, secrets: { token: TOKEN } });
    expect(words(welcome), JSON.stringify(welcome)).toBe('ok');
    const refused = await run({ ...options, secrets: { token: 'another-token' } });
    expect(refused).toMatchObject({ outcome: 'failed', response: { status: 401 } });
    expect(JSON.stringify([welcome, refused])).not.toMatch(/another-token|a-token-of-the-lab/);
  });
});

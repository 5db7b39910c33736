// Owns the tests of the warning of a certificate above the server's own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../../probes/contract/index.ts';
import { because } from '../../../support/missing-program.ts';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import {
  AUTHORITY,
  type Authority,
  createAuthority,
  issueFrom,
  noOpenssl,
  type Pair,
  SERVER,
} from '../../../support/net/certificates.ts';
import { factsOf } from '../../../support/net/facts.ts';
import { httpsTarget, tlsTarget, type WebTarget } from '../../../support/net/http-server.ts';

describe.skipIf(noOpenssl !== null)(`the chain of a certificate${because(noOpenssl)}`, () => {
  let authority: Authority;
  let root: Pair;
  const targets: WebTarget[] = [];
  beforeAll(async () => {
    authority = await createAuthority();
    root = { key: authority.key, cert: authority.ca };
  });
  afterAll(() => Promise.all(targets.map((target) => target.close())));

  const LEAF = `${SERVER}subjectAltName = DNS:localhost\n`;
  const issuer = (name: string, to: number, from = -10): Promise<Pair> =>
    issueFrom(root, { name, extensions: AUTHORITY, from, to });

  async function ask(leaf: Pair, above: readonly Pair[], check: object = {}): Promise<Observation> {
    const cert = [leaf, ...above].map((pair) => pair.cert).join('\n');
    const target = await tlsTarget({ key: leaf.key, cert });
    targets.push(target);
    const options = { type: 'tls', host: 'localhost', port: target.port, ca: authority.ca, ...check };
    return (await askProbe([options])).observations[0]!;
  }
  const warningOf = (observation: Observation) =>
    observation.outcome === 'ok' ? (observation.degraded ?? []) : words(observation);

  test('the certificate that ends first raises the warning, and the warning names it', async () => {
    const middle = await issuer('QuoVadis ICA G3', 2.5);
    const observation = await ask(await issueFrom(middle, { name: 'leaf', extensions: LEAF }), [middle]);
    expect(warningOf(observation)).toEqual([
      {
        code: 'certificate',
        limit: 3,
        detail: expect.stringMatching(
          /^the intermediate certificate "QuoVadis ICA G3" of localhost expires in 2 days, on 20/,
        ),
      },
    ]);
    expect(factsOf(observation)['tls.chain']).toEqual([
      expect.stringMatching(/^QuoVadis ICA G3, until 20/),
      expect.stringMatching(/^Test Authority, until 20/),
    ]);
    const end = String((factsOf(observation)['tls.chain'] as string[])[0]).split('until ')[1];
    expect(factsOf(observation)['tls.chainValidTo']).toBe(end);
  });

  test('the warning of http and of certificates deeper in the chain is the same', async () => {
    const upper = await issuer('Upper', 6.5);
    const lower = await issueFrom(upper, { name: 'Lower', extensions: AUTHORITY, to: 12 });
    const leaf = await issueFrom(lower, { name: 'leaf', extensions: LEAF, to: 13 });
    expect(warningOf(await ask(leaf, [lower, upper]))).toMatchObject([
      { limit: 7, detail: expect.stringContaining('"Upper" of localhost') },
    ]);
    const cert = [leaf, lower, upper].map((pair) => pair.cert).join('\n');
    const web = await httpsTarget({ key: leaf.key, cert }, (_, response) => response.end('ok'));
    targets.push(web);
    const { port } = web;
    const check = { type: 'http', url: `https://localhost:${port}/`, ca: authority.ca };
    expect(warningOf((await askProbe([check])).observations[0]!)).toMatchObject([
      { limit: 7, detail: expect.stringContaining('"Upper" of localhost') },
    ]);
  });

  test("the server's own certificate is named if it ends first, and none if none ends soon", async () => {
    const middle = await issuer('Middle', 12);
    const soon = await issueFrom(middle, { name: 'leaf', extensions: LEAF, to: 5.5 });
    expect(warningOf(await ask(soon, [middle]))).toMatchObject([
      { limit: 7, detail: expect.stringMatching(/^the certificate expires in 5 days/) },
    ]);
    const later = await issuer('Later', 60);
    const leaf = await issueFrom(later, { name: 'leaf', extensions: LEAF, to: 80 });
    expect(warningOf(await ask(leaf, [later]))).toEqual([]);
    expect(warningOf(await ask(soon, [middle], { certificateDays: [] }))).toEqual([]);
  });

  test('an expired certificate of the chain fails the check, or warns if the chain is verified without it', async () => {
    const expired = await issuer('Old', -1);
    const leaf = await issueFrom(expired, { name: 'leaf', extensions: LEAF });
    expect(warningOf(await ask(leaf, [expired]))).toBe('failed tls');
    expect(warningOf(await ask(leaf, [expired], { ca: undefined, trust: 'any' }))).toMatchObject([
      {
        limit: 1,
        detail: expect.stringMatching(/^the intermediate certificate "Old" of localhost expired on/),
      },
    ]);
    // As with DST Root X3: the server presents an expired cross-certificate, and clients trust the same key by another.
    const other = await createAuthority();
    const anchor = await issueFrom(
      { key: other.key, cert: other.ca },
      { name: 'Anchor', extensions: AUTHORITY },
    );
    const cross = await issueFrom(
      root,
      { name: 'Anchor', extensions: AUTHORITY, from: -9, to: -2 },
      anchor.key,
    );
    const shop = await issueFrom(anchor, { name: 'leaf', extensions: LEAF });
    const observation = await ask(shop, [cross], { ca: anchor.cert });
    expect(warningOf(observation)).toMatchObject([
      { limit: 1, detail: expect.stringContaining('"Anchor" of localhost expired on') },
    ]);
  });

  test('a self-signed certificate is its own chain', async () => {
    const own = await authority.selfSigned('DNS:localhost');
    const observation = await ask(own, [], { ca: own.cert, certificateDays: [365] });
    expect(warningOf(observation)).toMatchObject([
      { detail: expect.stringMatching(/^the certificate expires/) },
    ]);
    expect(factsOf(observation)).not.toHaveProperty(['tls.chain']);
  });
});

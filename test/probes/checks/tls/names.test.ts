// Owns the tests of which names a certificate proves (RFC 9525).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../../probes/contract/index.ts';
import { because } from '../../../support/missing-program.ts';
import { askProbe, words } from '../../../support/net/ask-probe.ts';
import {
  type Authority,
  createAuthority,
  issueFrom,
  noOpenssl,
  SERVER,
} from '../../../support/net/certificates.ts';
import { tlsTarget, type WebTarget } from '../../../support/net/http-server.ts';
import { startScriptedServer } from '../../../support/net/scripted-server.ts';

const HOST = '127.0.0.1';

describe.skipIf(noOpenssl !== null)(`the names of a certificate${because(noOpenssl)}`, () => {
  let authority: Authority;
  const targets: WebTarget[] = [];
  beforeAll(async () => {
    authority = await createAuthority();
  });
  afterAll(() => Promise.all(targets.map((target) => target.close())));

  const issue = (name: string, extensions: string) =>
    issueFrom({ key: authority.key, cert: authority.ca }, { name, extensions: SERVER + extensions });

  async function serve(name: string, extensions: string): Promise<WebTarget> {
    const target = await tlsTarget(await issue(name, extensions));
    targets.push(target);
    return target;
  }
  const ask = async (check: object): Promise<Observation> =>
    (await askProbe([{ ca: authority.ca, ...check }])).observations[0]!;
  const judge = async (target: WebTarget, serverName: string): Promise<Observation> =>
    ask({ type: 'tls', host: HOST, port: target.port, serverName });
  const detailOf = (observation: Observation): string => ('detail' in observation ? observation.detail : '');

  test('an address as a DNS name proves nothing, and the text says that it is one', async () => {
    const target = await serve('x', 'subjectAltName=DNS:127.0.0.1,DNS:other.test\n');
    const observation = await judge(target, HOST);
    expect(words(observation)).toBe('failed tls');
    expect(detailOf(observation)).toContain('is not for 127.0.0.1: it names DNS:127.0.0.1, other.test');
  });

  test('a common name proves nothing, in any check that uses TLS', async () => {
    const said = 'it has no subjectAltName, and clients ignore its common name, localhost';
    const target = await serve('localhost', '');
    const tls = await ask({ type: 'tls', host: 'localhost', port: target.port });
    expect(words(tls)).toBe('failed tls');
    expect(detailOf(tls)).toContain(`the certificate is not for localhost: ${said}`);
    expect(detailOf(await ask({ type: 'http', url: `https://localhost:${target.port}/` }))).toContain(said);
    const pair = await issue('localhost', '');
    const scripted = await startScriptedServer((talk) => {
      talk.send('220 ready\r\n');
      talk.onLine(() => {
        talk.send('220 go\r\n');
        talk.startTls(pair);
      });
    });
    const steps = [{ expect: '220' }, { send: 'STARTTLS\r\n' }, { expect: '220' }, { startTls: true }];
    const script = { type: 'script', host: 'localhost', port: scripted.port, steps };
    expect(detailOf(await ask(script))).toContain(said);
    expect(words(await ask({ ...script, ca: undefined, trust: 'any' }))).toBe('ok');
    await scripted.close();
  });

  test.each<[extensions: string, names: string[], others: string[]]>([
    ['subjectAltName = email:a@localhost,URI:https://localhost/', [], ['localhost', HOST]],
    ['subjectAltName = DNS:127.0.0.1', [], [HOST]],
    ['subjectAltName = IP:127.0.0.1', [HOST], ['localhost', '127.0.0.2']],
    [
      'subjectAltName = DNS:*.example.com',
      ['shop.example.com', 'SHOP.example.com.', 'my_shop.example.com', 'xn--mnchen-3ya.example.com'],
      ['example.com', 'a.b.example.com', 'a_b.c.example.com', 'shop.example.org'],
    ],
    ['subjectAltName = DNS:s*p.example.com,DNS:*p.example.net', [], ['shop.example.com', 'shop.example.net']],
    ['subjectAltName = DNS:shop.*.com,DNS:*.com,DNS:*', [], ['shop.example.com', 'example.com', 'localhost']],
    ['subjectAltName = DNS:xn--mnchen-3ya.test', ['xn--mnchen-3ya.test'], ['munchen.test']],
  ])('a certificate with %s is for %j and not for %j', async (extensions, names, others) => {
    const target = await serve('localhost', extensions);
    for (const name of names) expect(detailOf(await judge(target, name)), name).toBe('');
    for (const name of others) expect(words(await judge(target, name)), name).toBe('failed tls');
  });
});

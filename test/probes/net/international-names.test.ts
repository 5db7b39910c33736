// Owns the tests of names in Unicode: what goes on the wire, and what people see.

import dgram from 'node:dgram';
import { once } from 'node:events';
import type tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkSchema, findCheck } from '../../../probes/checks/catalogue.ts';
import { targetOptions } from '../../../probes/checks/check-input.ts';
import { hostKey } from '../../../probes/checks/shared/secret-origin.ts';
import { hostError } from '../../../probes/checks/shared/target.ts';
import type { Observation } from '../../../probes/contract/index.ts';
import { because } from '../../support/missing-program.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { createAuthority, noOpenssl } from '../../support/net/certificates.ts';
import { answered, type DnsServer, startDnsServer, startZoneServer } from '../../support/net/dns-server.ts';
import { httpsTarget, httpTarget, type WebTarget } from '../../support/net/http-server.ts';
import { startScriptedServer } from '../../support/net/scripted-server.ts';

const NAME = 'münchen.test';
const ASCII = 'xn--mnchen-3ya.test';

describe('a host in Unicode', () => {
  test.each([
    [NAME, ASCII],
    ['MÜNCHEN.test.', ASCII],
    ['münchen。test', ASCII],
    ['mu\u0308nchen.test', ASCII],
    ['mün\u00adchen.test', ASCII],
    ['straße.test', 'xn--strae-oqa.test'],
    ['a_b.münchen.test', `a_b.${ASCII}`],
    ['😀.test', 'xn--e28h.test'],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['שלום.test', 'xn--9dbne9b.test'],
    ['shop.Example.com.', 'shop.example.com'],
  ])('%s is valid, and is the same host as %s', (host, ascii) => {
    expect(hostError(host)).toBeNull();
    expect(hostKey(host)).toBe(ascii);
  });

  test.each([
    ['אab.test', 'Invalid international name: DNS does not allow one of its characters, or this mixture'],
    ['ab\u200dü.test', 'Invalid international name'],
    ['ü\ufffd.test', 'Invalid international name'],
    ['ü\ud800.test', 'Invalid international name'],
    ['ü%41.test', 'Invalid international name'],
    ['ü*.test', 'Invalid international name'],
    [`${'x'.repeat(60)}ü.test`, 'its ASCII form must have at most 63 characters'],
    [`${'ü.'.repeat(60)}test`, 'at most 253 characters in its ASCII form'],
    ['ü..test', 'is empty, or begins or ends with a hyphen'],
    ['\u00ad.test', 'is empty, or begins or ends with a hyphen'],
    ['１２７.0.0.1', 'Write an IP address with the digits 0 to 9'],
    ['１２７.１', 'Write an IP address with the digits 0 to 9'],
    ['mün chen.test', 'A host has no spaces'],
    ['mün\u3000chen.test', 'A host has no spaces'],
    ['http://münchen.test', 'This is a URL'],
    ['münchen.test:443', 'The host includes a port'],
  ])('%s is not valid', (host, message) => expect(hostError(host)).toContain(message));

  test.each([
    [{ type: 'tcp', host: 'אab.test', port: 1 }, 'host'],
    [{ type: 'tls', host: 'a.test', serverName: 'ab\u200dü.test' }, 'serverName'],
    [{ type: 'dns', name: 'אab.test\u200d' }, 'name'],
    [{ type: 'dns', name: 'a.test', server: 'ü..test' }, 'server'],
    [{ type: 'http', url: 'https://אab.test/' }, 'url'],
    [{ type: 'http', url: 'https://a.test/', headers: { host: 'ü..test' } }, 'headers.host'],
  ])('the error of %j has its path', (check, path) => {
    expect(checkSchema.safeParse(check).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  test('a monitor keeps its results if its name is written in the other form', () => {
    const options = (host: string) => targetOptions({ type: 'tcp', host, port: 443 });
    expect(options(NAME)).toEqual(options(ASCII));
  });

  test('people see the name as they wrote it', () => {
    const hostOf = (check: { type: string }) =>
      findCheck(check.type)?.target(checkSchema.parse(check) as never)?.host;
    expect(hostOf({ type: 'http', url: `https://user.${NAME}:8443/ä?x` } as never)).toBe(`user.${NAME}`);
    expect(hostOf({ type: 'http', url: 'https://[::1]:8443/' } as never)).toBe('::1');
    expect(hostOf({ type: 'tcp', host: NAME, port: 1 } as never)).toBe(NAME);
  });
});

describe('a check of a host in Unicode', () => {
  let zone: DnsServer;
  const targets: { close(): unknown }[] = [];
  beforeAll(async () => {
    zone = await startZoneServer({ [ASCII]: { A: ['127.0.0.1'] }, [`ns.${ASCII}`]: { A: ['127.0.0.1'] } });
  });
  afterAll(async () => {
    await zone.close();
    await Promise.all(targets.map((target) => target.close()));
  });
  const ask = async (check: object): Promise<Observation> =>
    (await askProbe([{ timeoutMs: 1_500, ...check }], { nameServer: zone.address })).observations[0]!;
  const detailOf = (observation: Observation): string =>
    'detail' in observation ? observation.detail : 'ok';
  const kept = <T extends { close(): unknown }>(target: T): T => {
    targets.push(target);
    return target;
  };

  test('tcp, script and udp resolve its ASCII form, and messages have the form of the user', async () => {
    const server = kept(await startScriptedServer((talk) => talk.send('ready\r\n')));
    expect(detailOf(await ask({ type: 'tcp', host: NAME, port: server.port }))).toBe('ok');
    expect(
      detailOf(await ask({ type: 'script', host: NAME, port: server.port, steps: [{ expect: 'ready' }] })),
    ).toBe('ok');
    expect(zone.questions).toContain(`udp A ${ASCII}`);
    const udp = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(udp, 'listening');
    udp.on('message', (_, from) => udp.send('pong', from.port));
    kept({ close: () => udp.close() });
    expect(
      detailOf(await ask({ type: 'udp', host: NAME, port: udp.address().port, send: 'x', expect: 'pong' })),
    ).toBe('ok');
    expect(detailOf(await ask({ type: 'tcp', host: 'köln.test', port: 1 }))).toBe('köln.test does not exist');
    expect(detailOf(await ask({ type: 'http', url: 'http://köln.test/' }))).toBe('köln.test does not exist');
  });

  test('http sends the ASCII form as its host, also from a `host` header', async () => {
    const hosts: (string | undefined)[] = [];
    const web: WebTarget = kept(
      await httpTarget((request, response) => {
        hosts.push(request.headers.host);
        response.end('ok');
      }),
    );
    expect(detailOf(await ask({ type: 'http', url: `http://${NAME}:${web.port}/` }))).toBe('ok');
    const url = `http://127.0.0.1:${web.port}/`;
    expect(detailOf(await ask({ type: 'http', url, headers: { Host: `${NAME}:8443` } }))).toBe('ok');
    expect(hosts).toEqual([`${ASCII}:${web.port}`, `${ASCII}:8443`]);
  });

  test.skipIf(noOpenssl !== null)(
    `the certificate must have the ASCII form${because(noOpenssl)}`,
    async () => {
      const authority = await createAuthority();
      const seen: string[] = [];
      const sni: tls.TlsOptions['SNICallback'] = (name, done) => {
        seen.push(name);
        done(null);
      };
      const serve = async (names: string): Promise<WebTarget> => {
        const server = await httpsTarget(
          { ...(await authority.issue(names)), SNICallback: sni },
          (_, response) => response.end('ok'),
        );
        return kept(server);
      };
      const right = await serve(`DNS:${ASCII}`);
      const { ca } = authority;
      expect(detailOf(await ask({ type: 'tls', host: NAME, port: right.port, ca }))).toBe('ok');
      expect(
        detailOf(await ask({ type: 'tls', host: '127.0.0.1', port: right.port, ca, serverName: NAME })),
      ).toBe('ok');
      expect(detailOf(await ask({ type: 'http', url: `https://${NAME}:${right.port}/`, ca }))).toBe('ok');
      expect(new Set(seen)).toEqual(new Set([ASCII]));
      const wrong = await serve('DNS:shop.test');
      for (const check of [
        { type: 'tls', host: NAME, port: wrong.port },
        { type: 'http', url: `https://${NAME}:${wrong.port}/` },
      ])
        expect(detailOf(await ask({ ...check, ca }))).toContain(
          `the certificate is not for ${NAME}: it names shop.test`,
        );
    },
  );

  test('dns queries the ASCII form of a name, of its labels that no host has, and of expected names', async () => {
    const server = kept(
      await startDnsServer((query) => {
        const [{ name = '' } = {}] = query.questions ?? [];
        return [answered(query, [{ type: 'CNAME', name, data: ASCII }])];
      }),
    );
    const check = { type: 'dns', record: 'CNAME', server: `ns.${NAME}`, port: server.port, expect: [NAME] };
    for (const name of [`www.${NAME}`, `_dmarc.${NAME}`, `*.${NAME}`])
      expect(detailOf(await ask({ ...check, name }))).toBe('ok');
    expect(server.questions).toEqual([
      `udp CNAME www.${ASCII}`,
      `udp CNAME _dmarc.${ASCII}`,
      `udp CNAME *.${ASCII}`,
    ]);
    expect(words(await ask({ ...check, name: NAME, expect: ['köln.test'] }))).toBe('failed unexpected_reply');
    expect(detailOf(await ask({ ...check, name: NAME, expect: ['köln.test'] }))).toContain(
      `CNAME of ${NAME}:`,
    );
  });
});

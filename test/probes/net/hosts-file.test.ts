// Names of the hosts file: what the file means, and that a probe uses it before any name server.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HostsFile, parseHosts, readHostsFile } from '../../../probes/net/hosts-file.ts';
import { createResolver } from '../../../probes/net/resolve.ts';
import { type DnsServer, startZoneServer } from '../../support/net/dns-server.ts';

const FILE = `\uFEFF# names of this network
127.0.0.1\tlocalhost
10.0.0.5   Shop.Example.test shop # the old one: 10.0.0.4
10.0.0.6 shop.example.test.
fd00::5 shop.example.test\r
fd00::7 six.example.test
  10.0.0.8 indented.example.test
10.0.0.5 shop.example.test
#10.0.0.9 off.example.test
10.0.0 short.example.test
fe80::1%lo0 zone.example.test
10.0.0.10
`;

const hosts: HostsFile = (name) => parseHosts(FILE).get(name) ?? [];

describe('the hosts file', () => {
  test.each([
    ['localhost', ['127.0.0.1']],
    ['shop', ['10.0.0.5']],
    ['shop.example.test', ['10.0.0.5', '10.0.0.6', 'fd00::5']],
    ['six.example.test', ['fd00::7']],
    ['indented.example.test', ['10.0.0.8']],
    ['off.example.test', []],
    ['short.example.test', []],
    ['zone.example.test', []],
    ['the', []],
    ['toString', []],
  ])('the hosts file gives %s the addresses %j, IPv4 first', (name, addresses) => {
    expect(hosts(name)).toEqual(addresses);
  });

  test('a change of the hosts file applies to the next job, and a missing file has no names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'probemesh-hosts-'));
    const path = join(folder, 'hosts');
    expect(readHostsFile(path)('shop.test')).toEqual([]);
    for (const address of ['10.0.0.1', '10.0.0.2']) {
      await writeFile(path, `${address} shop.test\n`);
      expect(readHostsFile(path)('shop.test')).toEqual([address]);
    }
    await rm(folder, { recursive: true });
    expect(readHostsFile(path)('shop.test')).toEqual([]);
  });
});

describe('a resolver with a hosts file', () => {
  let server: DnsServer;
  beforeAll(async () => {
    server = await startZoneServer({
      'shop.example.test': { A: ['192.0.2.1'] },
      'public.example.test': { A: ['192.0.2.2'] },
      'db.localhost': { A: ['192.0.2.3'] },
    });
  });
  afterAll(() => server.close());

  test('a name of the hosts file needs no name server, whatever its case, and proves none', async () => {
    const resolver = createResolver([server.address], hosts);
    expect(await resolver.resolve('SHOP.example.test.')).toEqual(['10.0.0.5', '10.0.0.6', 'fd00::5']);
    expect(await resolver.resolve('shop')).toEqual(['10.0.0.5']);
    expect(server.questions).toEqual([]);
    expect(resolver.hasAnswered).toBe(false);
  });

  test('a name that the hosts file lacks is queried', async () => {
    const resolver = createResolver([server.address], hosts);
    expect(await resolver.resolve('public.example.test')).toEqual(['192.0.2.2']);
    expect(resolver.hasAnswered).toBe(true);
  });

  test.each(['localhost', 'db.localhost', 'DB.LOCALHOST.'])(
    '%s is loopback, whatever the hosts file and the name servers answer',
    async (name) => {
      const none = createResolver([server.address], () => []);
      expect(await none.resolve(name)).toEqual(['127.0.0.1', '::1']);
      const file = parseHosts('127.0.0.1 localhost\n10.0.0.1 localhost db.localhost\n');
      const listed = createResolver([server.address], (key) => file.get(key) ?? []);
      expect(await listed.resolve(name)).toEqual(['127.0.0.1']);
      expect(server.questions.join()).not.toContain('localhost');
    },
  );
});

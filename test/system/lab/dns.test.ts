import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { factsOf } from '../../support/net/facts.ts';
import { type Folder, makeFolder } from './folder.ts';
import { because, labProblem } from './packages.ts';
import { startNsd } from './servers/nsd.ts';
import type { LabServer } from './servers/process.ts';

const problem = labProblem('nsd');
const HOST = '127.0.0.1';

let folder: Folder | undefined;
let nsd: LabServer | undefined;
beforeAll(async () => {
  if (problem !== null) return;
  folder = makeFolder();
  nsd = await startNsd(folder.path);
});
afterAll(async () => {
  await nsd?.close();
  folder?.remove();
});

async function run(options: object): Promise<Observation> {
  const check = { type: 'dns', name: 'lab.test', server: HOST, port: nsd?.port, ...options };
  const { observations } = await askProbe([check]);
  return observations[0]!;
}

const RECORDS = [
  { record: 'A', name: 'both.lab.test', expect: ['192.0.2.2', '192.0.2.1'] },
  { record: 'AAAA', name: 'six.lab.test', expect: ['2001:db8::1'] },
  { record: 'CNAME', name: 'www.lab.test', expect: ['shop.lab.test'] },
  { record: 'MX', name: 'lab.test', expect: ['10 mail.lab.test', '20 backup.mail.lab.test'] },
  { record: 'NS', name: 'lab.test', expect: ['ns1.lab.test', 'ns2.lab.test'] },
  { record: 'TXT', name: 'lab.test', expect: ['v=spf1 -all'] },
  {
    record: 'SOA',
    name: 'lab.test',
    expect: ['ns1.lab.test hostmaster.lab.test 2026112401 7200 3600 1209600 300'],
  },
  { record: 'SRV', name: '_imaps._tcp.lab.test', expect: ['0 1 993 mail.lab.test'] },
  { record: 'PTR', name: '192.0.2.25', expect: ['mail.lab.test'] },
  { record: 'CAA', name: 'lab.test', expect: ['0 issue "ca.example.net"'] },
];

describe.skipIf(problem !== null)(`a dns check of NSD${because(problem)}`, () => {
  describe.each(['udp', 'tcp'])('over %s', (transport) => {
    test.each(RECORDS)('finds the $record of $name', async (options) => {
      const seen = await run({ ...options, transport });
      expect(words(seen), JSON.stringify(seen)).toBe('ok');
      expect(factsOf(seen)['dns.answers']).toHaveLength(options.expect.length);
      expect(seen.address).toBe(HOST);
    });

    test('fails when the answer is another, and says which', async () => {
      const seen = await run({ name: 'both.lab.test', expect: ['192.0.2.9'], transport });
      expect(seen).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
      expect(seen).toHaveProperty('detail', expect.stringContaining('192.0.2.1'));
    });

    test('fails on a name that does not exist, unless it must not', async () => {
      const gone = { name: 'gone.lab.test', transport };
      expect(words(await run(gone))).toBe('failed unexpected_reply');
      expect(words(await run({ ...gone, expectRcode: 'NXDOMAIN' }))).toBe('ok');
    });

    test('fails on a zone that is not served here, unless that has to be refused', async () => {
      const foreign = { name: 'example.org', transport };
      expect(words(await run(foreign))).toBe('failed unexpected_reply');
      expect(words(await run({ ...foreign, expectRcode: 'REFUSED' }))).toBe('ok');
    });
  });

  test('follows an alias as far as the server does', async () => {
    const seen = await run({ name: 'www.lab.test', expect: [HOST] });
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
  });

  test('asks again over TCP for an answer that fits into no datagram', async () => {
    const value = `line 99 ${'x'.repeat(60)}`;
    const seen = await run({ name: 'long.lab.test', record: 'TXT', expect: [value], match: 'any' });
    expect(words(seen), JSON.stringify(seen)).toBe('ok');
    expect(seen.timings.connectMs, 'of TCP').toBeGreaterThan(0);
  });
});

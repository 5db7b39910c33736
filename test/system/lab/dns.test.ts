import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { because } from '../../support/missing-program.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { factsOf } from '../../support/net/facts.ts';
import { type Folder, makeFolder } from './folder.ts';
import { labProblem } from './packages.ts';
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
    test.each(RECORDS)('a dns check finds the $record of $name', async (options) => {
      const observation = await run({ ...options, transport });
      expect(words(observation), JSON.stringify(observation)).toBe('ok');
      expect(factsOf(observation)['dns.answers']).toHaveLength(options.expect.length);
      expect(observation.address).toBe(HOST);
    });

    test('a dns check fails on another record, and reports that record', async () => {
      const observation = await run({ name: 'both.lab.test', expect: ['192.0.2.9'], transport });
      expect(observation).toMatchObject({ outcome: 'failed', code: 'unexpected_reply', phase: 'reply' });
      expect(observation).toHaveProperty('detail', expect.stringContaining('192.0.2.1'));
    });

    test('a dns check fails on a missing name, unless it expects NXDOMAIN', async () => {
      const gone = { name: 'gone.lab.test', transport };
      expect(words(await run(gone))).toBe('failed unexpected_reply');
      expect(words(await run({ ...gone, expectRcode: 'NXDOMAIN' }))).toBe('ok');
    });

    test('a dns check fails on a refused zone, unless it expects REFUSED', async () => {
      const foreign = { name: 'example.org', transport };
      expect(words(await run(foreign))).toBe('failed unexpected_reply');
      expect(words(await run({ ...foreign, expectRcode: 'REFUSED' }))).toBe('ok');
    });
  });

  test('a dns check follows an alias as far as the server does', async () => {
    const observation = await run({ name: 'www.lab.test', expect: [HOST] });
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
  });

  test('a dns check repeats its query over TCP if the response is too large for a datagram', async () => {
    const value = `line 99 ${'x'.repeat(60)}`;
    const observation = await run({ name: 'long.lab.test', record: 'TXT', expect: [value], match: 'any' });
    expect(words(observation), JSON.stringify(observation)).toBe('ok');
    expect(observation.timings.connectMs, 'of TCP').toBeGreaterThan(0);
  });
});

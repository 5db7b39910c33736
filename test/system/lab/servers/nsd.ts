// Owns NSD: the name server of the zone lab.test and of the addresses 192.0.2.x, over UDP and TCP.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from '../namespace.ts';
import { programPath } from '../packages.ts';
import { freePort, type LabServer, startServer } from './process.ts';

/** One record of each type of a DNS check. `long` is too large for a UDP response. `shop` has the address `address`. */
const zone = (address: string): string => `
$ORIGIN lab.test.
$TTL 60
@     SOA  ns1 hostmaster 2026112401 7200 3600 1209600 300
@     NS   ns1
@     NS   ns2
@     MX   10 mail
@     MX   20 backup.mail
@     TXT  "v=spf1 -all"
@     CAA  0 issue "ca.example.net"
ns1   A    192.0.2.53
ns2   A    192.0.2.54
mail  A    192.0.2.25
backup.mail A 192.0.2.26
shop  A    ${address}
both  A    192.0.2.1
both  A    192.0.2.2
six   AAAA 2001:db8::1
www   CNAME shop
_imaps._tcp SRV 0 1 993 mail
${Array.from({ length: 100 }, (_, index) => `long TXT "line ${index} ${'x'.repeat(60)}"`).join('\n')}
`;

const reverseZone = `
$ORIGIN 2.0.192.in-addr.arpa.
$TTL 60
@     SOA  ns1.lab.test. hostmaster.lab.test. 1 7200 3600 1209600 300
@     NS   ns1.lab.test.
25    PTR  mail.lab.test.
`;

interface Place {
  readonly inside?: Namespace;
  readonly address?: string;
  readonly port?: number;
}

export async function startNsd(folder: string, place: Place = {}): Promise<LabServer> {
  const { inside, address = '127.0.0.1', port = await freePort() } = place;
  const path = join(folder, 'nsd.conf');
  mkdirSync(join(folder, 'transfers'));
  writeFileSync(join(folder, 'lab.test.zone'), zone(address));
  writeFileSync(join(folder, 'reverse.zone'), reverseZone);
  writeFileSync(path, configuration(folder, address, port));
  return startServer({ command: [programPath('nsd'), '-d', '-c', path], port, inside });
}

const configuration = (folder: string, address: string, port: number): string => `
server:
  ip-address: ${address}
  port: ${port}
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  pidfile: ""
  database: ""
  zonelistfile: "${folder}/zone.list"
  xfrdfile: "${folder}/xfrd.state"
  xfrdir: "${folder}/transfers"
  logfile: ""
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: lab.test
  zonefile: lab.test.zone
zone:
  name: 2.0.192.in-addr.arpa
  zonefile: reverse.zone
`;

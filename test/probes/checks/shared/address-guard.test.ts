import { describe, expect, test } from 'vitest';
import { forbiddenReason } from '../../../../probes/checks/shared/address-guard.ts';

const allowed = [
  '1.1.1.1',
  '93.184.216.34',
  '172.15.0.1',
  '172.32.0.1',
  '100.63.255.255',
  '2606:4700::1111',
  '::ffff:1.1.1.1',
  '168.63.129.15',
  '2001:470:1::5efe:1.1.1.1',
  '2001:470:1::5eff:a00:1',
];

const forbidden: [string, string[]][] = [
  ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
  ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
  ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1']],
  ['link-local', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1']],
  ['site-local', ['fec0::1']],
  ['carrier-grade NAT', ['100.64.0.1', '100.127.255.255']],
  ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1']],
  ['broadcast', ['255.255.255.255']],
  ['reserved', ['240.0.0.1', '192.0.0.1', '192.88.99.1', '::2', '::7f00:1', '4000::1', '64:ff9b:1::a00:1']],
  ['benchmarking', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
  ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
  ['metadata', ['169.254.169.254', '169.254.170.2', 'fd00:ec2::254']],
  ['IPv4-mapped', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254']],
  ['NAT64', ['64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1']],
  ['6to4', ['2002:7f00:1::', '2002:a00:1::1', '2002:a9fe:a9fe::']],
  ['Teredo', ['2001:0:102:304::80ff:fffe', '2001:0:102:304:0:0:5601:5601']],
  ['ISATAP', ['2001:470:1::5efe:10.0.0.1', '2606:4700::200:5efe:a9fe:a9fe', 'fe80::5efe:1.1.1.1']],
  [
    'a cloud platform',
    ['168.63.129.16', '::ffff:168.63.129.16', '64:ff9b::a83f:8110', '2001:470:1::5efe:a83f:8110'],
  ],
  ['an odd spelling of loopback', ['127.1', '0x7f.1', '2130706433', '0177.0.0.1']],
];

describe('the address guard', () => {
  test.each(allowed)('the address guard lets probes reach %s', (address) => {
    expect(forbiddenReason(address, { loopback: false })).toBeNull();
    expect(forbiddenReason(address, { loopback: true })).toBeNull();
  });

  for (const [kind, addresses] of forbidden) {
    test.each(addresses)(`the address guard keeps probes from ${kind} %s`, (address) => {
      expect(forbiddenReason(address, { loopback: false })).toContain(address);
    });
  }

  test.each(['127.0.0.1', '127.0.0.11', '127.255.255.254', '::1'])(
    'the address guard lets the local mesh reach %s',
    (address) => {
      expect(forbiddenReason(address, { loopback: true })).toBeNull();
    },
  );

  test.each([
    '10.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '2002:7f00:1::',
    '192.168.0.1',
  ])('the address guard opens no other range to the local mesh: %s', (address) => {
    expect(forbiddenReason(address, { loopback: true })).not.toBeNull();
  });

  test('the address guard ignores host names, since it checks the addresses that they resolve to', () => {
    expect(forbiddenReason('shop.example.com', { loopback: false })).toBeNull();
    expect(forbiddenReason('localhost', { loopback: false })).toBeNull();
  });
});

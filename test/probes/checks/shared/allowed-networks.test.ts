// Private networks that a local mesh may check: which CIDRs are valid, and what they open.
import { describe, expect, test } from 'vitest';
import { forbiddenReason } from '../../../../probes/checks/shared/address-guard.ts';
import { parseCidrs } from '../../../../probes/checks/shared/allowed-networks.ts';

describe('a list of networks', () => {
  test.each([
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['10.0.0.0/8, 192.168.0.0/16', ['10.0.0.0/8', '192.168.0.0/16']],
    ['FD00::/8 10.0.0.5/32,10.0.0.5/32', ['fd00::/8', '10.0.0.5/32']],
    ['0.0.0.0/0,::/0', ['0.0.0.0/0', '::/0']],
  ])('"%s" is valid', (text, cidrs) => {
    expect(parseCidrs(text)).toEqual(cidrs);
  });

  test.each([
    ['', 'has no network. Write CIDRs such as 10.0.0.0/8,192.168.0.0/16.'],
    ['10.0.0.0/8,ten', 'has "ten". This is not a network.'],
    ['10.0.0.5', 'The length of the prefix is missing. Write 10.0.0.5/32 for this address alone.'],
    ['fd00::5', 'Write fd00::5/128 for this address alone.'],
    ['10.0.0.5/8', 'Write 10.0.0.0/8 for the network, or 10.0.0.5/32 for this address alone.'],
    ['fd00::5/8', 'Write fd00::/8 for the network, or fd00::5/128 for this address alone.'],
    ['10.0.0.0/33', 'The length of the prefix must be a whole number from 0 to 32.'],
    ['10.0.0.0/', 'must be a whole number from 0 to 32.'],
    ['10.0.0.0/-1', 'must be a whole number from 0 to 32.'],
    ['10.0.0.0/8/8', 'must be a whole number from 0 to 32.'],
    ['fd00::/129', 'must be a whole number from 0 to 128.'],
    ['10.0/8', 'This is not a network.'],
    ['0x0a.0.0.0/8', 'This is not a network.'],
    ['fd00::1%eth0/128', 'This is not a network.'],
    ['10.0.0.0/255.0.0.0', 'must be a whole number from 0 to 32.'],
    ['169.254.0.0/16', 'Probes never connect to this range'],
    ['169.254.169.254/32', 'Probes never connect to this range'],
    ['fe80::/10', 'Probes never connect to this range'],
    ['224.0.0.0/4', 'Probes never connect to this range'],
    [Array.from({ length: 33 }, (_, n) => `10.0.${n}.0/24`).join(), 'has 33 networks, but at most 32'],
  ])('"%s" is rejected with the fix', (text, message) => {
    expect(parseCidrs(text)).toEqual({ error: expect.stringContaining(message) });
  });
});

describe('the address guard with networks', () => {
  const everything = ['0.0.0.0/0', '::/0'];
  const reason = (address: string, cidrs: readonly string[]): string | null =>
    forbiddenReason(address, { loopback: true, cidrs });

  test.each([
    ['10.0.0.5', '10.0.0.0/8'],
    ['172.31.0.1', '172.16.0.0/12'],
    ['192.168.1.1', '192.168.0.0/16'],
    ['100.64.0.1', '100.64.0.0/10'],
    ['fd12:3456::1', 'fd00::/8'],
    ['fc00::1', 'fc00::/7'],
    ['198.18.0.1', '198.18.0.1/32'],
    ['2001:db8::1', '2001:db8::1/128'],
  ])('%s is refused with the option that allows it, which is %s', (address, cidr) => {
    expect(reason(address, [])).toMatch(
      new RegExp(`^${address} is a [a-zA-Z -]+ address\\. Start with --allow-cidrs ${cidr} to watch it\\.$`),
    );
    expect(reason(address, [cidr])).toBeNull();
    expect(reason(address, everything)).toBeNull();
  });

  test('a network allows its own addresses only', () => {
    expect(reason('10.0.0.6', ['10.0.0.5/32'])).toContain('--allow-cidrs 10.0.0.0/8');
    expect(reason('11.0.0.1', ['10.0.0.5/32'])).toBeNull();
  });

  test.each([
    '169.254.169.254',
    '169.254.170.2',
    'fe80::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '::ffff:10.0.0.5',
    '::ffff:127.0.0.1',
    '64:ff9b::10.0.0.5',
    '2002:a00:1::1',
  ])('no network opens %s', (address) => {
    expect(reason(address, everything)).not.toBeNull();
    expect(reason(address, everything)).not.toContain('--allow-cidrs');
  });
});

// The network of a target's address, by which failures are grouped.
import { expect, test } from 'vitest';
import { networkOf } from '../../src/fleet/network.ts';

test.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:2::3', '2001:db8:1::/48'],
  ['::1', '::/48'],
  ['shop.example.com', undefined],
  ['', undefined],
  ['127.1', undefined],
  ['7', undefined],
  ['203.0.113.7/8', undefined],
])('the network of the address %j is %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { askProbe, inTime, words } from '../../support/net/ask-probe.ts';
import { type DnsServer, startZoneServer } from '../../support/net/dns-server.ts';
import { openTarget, type Target } from '../../support/net/targets.ts';

let server: DnsServer;
let target: Target;

beforeAll(async () => {
  target = await openTarget();
  server = await startZoneServer({
    'shop.test.example': { A: ['127.0.0.1'] },
    'both.test.example': { A: ['127.0.0.1'], AAAA: ['2001:4860::1'] },
    'six.test.example': { AAAA: ['2606:4700::1111'] },
    'empty.test.example': {},
    'broken.test.example': { rcode: 'SERVFAIL' },
    'rude.test.example': { rcode: 'REFUSED' },
    'silent.test.example': { silent: true },
    'inside.test.example': { A: ['10.1.2.3'] },
    'mixed.test.example': { A: ['127.0.0.1', '169.254.169.254'] },
    'inside6.test.example': { AAAA: ['::ffff:a00:1', 'fd00:ec2::254'] },
  });
});
afterAll(async () => {
  await server.close();
  await target.close();
});

const run = async (host: string, more: object = {}): ReturnType<typeof askProbe> =>
  askProbe([{ host, port: target.port, ...more }], { nameServer: server.address });

test('a name is resolved first, and its resolution is a phase of its own', async () => {
  const { observations } = await run('shop.test.example');
  const [observation] = observations;
  expect(words(observation)).toBe('ok');
  expect(observation?.address).toBe('127.0.0.1');
  const { dnsMs = 0, connectMs = 0, totalMs = 0 } = observation?.timings ?? {};
  expect(dnsMs).toBeGreaterThan(0);
  expect(totalMs).toBeGreaterThanOrEqual(dnsMs + connectMs - 0.01);
});

test('a name with IPv4 and IPv6 addresses is reached over IPv4', async () => {
  expect(words((await run('both.test.example')).observations[0])).toBe('ok');
});

test.each([
  ['nowhere.test.example', 'failed dns', 'nowhere.test.example does not exist'],
  ['empty.test.example', 'failed dns', 'empty.test.example has no address'],
  ['broken.test.example', 'failed dns', 'the name server failed'],
  ['rude.test.example', 'failed dns', 'the name server refused'],
  ['six.test.example', 'unmeasured no_ipv6', 'has only IPv6 addresses'],
  ['inside.test.example', 'failed forbidden_address', '10.1.2.3 is a private address'],
  ['mixed.test.example', 'failed forbidden_address', '169.254.169.254 is a link-local address'],
  ['inside6.test.example', 'failed forbidden_address', 'is a private address'],
])('the name %s is %s', async (host, outcome, detail) => {
  const { observations } = await run(host);
  expect(words(observations[0])).toBe(outcome);
  expect(observations[0]).toHaveProperty('detail', expect.stringContaining(detail));
});

test('a silent name server fails the run with dns when its time is up', async () => {
  const { observations, tookMs } = await run('silent.test.example', { timeoutMs: 300 });
  expect(observations[0]).toMatchObject({ outcome: 'failed', code: 'dns' });
  expect(observations[0]).toHaveProperty('detail', 'silent.test.example was not resolved within 300 ms');
  expect(tookMs).toBeLessThan(inTime(600));
});

test('an unresolved name does not prove that a port is closed', async () => {
  expect(words((await run('nowhere.test.example', { expect: 'closed' })).observations[0])).toBe('failed dns');
});

test('one job queries a name once', async () => {
  server.questions.length = 0;
  const checks = Array.from({ length: 20 }, () => ({ host: 'Shop.test.example', port: target.port }));
  const { observations } = await askProbe(checks, { nameServer: server.address });
  expect(observations.every(({ outcome }) => outcome === 'ok')).toBe(true);
  expect(server.questions).toEqual(['udp A shop.test.example']);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askProbe, inTime, words } from '../../../support/net/ask-probe.ts';
import {
  bannerTarget,
  closedPort,
  hangingTarget,
  openTarget,
  resettingTarget,
  type Target,
} from '../../../support/net/targets.ts';

const HOST = '127.0.0.1';
let hanging: Awaited<ReturnType<typeof hangingTarget>>;
let target: Target;

beforeAll(async () => {
  hanging = await hangingTarget();
  target = await openTarget();
});
afterAll(async () => {
  await hanging.close();
  await target.close();
});

const outcome = async (check: object): Promise<string> => words((await askProbe([check])).observations[0]);

describe('a tcp check that expects an open port', () => {
  test('a tcp check of an open port is ok, with its phases and the address', async () => {
    const before = Date.now();
    const { observations } = await askProbe([{ host: HOST, port: target.port }]);
    const [observation] = observations;
    expect(words(observation)).toBe('ok');
    expect(observation?.address).toBe(HOST);
    expect(observation?.startedAt).toBeGreaterThanOrEqual(before);
    expect(observation?.timings.dnsMs).toBeUndefined();
    expect(observation?.timings.connectMs).toBeGreaterThan(0);
    expect(observation?.timings.totalMs).toBeGreaterThanOrEqual(observation?.timings.connectMs ?? Infinity);
    // The wait for an early reset is not the target's time.
    expect(observation?.timings.totalMs).toBeLessThan(20);
  });

  test('a tcp check closes with a FIN, even if the server has sent data', async () => {
    const banner = await bannerTarget();
    for (const one of [target, banner]) {
      one.endings.length = 0;
      expect(await outcome({ host: HOST, port: one.port })).toBe('ok');
      await sleep(50);
      expect(one.endings).toEqual(['fin']);
    }
    await banner.close();
  });

  test('a tcp check of a closed port fails as refused', async () => {
    const port = await closedPort();
    const { observations } = await askProbe([{ host: HOST, port }]);
    expect(observations[0]).toMatchObject({ outcome: 'failed', code: 'refused', address: HOST });
    expect(observations[0]).toHaveProperty('detail', `127.0.0.1:${port} refused the connection`);
  });

  test('a tcp check of a port that drops packets fails as timeout, after timeoutMs and not much later', async () => {
    const { observations, tookMs } = await askProbe([{ host: HOST, port: hanging.port, timeoutMs: 400 }]);
    expect(words(observations[0])).toBe('failed timeout');
    expect(observations[0]).toHaveProperty(
      'detail',
      `no answer from 127.0.0.1:${hanging.port} within 400 ms`,
    );
    expect(tookMs).toBeGreaterThan(390);
    expect(tookMs).toBeLessThan(inTime(700));
  });

  test.each([0, 5])(
    'a tcp check of a server that accepts and resets %d ms later always fails as reset',
    async (afterMs) => {
      const resetting = await resettingTarget(afterMs);
      const checks = Array.from({ length: 50 }, () => ({ host: HOST, port: resetting.port }));
      const { observations } = await askProbe(checks);
      expect(new Set(observations.map(words))).toEqual(new Set(['failed reset']));
      await resetting.close();
    },
  );
});

describe('a tcp check that expects a closed port', () => {
  const closed = { host: HOST, expect: 'closed', timeoutMs: 400 };

  test('a tcp check that expects a closed port is ok if the port refuses, resets or does not respond', async () => {
    const resetting = await resettingTarget();
    expect(await outcome({ ...closed, port: await closedPort() })).toBe('ok');
    expect(await outcome({ ...closed, port: hanging.port })).toBe('ok');
    expect(await outcome({ ...closed, port: resetting.port })).toBe('ok');
    await resetting.close();
  });

  test('a tcp check that expects a closed port fails as unexpected_open if the port responds', async () => {
    const { observations } = await askProbe([{ ...closed, port: target.port }]);
    expect(words(observations[0])).toBe('failed unexpected_open');
    expect(observations[0]).toHaveProperty('detail', expect.stringContaining('must be closed'));
  });

  test('a tcp check that expects a closed port is not ok if the target is forbidden or its name is unknown', async () => {
    expect(await outcome({ ...closed, host: '10.0.0.1', port: 1 })).toBe('failed forbidden_address');
  });
});

describe('the address guard at the probe', () => {
  test('the probe rejects loopback without connecting if it is not allowed', async () => {
    target.peers.length = 0;
    for (const host of [HOST, 'localhost', '::1', '::ffff:127.0.0.1']) {
      const { observations } = await askProbe([{ host, port: target.port }], { allowLoopback: false });
      expect(words(observations[0]), host).toBe('failed forbidden_address');
      expect(observations[0]?.address, host).toBeUndefined();
    }
    expect(target.peers).toEqual([]);
  });

  test('a check of an IPv6 literal is unmeasured at a location without IPv6', async () => {
    expect(await outcome({ host: '2606:4700::1111', port: 443 })).toBe('unmeasured no_ipv6');
  });
});

test('a probe connects from its configured source address', async () => {
  target.peers.length = 0;
  await askProbe([{ host: HOST, port: target.port }], { sourceAddress: '127.0.0.42' });
  expect(target.peers).toEqual(['127.0.0.42']);
});

test('a check from a source address that the machine does not have is unmeasured', async () => {
  const { observations } = await askProbe([{ host: HOST, port: target.port }], {
    sourceAddress: '192.0.2.77',
  });
  expect(words(observations[0])).toBe('unmeasured location_offline');
});

test('localhost resolves without a name server', async () => {
  expect(await outcome({ host: 'localhost', port: target.port })).toBe('ok');
  expect(await outcome({ host: 'shop.localhost', port: target.port })).toBe('ok');
});

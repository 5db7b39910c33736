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
  test('is ok on an open port, with its phases and the address', async () => {
    const before = Date.now();
    const { observations } = await askProbe([{ host: HOST, port: target.port }]);
    const [seen] = observations;
    expect(words(seen)).toBe('ok');
    expect(seen?.address).toBe(HOST);
    expect(seen?.startedAt).toBeGreaterThanOrEqual(before);
    expect(seen?.timings.dnsMs).toBeUndefined();
    expect(seen?.timings.connectMs).toBeGreaterThan(0);
    expect(seen?.timings.totalMs).toBeGreaterThanOrEqual(seen?.timings.connectMs ?? Infinity);
    // The wait for an early reset is not the target's time.
    expect(seen?.timings.totalMs).toBeLessThan(20);
  });

  test('closes with a FIN, also when the server has said something', async () => {
    const banner = await bannerTarget();
    for (const one of [target, banner]) {
      one.endings.length = 0;
      expect(await outcome({ host: HOST, port: one.port })).toBe('ok');
      await sleep(50);
      expect(one.endings).toEqual(['fin']);
    }
    await banner.close();
  });

  test('fails as refused on a closed port', async () => {
    const port = await closedPort();
    const { observations } = await askProbe([{ host: HOST, port }]);
    expect(observations[0]).toMatchObject({ outcome: 'failed', code: 'refused', address: HOST });
    expect(observations[0]).toHaveProperty('detail', `127.0.0.1:${port} refused the connection`);
  });

  test('fails as timeout when nobody takes the connection, after timeoutMs and not much later', async () => {
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
    'fails as reset, every time, on a server that accepts and resets %d ms later',
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

  test('is ok when the port refuses, resets or stays silent', async () => {
    const resetting = await resettingTarget();
    expect(await outcome({ ...closed, port: await closedPort() })).toBe('ok');
    expect(await outcome({ ...closed, port: hanging.port })).toBe('ok');
    expect(await outcome({ ...closed, port: resetting.port })).toBe('ok');
    await resetting.close();
  });

  test('fails as unexpected_open when the port answers', async () => {
    const { observations } = await askProbe([{ ...closed, port: target.port }]);
    expect(words(observations[0])).toBe('failed unexpected_open');
    expect(observations[0]).toHaveProperty('detail', expect.stringContaining('must be closed'));
  });

  test('is not ok when the target is forbidden or its name is unknown: nothing was learned of the port', async () => {
    expect(await outcome({ ...closed, host: '10.0.0.1', port: 1 })).toBe('failed forbidden_address');
  });
});

describe('the address guard at the probe', () => {
  test('refuses loopback where it is not allowed, without connecting', async () => {
    target.peers.length = 0;
    for (const host of [HOST, 'localhost', '::1', '::ffff:127.0.0.1']) {
      const { observations } = await askProbe([{ host, port: target.port }], { allowLoopback: false });
      expect(words(observations[0]), host).toBe('failed forbidden_address');
      expect(observations[0]?.address, host).toBeUndefined();
    }
    expect(target.peers).toEqual([]);
  });

  test('an IPv6 literal is unmeasured where there is no IPv6', async () => {
    expect(await outcome({ host: '2606:4700::1111', port: 443 })).toBe('unmeasured no_ipv6');
  });
});

test('connects from the source address it is given', async () => {
  target.peers.length = 0;
  await askProbe([{ host: HOST, port: target.port }], { sourceAddress: '127.0.0.42' });
  expect(target.peers).toEqual(['127.0.0.42']);
});

test('a source address that the machine does not have is the fault of the location', async () => {
  const { observations } = await askProbe([{ host: HOST, port: target.port }], {
    sourceAddress: '192.0.2.77',
  });
  expect(words(observations[0])).toBe('unmeasured location_offline');
});

test('localhost is found without a name server', async () => {
  expect(await outcome({ host: 'localhost', port: target.port })).toBe('ok');
  expect(await outcome({ host: 'shop.localhost', port: target.port })).toBe('ok');
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { inTime, words } from '../../support/net/ask-probe.ts';
import { type Listener, listenOn } from '../../support/net/listeners.ts';
import {
  addressWarnings,
  checkName,
  checkNames,
  hasIpv6Loopback,
  NAME,
} from '../../support/net/named-addresses.ts';
import { closedPort, hangingTarget, resettingTarget } from '../../support/net/targets.ts';

/** The silent server drops every SYN; the live one accepts on the same port of another address. */
const [SILENT, ALIVE, DEAD] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

let silent: Awaited<ReturnType<typeof hangingTarget>>;
let alive: Listener;
let port: number;
beforeAll(async () => {
  silent = await hangingTarget();
  port = silent.port;
  alive = await listenOn(ALIVE, port);
});
afterAll(async () => {
  await alive.close();
  await silent.close();
});

const run = (addresses: readonly string[], more: object = {}): Promise<Observation> =>
  checkName({ port, ...more }, { addresses, trace: true });

const traceOf = ({ trace = [] }: Observation): string => trace.map(({ text }) => text).join('\n');

describe('a name with several addresses', () => {
  test('a silent address delays the next one by 250 ms, and the connect time is the winner’s own', async () => {
    const observation = await run([SILENT, ALIVE]);
    expect(words(observation)).toBe('ok');
    expect(observation.address).toBe(ALIVE);
    const { connectMs = 0, totalMs = 0 } = observation.timings;
    expect(connectMs).toBeLessThan(100);
    expect(totalMs).toBeGreaterThanOrEqual(250);
    expect(totalMs).toBeLessThan(inTime(300));
    expect(traceOf(observation)).toContain(`connecting to ${SILENT}:${port}`);
    expect(traceOf(observation)).toContain(`connected to ${ALIVE}:${port} in`);
    expect(traceOf(observation)).toContain(`gave up on ${SILENT}:${port}`);
  });

  test('an address that the winner cancels is not dead', async () => {
    expect(addressWarnings(await run([SILENT, ALIVE]))).toEqual([]);
    expect(addressWarnings(await run([SILENT, DEAD, ALIVE]))).toEqual([
      `1 of 3 addresses of ${NAME}:${port} failed: ${DEAD}:${port} refused the connection`,
    ]);
  });

  test('every address has its turn within a short timeout', async () => {
    const observation = await run([SILENT, DEAD, SILENT.replace(/1$/, '4'), ALIVE], { timeoutMs: 200 });
    expect(words(observation)).toBe('ok');
  });

  test('a silent address alone fails as timeout at timeoutMs', async () => {
    const observation = await run([SILENT], { timeoutMs: 200 });
    expect(observation).toMatchObject({
      code: 'timeout',
      phase: 'connect',
      detail: `no answer from ${SILENT}:${port} within 200 ms`,
    });
    expect(observation.timings.totalMs).toBeLessThan(inTime(300));
  });

  test.each([
    [SILENT, DEAD],
    [DEAD, SILENT],
  ])('the code of %s and %s does not depend on their order', async (...addresses) => {
    const observation = await run(addresses, { timeoutMs: 200 });
    expect(words(observation)).toBe('failed refused');
    expect(observation).toHaveProperty(
      'detail',
      `no answer from ${SILENT}:${port} within 200 ms; ${DEAD}:${port} refused the connection`,
    );
  });

  test('a name with 20 addresses is checked by its first 16', async () => {
    const closed = Array.from({ length: 20 }, (_, index) => `127.0.1.${index + 1}`);
    const observation = await run(closed);
    expect(words(observation)).toBe('failed refused');
    const { detail } = observation as Extract<Observation, { outcome: 'failed' }>;
    for (const address of closed.slice(0, 16)) expect(detail).toContain(address);
    expect(detail).not.toContain(closed[16]);
  });

  test('a handshake that is reset at once does not win', async () => {
    const resetting = await resettingTarget();
    const live = await listenOn(ALIVE, resetting.port);
    const observation = await run([SILENT, ALIVE], { port: resetting.port });
    expect(words(observation)).toBe('ok');
    expect(observation.address).toBe(ALIVE);
    expect(addressWarnings(observation)).toEqual([
      `1 of 2 addresses of ${NAME}:${resetting.port} failed: ${SILENT}:${resetting.port} reset the connection`,
    ]);
    await live.close();
    expect(await run([SILENT, ALIVE], { port: resetting.port })).toMatchObject({
      code: 'reset',
      detail: `${SILENT}:${resetting.port} reset the connection; ${ALIVE}:${resetting.port} refused the connection`,
    });
    await resetting.close();
  });

  test('several samples measure the address that accepts', async () => {
    const observation = await run([DEAD, ALIVE], { samples: 3, maxLossPercent: 0 });
    expect(observation).toMatchObject({ outcome: 'ok', samples: { sent: 3, lost: 0 }, address: ALIVE });
    expect(addressWarnings(observation)).toHaveLength(1);
  });
});

describe('a check that needs every address', () => {
  test('the run is ok if all accept, and its address is one of them', async () => {
    const other = await listenOn(DEAD, port);
    const before = alive.accepted();
    const observation = await run([ALIVE, DEAD], { addresses: 'all' });
    expect(words(observation)).toBe('ok');
    expect([ALIVE, DEAD]).toContain(observation.address);
    expect([alive.accepted() - before, other.accepted()]).toEqual([1, 1]);
    expect(traceOf(observation)).toContain(`[${ALIVE}] connected`);
    expect(traceOf(observation)).toContain(`[${DEAD}] connected`);
    await other.close();
  });

  test('a silent address fails the run at timeoutMs, whatever the order', async () => {
    for (const addresses of [
      [SILENT, ALIVE],
      [ALIVE, SILENT],
    ]) {
      expect(await run(addresses, { addresses: 'all', timeoutMs: 200 })).toMatchObject({
        outcome: 'failed',
        code: 'timeout',
        phase: 'connect',
        address: SILENT,
        detail: `1 of 2 addresses of ${NAME} failed: no answer from ${SILENT}:${port} within 200 ms`,
      });
    }
  });
});

describe('a closed port of a name with several addresses', () => {
  const closed = { expect: 'closed', timeoutMs: 200 };

  test('the run is ok if every address refuses or stays silent', async () => {
    const observation = await run([DEAD, SILENT], closed);
    expect(words(observation)).toBe('ok');
    expect(addressWarnings(observation)).toEqual([]);
  });

  test.each([
    [DEAD, ALIVE],
    [ALIVE, DEAD],
    [SILENT, ALIVE],
  ])('one open address of %s and %s fails the run', async (...addresses) => {
    expect(await run(addresses, closed)).toMatchObject({
      outcome: 'failed',
      code: 'unexpected_open',
      address: ALIVE,
      detail: `1 of 2 addresses of ${NAME} failed: port ${port} of ${ALIVE} accepts connections, but must be closed`,
    });
  });
});

test('a refused address of a canary is a response: the location is online', async () => {
  const canary = { host: 'canary.test.example', port: await closedPort(DEAD) };
  const silence = { type: 'tcp', host: NAME, port, timeoutMs: 200 };
  const names = { [canary.host]: ['::1', DEAD] };
  const [observation] = await checkNames([silence], { addresses: [SILENT], names, canaries: [canary] });
  expect(words(observation)).toBe('failed timeout');
});

test('a canary whose second address accepts proves the location online', async () => {
  const canary = { host: 'canary.test.example', port };
  const silence = { type: 'tcp', host: NAME, port, timeoutMs: 600 };
  const names = { [canary.host]: [SILENT, ALIVE] };
  const [observation] = await checkNames([silence], { addresses: [SILENT], names, canaries: [canary] });
  expect(words(observation)).toBe('failed timeout');
});

test('an address of a family without a route is never dead', async () => {
  const addresses = ['::1', ALIVE];
  const observation = await run(addresses);
  expect(words(observation)).toBe('ok');
  const expected = (await hasIpv6Loopback())
    ? [`1 of 2 addresses of ${NAME}:${port} failed: [::1]:${port} refused the connection`]
    : [];
  expect(addressWarnings(observation)).toEqual(expected);
});

import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../../probes/net/session.ts';
import { SocketBudget } from '../../../probes/net/socket-budget.ts';
import { NetworkWire } from '../../../probes/net/wire.ts';
import { words } from '../../support/net/ask-probe.ts';
import { checkNames } from '../../support/net/named-addresses.ts';
import { hangingTarget } from '../../support/net/targets.ts';

const [SILENT, ALIVE] = ['127.0.0.1', '127.0.0.2'];
let silent: Awaited<ReturnType<typeof hangingTarget>>;
const server = net.createServer((socket) => socket.on('error', () => {}).resume());
beforeAll(async () => {
  silent = await hangingTarget();
  server.listen(silent.port, ALIVE);
  await once(server, 'listening');
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await silent.close();
});

const ANSWERING = { hasAnswered: true, queryFailure: async () => null };

test('a run without a free socket gives up a silent address for the next one', async () => {
  const budget = new SocketBudget(0);
  const session = new Session(1_000);
  const resolver = { resolve: async () => [SILENT, ALIVE], servers: () => [], ...ANSWERING };
  const wire = new NetworkWire(session, { resolver, allowLoopback: true, sourceAddress: undefined, budget });
  const connection = await wire.connect({ host: 'shop.test.example', port: silent.port });
  expect(connection.address).toBe(ALIVE);
  expect(session.deadline.elapsedMs).toBeGreaterThanOrEqual(470);
  session.destroy();
});

test('the sockets of a run return to the budget', async () => {
  const budget = new SocketBudget(1);
  for (const addresses of [
    [SILENT, ALIVE],
    [SILENT, '127.0.0.3'],
  ]) {
    const session = new Session(400);
    setTimeout(() => session.expire('timeout'), 400);
    const resolver = { resolve: async () => addresses, servers: () => [], ...ANSWERING };
    const wire = new NetworkWire(session, {
      resolver,
      allowLoopback: true,
      sourceAddress: undefined,
      budget,
    });
    await wire.connect({ host: 'shop.test.example', port: silent.port }).catch(() => {});
    expect(budget.tryTake()).toBe(true);
    expect(budget.tryTake()).toBe(false);
    budget.release();
    session.destroy();
  }
});

test('250 runs with eight silent addresses each stay below 1,024 descriptors', async () => {
  const everywhere = await hangingTarget('0.0.0.0');
  const addresses = Array.from({ length: 8 }, (_, index) => `127.0.2.${index + 1}`);
  const openSockets = (): number =>
    process.getActiveResourcesInfo().filter((kind) => /^TCP(SOCKET)?WRAP$/i.test(kind)).length;
  const before = openSockets();
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, openSockets() - before);
  }, 20);
  const names = Object.fromEntries(
    Array.from({ length: 250 }, (_, index) => [`shop${index}.test.example`, addresses]),
  );
  const checks = Object.keys(names).map((host) => ({
    ...{ type: 'tcp', host, port: everywhere.port, timeoutMs: 900 },
  }));
  const observations = await checkNames(checks, { addresses: [], names });
  clearInterval(sampling);
  await everywhere.close();
  expect(observations.map(words).filter((one) => one !== 'failed timeout')).toEqual([]);
  expect(peak).toBeGreaterThan(600);
  expect(peak).toBeLessThan(1_000);
});

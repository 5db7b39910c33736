// A thousand checks of all types at once, a tenth of which hang: their cost for the one process of a probe.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation } from '../../../probes/contract/index.ts';
import { because } from '../../support/missing-program.ts';
import { askProbe, words } from '../../support/net/ask-probe.ts';
import { type ProbeProcess, startProbeProcess } from '../../support/net/probe-process.ts';
import { closedPort } from '../../support/net/targets.ts';
import { DNS_DATAGRAM, MAIL_WITH_TLS, REDIS_PING, SSH_BANNER } from './conversations.ts';
import { type Folder, makeFolder } from './folder.ts';
import { type Servers, serversProblem, startServers } from './servers/all.ts';
import { type Nginx, startNginx } from './servers/nginx.ts';

const problem = serversProblem();
const HOST = '127.0.0.1';
const RUNS = 1_000;
/** Long, because the servers share the machine with the probe, and this test is not about slow servers. */
const TIMEOUT_MS = 10_000;
/** As the coordinator sets it. */
const DEADLINE_MS = TIMEOUT_MS + 3_000;

let servers: Servers | undefined;
let folder: Folder | undefined;
let hanging: Nginx | undefined;
let probe: ProbeProcess | undefined;
beforeAll(async () => {
  if (problem !== null) return;
  servers = await startServers();
  folder = makeFolder();
  hanging = await startNginx(folder.path, [servers.certificate]);
  hanging.hang();
  probe = await startProbeProcess({ allowLoopback: true, nameServer: `${HOST}:${servers.nsd.port}` });
});
afterAll(async () => {
  await probe?.close();
  await hanging?.close();
  await servers?.close();
  folder?.remove();
});

interface Kind {
  readonly check: object;
  readonly expected: string;
}

function kinds({ authority, nginx, nsd, sshd, redis, mail }: Servers, closed: number): Kind[] {
  const ok = (check: object): Kind => ({ check, expected: 'ok' });
  const ca = authority.ca;
  const secure = `https://shop.localhost:${nginx.tlsPort}/`;
  const dns = { type: 'dns', name: 'shop.lab.test', server: HOST, port: nsd.port };
  return [
    ok({ host: HOST, port: nginx.port }),
    ok({ host: HOST, port: sshd.port }),
    ok({ host: HOST, port: redis.port, samples: 3 }),
    ok({ host: HOST, port: mail.port }),
    { check: { host: HOST, port: closed }, expected: 'failed refused' },
    ok({ type: 'tls', host: 'shop.localhost', port: nginx.tlsPort, ca }),
    ok({ type: 'http', url: `http://${HOST}:${nginx.port}/status.json`, contains: '"ok"' }),
    {
      check: { type: 'http', url: `http://${HOST}:${nginx.port}/broken` },
      expected: 'failed unexpected_reply',
    },
    ok({ type: 'http', url: secure, ca, contains: 'Open all day' }),
    ok(dns),
    ok({ ...dns, transport: 'tcp' }),
    ok({ type: 'udp', host: HOST, port: nsd.port, ...DNS_DATAGRAM }),
    ok({ type: 'script', host: HOST, port: sshd.port, steps: SSH_BANNER }),
    ok({ type: 'script', host: HOST, port: redis.port, steps: REDIS_PING }),
    ok({ type: 'script', host: HOST, port: mail.port, steps: MAIL_WITH_TLS, ca }),
  ];
}

const hangs = ({ port, tlsPort }: Nginx): Kind[] =>
  [
    { type: 'tls', host: HOST, port: tlsPort },
    { type: 'http', url: `http://${HOST}:${port}/` },
    { type: 'http', url: `https://${HOST}:${tlsPort}/` },
    { type: 'script', host: HOST, port, steps: SSH_BANNER },
  ].map((check) => ({ check: { ...check, timeoutMs: 2_000 }, expected: 'failed timeout' }));

const cycle = <T>(values: readonly T[], index: number): T => values[index % values.length]!;

describe.skipIf(problem !== null)(`a probe with a thousand checks${because(problem)}`, () => {
  test('a probe reports a thousand checks in time, in little memory and with few descriptors', async () => {
    const [healthy, silent] = [kinds(servers!, await closedPort()), hangs(hanging!)];
    const batch = Array.from({ length: RUNS }, (_, index) =>
      index % 10 === 0 ? cycle(silent, index / 10) : cycle(healthy, index),
    );
    const before = probe!.usage();
    const { observations, tookMs } = await askProbe(
      batch.map(({ check }) => ({ timeoutMs: TIMEOUT_MS, ...check })),
      { deadlineMs: DEADLINE_MS, answer: probe!.answer },
    );
    const { peakMiB, peakDescriptors, cpuMs } = probe!.usage();
    // Not through the console, because vitest hides its output for tests that pass.
    process.stdout.write(
      `${RUNS} checks in ${tookMs.toFixed(0)} ms: ${peakMiB.toFixed(0)} MiB at most (${before.peakMiB.toFixed(0)} before), ` +
        `${peakDescriptors} descriptors at most, ${cpuMs - before.cpuMs} ms of CPU\n`,
    );
    const wrong = batch.flatMap(({ check, expected }, index) =>
      words(observations[index]) === expected
        ? []
        : [{ check, observation: observations[index] as Observation }],
    );
    expect(wrong.slice(0, 20), `${wrong.length} unexpected outcomes`).toEqual([]);
    expect(tookMs).toBeLessThan(DEADLINE_MS);
    expect(peakMiB).toBeLessThan(128);
    expect(peakDescriptors).toBeLessThan(900);
  });
});

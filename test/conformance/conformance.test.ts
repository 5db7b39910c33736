// Every check of the catalogue against every fault of its server: the right outcome, in time, in bounded memory.
// A check without an entry in check-servers.ts is tested from its definition and its example.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkTypes } from '../../probes/checks/catalogue.ts';
import type { Observation } from '../../probes/contract/index.ts';
import { because } from '../support/missing-program.ts';
import { inTime, words } from '../support/net/ask-probe.ts';
import { noOpenssl } from '../support/net/certificates.ts';
import { type ChaosProxy, type Fault, startChaosProxy } from '../support/net/chaos-proxy.ts';
import {
  type CheckServer,
  checkServers,
  type ExampleCheck,
  exampleCheck,
  type FaultKind,
  type Server,
  type TcpCheckServer,
  type UdpCheckServer,
} from '../support/net/check-servers.ts';
import { type ProbeProcess, startProbeProcess } from '../support/net/probe-process.ts';
import { closedPort, closedUdpPort, hangingTarget, stoppedTarget } from '../support/net/targets.ts';
import { startUdpChaosProxy, type UdpChaosProxy } from '../support/net/udp-chaos-proxy.ts';

const TIMEOUT_MS = 700;
/** How long a run may take beyond its timeout. */
const GRACE_MS = 250;
const MAX_HEAP_BYTES = 64 * 1024 * 1024;

const served = new Set(checkServers.map(({ options }) => options(1).type));

test('every healthy server belongs to a check of the catalogue', () => {
  expect([...served].filter((type) => !checkTypes.includes(type))).toEqual([]);
});

test.for(checkTypes)('the %s check has a healthy server', (type, context) => {
  if (!served.has(type)) context.skip('no server in check-servers.ts: only its definition is tested');
});

const withoutOpenssl = noOpenssl !== null;
const possible = checkServers.filter(({ needsOpenssl }) => !(needsOpenssl && withoutOpenssl));
// Without the command that makes certificates, checks over TLS are left out of every test below.
test.skipIf(withoutOpenssl)(`checks over TLS have a healthy server${because(noOpenssl)}`, () => {
  expect(checkServers.filter(({ needsOpenssl }) => needsOpenssl)).not.toEqual([]);
});
const tcpServers = possible.filter((subject): subject is TcpCheckServer => subject.transport === 'tcp');
const udpServers = possible.filter((subject): subject is UdpCheckServer => subject.transport === 'udp');

let probe: ProbeProcess;
beforeAll(async () => {
  probe = await startProbeProcess({ measuresHeap: true });
});
afterAll(() => probe.close());

async function run(subject: Pick<CheckServer, 'options'>, port: number): Promise<Observation> {
  const check = { ...subject.options(port), timeoutMs: TIMEOUT_MS };
  const { observations, tookMs, peakBytes } = await probe.ask([check]);
  const [observation] = observations;
  expect(peakBytes).toBeLessThan(MAX_HEAP_BYTES);
  expect(observation?.timings.totalMs ?? 0).toBeLessThan(TIMEOUT_MS + GRACE_MS);
  expect(tookMs).toBeLessThan(inTime(TIMEOUT_MS + GRACE_MS));
  return observation!;
}

const examples = checkTypes.flatMap((type) => {
  const subject = exampleCheck(type);
  return subject === null ? [] : [{ type, subject }];
});
describe.each(examples)('the example of the $type check', ({ subject }: { subject: ExampleCheck }) => {
  test('an example check of a closed port is refused', async () => {
    const port = await (subject.transport === 'tcp' ? closedPort() : closedUdpPort());
    expect(words(await run(subject, port))).toBe('failed refused');
  });
});

// A datagram has no accept queue to fill.
const overTcp = examples.filter(({ subject }) => subject.transport === 'tcp');
test.each(overTcp)(
  'the example of the $type check times out on a port that drops packets',
  async ({ subject }) => {
    const hanging = await hangingTarget();
    expect(words(await run(subject, hanging.port))).toBe('failed timeout');
    await hanging.close();
  },
);

describe.each(tcpServers)('the $title check', (subject) => {
  let server: Server;
  let proxy: ChaosProxy;
  /** The number of bytes that the server sends in a good conversation. */
  let sentBytes = 0;

  beforeAll(async () => {
    server = await subject.start();
    proxy = await startChaosProxy(server.port);
    expect(words(await run(subject, proxy.port))).toBe('ok');
    sentBytes = proxy.transcript().length;
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  const runWith = async (fault: Fault): Promise<Observation> => {
    proxy.inject(fault);
    return run(subject, proxy.port);
  };
  const expected = (fault: FaultKind): readonly string[] => subject.expected[fault];

  test('a check fails with refused at a closed port', async () => {
    expect(words(await run(subject, await closedPort()))).toBe('failed refused');
  });

  test('a check times out in the connect phase if no process accepts the connection', async () => {
    const hanging = await hangingTarget();
    const observation = await run(subject, hanging.port);
    expect(observation).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'connect' });
    await hanging.close();
  });

  test('a check has the right outcome if the process is stopped while its kernel accepts', async () => {
    const stopped = await stoppedTarget();
    const observation = await run(subject, stopped.port);
    expect(expected('stopped')).toContain(words(observation));
    if (observation.outcome === 'failed') expect(['tls', 'reply']).toContain(observation.phase);
    await stopped.close();
  });

  test.each(['reset', 'end', 'stall'] as const)(
    'a check has the right outcome for a %s at each point of a good transcript',
    async (kind) => {
      const points = new Set([
        0,
        1,
        Math.floor(sentBytes / 2),
        ...(subject.everyByteCounts ? [sentBytes - 1] : []),
      ]);
      for (const afterBytes of points) {
        if (afterBytes >= Math.max(1, sentBytes)) continue;
        const observation = await runWith({ kind, afterBytes });
        expect(
          expected(kind),
          `after ${afterBytes} of ${sentBytes} bytes: ${describeObservation(observation)}`,
        ).toContain(words(observation));
      }
    },
  );

  test('a check has the right outcome for a byte per second', async () => {
    const observation = await runWith({ kind: 'trickle' });
    expect(expected('trickle'), describeObservation(observation)).toContain(words(observation));
  });

  test.each([
    ['zeros', new Uint8Array(64)],
    ['lines', new TextEncoder().encode('certainly not an answer to the request\r\n'.repeat(20))],
    ['high bytes', new Uint8Array(512).fill(0xff)],
  ])('a check has the right outcome for garbage of %s', async (_title, bytes) => {
    const observation = await runWith({ kind: 'garbage', bytes });
    expect(expected('garbage'), describeObservation(observation)).toContain(words(observation));
  });

  test.each([0x41, 0x0a, 0x00])(
    'a check has the right outcome for an endless banner of byte %d',
    async (byte) => {
      const observation = await runWith({ kind: 'flood', byte });
      expect(expected('flood'), describeObservation(observation)).toContain(words(observation));
    },
  );
});

describe.each(udpServers)('the $title check', (subject) => {
  let server: Server;
  let proxy: UdpChaosProxy;
  beforeAll(async () => {
    server = await subject.start();
    proxy = await startUdpChaosProxy(server.port);
    expect(words(await run(subject, proxy.port))).toBe('ok');
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
  });

  test('a check fails with refused at a closed port', async () => {
    expect(words(await run(subject, await closedUdpPort()))).toBe('failed refused');
  });

  test('a check times out in the reply phase if no datagram arrives', async () => {
    proxy.inject({ kind: 'silence' });
    expect(await run(subject, proxy.port)).toMatchObject({ code: 'timeout', phase: 'reply' });
  });

  test.each([
    ['zero length', new Uint8Array(0)],
    ['zeros', new Uint8Array(64)],
    ['high bytes', new Uint8Array(1_400).fill(0xff)],
  ])('a check has the right outcome for datagrams of %s', async (_title, bytes) => {
    proxy.inject({ kind: 'replaced', makeReply: () => bytes });
    const observation = await run(subject, proxy.port);
    expect(subject.garbage, describeObservation(observation)).toContain(words(observation));
  });
});

const describeObservation = (observation: Observation): string => JSON.stringify(observation);

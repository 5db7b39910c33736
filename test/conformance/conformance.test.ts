// Every check of the catalogue against everything that can go wrong with a good server of it: the right code, in time,
// in bounded memory. A check without a server in check-servers.ts is tested from its definition alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkTypes } from '../../probes/checks/catalogue.ts';
import type { Observation } from '../../probes/contract/index.ts';
import { inTime, words } from '../support/net/ask-probe.ts';
import { opensslIsMissing } from '../support/net/certificates.ts';
import { type Middleman, type Spoiling, startMiddleman } from '../support/net/chaos-proxy.ts';
import {
  type ExampleSubject,
  exampleSubject,
  type Server,
  type Subject,
  subjects,
  type TcpSubject,
  type Trouble,
  type UdpSubject,
} from '../support/net/check-servers.ts';
import { type ProbeProcess, startProbeProcess } from '../support/net/probe-process.ts';
import { closedPort, closedUdpPort, hangingTarget, stoppedTarget } from '../support/net/targets.ts';
import { startUdpMiddleman, type UdpMiddleman } from '../support/net/udp-chaos-proxy.ts';

const TIMEOUT_MS = 700;
/** What a look may take beyond its timeout. */
const GRACE_MS = 250;
const MOST_HEAP_BYTES = 64 * 1024 * 1024;

const served = new Set(subjects.map(({ options }) => options(1).type));

test('every good server belongs to a check of the catalogue', () => {
  expect([...served].filter((type) => !checkTypes.includes(type))).toEqual([]);
});

test.for(checkTypes)('the %s check has a good server', (type, context) => {
  if (!served.has(type)) context.skip('no server in check-servers.ts: only its definition is tested');
});

const withoutOpenssl = opensslIsMissing();
const possible = subjects.filter(({ needsOpenssl }) => !(needsOpenssl && withoutOpenssl));
if (withoutOpenssl)
  test('checks over TLS', (context) =>
    context.skip('the openssl command is not there, and makes the certificates'));
const tcpSubjects = possible.filter((subject): subject is TcpSubject => subject.transport === 'tcp');
const udpSubjects = possible.filter((subject): subject is UdpSubject => subject.transport === 'udp');

let probe: ProbeProcess;
beforeAll(async () => {
  probe = await startProbeProcess();
});
afterAll(() => probe.close());

async function run(subject: Pick<Subject, 'options'>, port: number): Promise<Observation> {
  const check = { ...subject.options(port), timeoutMs: TIMEOUT_MS };
  const { observations, tookMs, peakBytes } = await probe.ask([check]);
  const [seen] = observations;
  expect(peakBytes).toBeLessThan(MOST_HEAP_BYTES);
  expect(seen?.timings.totalMs ?? 0).toBeLessThan(TIMEOUT_MS + GRACE_MS);
  expect(tookMs).toBeLessThan(inTime(TIMEOUT_MS + GRACE_MS));
  return seen!;
}

const examples = checkTypes.flatMap((type) => {
  const subject = exampleSubject(type);
  return subject === null ? [] : [{ type, subject }];
});
describe.each(examples)('the example of the $type check', ({ subject }: { subject: ExampleSubject }) => {
  test('an example check of a closed port is refused', async () => {
    const port = await (subject.transport === 'tcp' ? closedPort() : closedUdpPort());
    expect(words(await run(subject, port))).toBe('failed refused');
  });

  test.runIf(subject.transport === 'tcp')(
    'an example check of a port that drops packets times out',
    async () => {
      const hanging = await hangingTarget();
      expect(words(await run(subject, hanging.port))).toBe('failed timeout');
      await hanging.close();
    },
  );
});

describe.each(tcpSubjects)('$title', (subject) => {
  let server: Server;
  let middleman: Middleman;
  /** Bytes that the server says in a good conversation. */
  let said = 0;

  beforeAll(async () => {
    server = await subject.start();
    middleman = await startMiddleman(server.port);
    expect(words(await run(subject, middleman.port))).toBe('ok');
    said = middleman.said().length;
  });
  afterAll(async () => {
    await middleman.close();
    await server.close();
  });

  const spoiled = async (how: Spoiling): Promise<Observation> => {
    middleman.spoil(how);
    return run(subject, middleman.port);
  };
  const expected = (trouble: Trouble): readonly string[] => subject.expected[trouble];

  test('is refused by a closed port', async () => {
    expect(words(await run(subject, await closedPort()))).toBe('failed refused');
  });

  test('times out where nobody takes the connection', async () => {
    const hanging = await hangingTarget();
    const seen = await run(subject, hanging.port);
    expect(seen).toMatchObject({ outcome: 'failed', code: 'timeout', phase: 'connect' });
    await hanging.close();
  });

  test('says of a process that is stopped, whose kernel still accepts, what it has to', async () => {
    const stopped = await stoppedTarget();
    const seen = await run(subject, stopped.port);
    expect(expected('stopped')).toContain(words(seen));
    if (seen.outcome === 'failed') expect(['tls', 'reply']).toContain(seen.phase);
    await stopped.close();
  });

  test.each(['reset', 'end', 'stall'] as const)(
    'meets a %s at each point of a good transcript',
    async (kind) => {
      const points = new Set([0, 1, Math.floor(said / 2), ...(subject.everyByteCounts ? [said - 1] : [])]);
      for (const afterBytes of points) {
        if (afterBytes >= Math.max(1, said)) continue;
        const seen = await spoiled({ kind, afterBytes });
        expect(expected(kind), `after ${afterBytes} of ${said} bytes: ${describeSeen(seen)}`).toContain(
          words(seen),
        );
      }
    },
  );

  test('meets a byte a second', async () => {
    const seen = await spoiled({ kind: 'trickle' });
    expect(expected('trickle'), describeSeen(seen)).toContain(words(seen));
  });

  test.each([
    ['zeros', new Uint8Array(64)],
    ['lines', new TextEncoder().encode('certainly not what was asked for\r\n'.repeat(20))],
    ['high bytes', new Uint8Array(512).fill(0xff)],
  ])('meets garbage of %s', async (_title, bytes) => {
    const seen = await spoiled({ kind: 'garbage', bytes });
    expect(expected('garbage'), describeSeen(seen)).toContain(words(seen));
  });

  test.each([0x41, 0x0a, 0x00])('meets a banner without end, of byte %d', async (byte) => {
    const seen = await spoiled({ kind: 'babble', byte });
    expect(expected('babble'), describeSeen(seen)).toContain(words(seen));
  });
});

describe.each(udpSubjects)('$title', (subject) => {
  let server: Server;
  let middleman: UdpMiddleman;
  beforeAll(async () => {
    server = await subject.start();
    middleman = await startUdpMiddleman(server.port);
    expect(words(await run(subject, middleman.port))).toBe('ok');
  });
  afterAll(async () => {
    await middleman.close();
    await server.close();
  });

  test('is refused by a closed port', async () => {
    expect(words(await run(subject, await closedUdpPort()))).toBe('failed refused');
  });

  test('times out in silence', async () => {
    middleman.spoil({ kind: 'silence' });
    expect(await run(subject, middleman.port)).toMatchObject({ code: 'timeout', phase: 'reply' });
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(64)],
    ['high bytes', new Uint8Array(1_400).fill(0xff)],
  ])('meets datagrams of %s', async (_title, bytes) => {
    middleman.spoil({ kind: 'invented', invent: () => bytes });
    const seen = await run(subject, middleman.port);
    expect(subject.garbage, describeSeen(seen)).toContain(words(seen));
  });
});

const describeSeen = (seen: Observation): string => JSON.stringify(seen);

// The probe benchmark: captures, their pairing with runs, and the arithmetic of errors and goals.
import { describe, expect, test } from 'vitest';
import { quotaUs } from '../../bench/probe/cpu-group.ts';
import { goalsOf } from '../../bench/probe/goals.ts';
import { handshakesWith, pairUp } from '../../bench/probe/handshakes.ts';
import { timesOf } from '../../bench/probe/other-tools.ts';
import { readPcap, type Segment } from '../../bench/probe/pcap.ts';
import { PORTS } from '../../bench/probe/service-ports.ts';
import type { Throughput } from '../../bench/probe/throughput.ts';
import { errorsOf, median, type TimingAccuracy } from '../../bench/probe/timing-accuracy.ts';
import { FIRST_SERVICE_PORT, FULL_PORT, mixedChecks, TYPES } from '../../bench/probe/workload.ts';
import { findCheck } from '../../probes/checks/catalogue.ts';

const SYN = 0x02;
const SYN_ACK = 0x12;
const LINKS = { ethernet: 1, raw: 101, cooked: 113, cookedTwo: 276 } as const;

interface Packet {
  readonly seconds: number;
  readonly fraction: number;
  readonly from: readonly [number, number, number, number, number];
  readonly to: readonly [number, number, number, number, number];
  readonly flags: number;
}

/** One packet, byte by byte: link layer, IPv4 with four bytes of options, TCP. */
function frameOf(link: keyof typeof LINKS, { from, to, flags }: Packet, etherType = 0x0800): Buffer {
  const linkLayer = Buffer.alloc({ ethernet: 14, raw: 0, cooked: 16, cookedTwo: 20 }[link]);
  const etherTypeAt = { ethernet: 12, raw: null, cooked: 14, cookedTwo: 0 }[link];
  if (etherTypeAt !== null) linkLayer.writeUInt16BE(etherType, etherTypeAt);
  const ip = Buffer.alloc(24);
  ip[0] = 0x46;
  ip[9] = 6;
  ip.set(from.slice(0, 4), 12);
  ip.set(to.slice(0, 4), 16);
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(from[4], 0);
  tcp.writeUInt16BE(to[4], 2);
  tcp[13] = flags;
  return Buffer.concat([linkLayer, ip, tcp]);
}

/** A whole file. `magic` is written in the byte order of the file. */
function pcapOf(
  link: keyof typeof LINKS,
  packets: readonly Packet[],
  magic = 0xa1b23c4d,
  little = true,
): Buffer {
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const records = packets.flatMap((packet) => {
    const frame = frameOf(link, packet);
    return [u32(packet.seconds), u32(packet.fraction), u32(frame.length), u32(frame.length), frame];
  });
  return Buffer.concat([u32(magic), Buffer.alloc(16), u32(LINKS[link]), ...records]);
}

const SYN_PACKET: Packet = {
  ...{ seconds: 1_795_000_000, fraction: 999_999_000, flags: SYN },
  ...{ from: [127, 0, 0, 1, 40_000], to: [127, 77, 0, 1, 20_000] },
};
const ANSWER: Packet = {
  ...{ seconds: 1_795_000_001, fraction: 14_500, flags: SYN_ACK },
  ...{ from: SYN_PACKET.to, to: SYN_PACKET.from },
};

describe('reading a capture', () => {
  test.each(Object.keys(LINKS) as (keyof typeof LINKS)[])('a capture of link type %s is read', (link) => {
    const common = { syn: true };
    expect(readPcap(pcapOf(link, [SYN_PACKET, ANSWER]))).toEqual([
      {
        ...{ ...common, ack: false, atUs: 0, source: '127.0.0.1', sourcePort: 40_000 },
        ...{ destination: '127.77.0.1', destinationPort: 20_000 },
      },
      {
        ...{ ...common, ack: true, atUs: 15.5, source: '127.77.0.1', sourcePort: 20_000 },
        ...{ destination: '127.0.0.1', destinationPort: 40_000 },
      },
    ]);
  });

  test.each<[string, number, boolean, number]>([
    ['nanoseconds, big endian', 0xa1b23c4d, false, 15.5],
    ['microseconds, little endian', 0xa1b2c3d4, true, 500],
    ['microseconds, big endian', 0xa1b2c3d4, false, 500],
  ])('a capture with %s is read', (_, magic, little, apartUs) => {
    const [syn, answer] =
      apartUs === 500
        ? [
            { ...SYN_PACKET, fraction: 999_750 },
            { ...ANSWER, fraction: 250 },
          ]
        : [SYN_PACKET, ANSWER];
    expect(readPcap(pcapOf('ethernet', [syn, answer], magic, little))[1]!.atUs).toBe(apartUs);
  });

  test('packets other than TCP over IPv4 are left out', () => {
    const file = pcapOf('ethernet', [SYN_PACKET]);
    const ofVersionSix = Buffer.from(file);
    ofVersionSix.writeUInt16BE(0x86dd, 24 + 16 + 12);
    const ofUdp = Buffer.from(file);
    ofUdp[24 + 16 + 14 + 9] = 17;
    expect([readPcap(ofVersionSix), readPcap(ofUdp)]).toEqual([[], []]);
  });

  test('a file that is not a capture, has another link type or is cut off is rejected', () => {
    const file = pcapOf('ethernet', [SYN_PACKET]);
    expect(() => readPcap(Buffer.from('GET / HTTP/1.1\r\nHost: example.com\r\n'))).toThrow(
      'not a classic pcap file',
    );
    expect(() => readPcap(file.subarray(0, 10))).toThrow('not a classic pcap file');
    expect(() => readPcap(file.subarray(0, -1))).toThrow('ends in the middle of the packet at byte 24');
    expect(() => readPcap(file.subarray(0, 30))).toThrow('ends in the middle of the packet at byte 24');
    const wireless = Buffer.from(file);
    wireless.writeUInt32LE(105, 20);
    expect(() => readPcap(wireless)).toThrow('link type 105');
  });
});

const SERVER = '127.77.0.1';
const CLIENT = '127.0.0.1';
const syn = (atUs: number, clientPort: number, port: number): Segment => ({
  ...{ atUs, syn: true, ack: false, source: CLIENT, sourcePort: clientPort },
  ...{ destination: SERVER, destinationPort: port },
});
const synAck = (atUs: number, clientPort: number, port: number): Segment => ({
  ...{ atUs, syn: true, ack: true, source: SERVER, sourcePort: port },
  ...{ destination: CLIENT, destinationPort: clientPort },
});

describe('the handshakes of a capture', () => {
  test('a handshake lasts from SYN to SYN-ACK of one connection, and handshakes are in the order of their SYNs', () => {
    const segments = [syn(0, 1, 80), syn(10, 2, 80), synAck(15, 2, 80), synAck(40, 1, 80)];
    expect(handshakesWith(SERVER, segments)).toEqual([
      { port: 80, tookUs: 40 },
      { port: 80, tookUs: 5 },
    ]);
  });

  test('a handshake begins with the first of repeated SYNs and ends with the first SYN-ACK', () => {
    const segments = [
      syn(0, 1, 80),
      syn(1_000_000, 1, 80),
      synAck(1_000_020, 1, 80),
      synAck(1_000_030, 1, 80),
    ];
    expect(handshakesWith(SERVER, segments)).toEqual([{ port: 80, tookUs: 1_000_020 }]);
  });

  test('two connections between the same two ports are two handshakes', () => {
    const segments = [syn(0, 1, 80), synAck(5, 1, 80), syn(100, 1, 80), synAck(107, 1, 80)];
    expect(handshakesWith(SERVER, segments).map(({ tookUs }) => tookUs)).toEqual([5, 7]);
  });

  test('a SYN without a SYN-ACK or to another server is not a handshake', () => {
    const elsewhere = { ...syn(0, 1, 80), destination: '127.77.0.9' };
    expect(handshakesWith(SERVER, [syn(0, 2, 80), elsewhere, synAck(3, 1, 80)])).toEqual([]);
  });
});

describe('runs and handshakes', () => {
  const handshakes = [
    { port: 81, tookUs: 500 },
    { port: 80, tookUs: 100 },
    { port: 80, tookUs: 300 },
  ];

  test('runs and handshakes are paired by port and, within a port, by order', () => {
    const runs = [
      { port: 80, connectMs: 0.2 },
      { port: 81, connectMs: 0.6 },
      { port: 80, connectMs: 0.4 },
    ];
    expect(pairUp(runs, handshakes)).toEqual([
      { measuredMs: 0.2, trueMs: 0.1 },
      { measuredMs: 0.6, trueMs: 0.5 },
      { measuredMs: 0.4, trueMs: 0.3 },
    ]);
  });

  test('different numbers of runs and handshakes are an error', () => {
    const run = { port: 81, connectMs: 1 };
    expect(() => pairUp([run], handshakes)).toThrow('handshake with port 80 without a run');
    expect(() => pairUp([run, run], handshakes)).toThrow('port 81 has more runs than handshakes');
    expect(() => pairUp([{ port: 81, connectMs: null }], handshakes)).toThrow('measured nothing');
  });
});

describe('the arithmetic', () => {
  test('timing errors count in both directions and use nearest-rank percentiles', () => {
    const pairs = Array.from({ length: 100 }, (_, index) => ({
      trueMs: 200,
      measuredMs: index % 2 === 0 ? 200 + index + 1 : 200 - (index + 1),
    }));
    expect(errorsOf(pairs)).toEqual({ p50: 50, p95: 95, p99: 99, max: 100 });
    expect(median([5, 1, 3])).toBe(3);
  });

  test("the CPU time of a shell's children is the sum of user and system time", () => {
    expect(timesOf('0m0.01s 0m0.02s\n1m2.500s 0m0.250s\n')).toBe(62_750);
    expect(() => timesOf('check_tcp: not found\n')).toThrow('not the output of times');
  });

  test('the CPU quota is the share of a core that Lambda gives for the memory size', () => {
    expect([quotaUs(1_769), quotaUs(256)]).toEqual([20_000, 2_894]);
  });

  test('one check in ten of each type of a mixed batch hangs', () => {
    const checks = mixedChecks(SERVER, 1_200, TYPES);
    const silent = checks.filter((check) => {
      const port = Number(check.port ?? new URL(String(check.url)).port);
      return (
        port === FULL_PORT ||
        [PORTS.silentTcp, PORTS.silentUdp].includes((port - FIRST_SERVICE_PORT) as never)
      );
    });
    const counts = Map.groupBy(silent, ({ type }) => type);
    expect(Object.fromEntries([...counts].map(([type, { length }]) => [type, length]))).toEqual(
      Object.fromEntries(TYPES.map((type) => [type, 20])),
    );
  });

  test('the options of a mixed batch are valid for each check', () => {
    for (const options of mixedChecks(SERVER, 120, TYPES)) {
      expect(findCheck(options.type)!.options.safeParse(options).error?.issues ?? []).toEqual([]);
    }
  });
});

describe('the goals', () => {
  const errors = { p50: 0.4, p95: 0.8, p99: 1.2, max: 9 };
  const accuracy: TimingAccuracy = {
    ...{ environment: 'loopback', memoryMb: null, instrument: 'probemesh', targets: 1_000, batches: 2 },
    ...{ warm: errors, first: errors, trueMs: 0.01, wallMs: 1, cpuMs: 1, waitedMs: 0 },
  };
  const rate = (checksPerCpuSecond: number) => ({ checks: 1, usPerCheck: 1, checksPerCpuSecond });
  const row = (tool: string, cold: number, warm: number | null): Throughput => ({
    ...{ tool, how: '', cold: rate(cold), warm: warm === null ? null : rate(warm) },
  });

  test('goals cover p99 on a whole core and the median under a quota, not other programs or small batches', () => {
    const others = [
      { ...accuracy, memoryMb: 256 },
      { ...accuracy, targets: 100 },
      { ...accuracy, instrument: 'naive' as const },
    ];
    expect(
      goalsOf([accuracy, ...others], [], []).map(({ measured, isReached }) => [measured, isReached]),
    ).toEqual([
      [1.2, false],
      [0.4, true],
    ]);
  });

  test('goals compare the warm probe with a warm tool, or with the cold figure of a tool that starts a process per check', () => {
    const rows = [
      row('probemesh', 2_000, 10_000),
      row('check_tcp', 100, null),
      row('nmap -sT', 9_000, 5_000),
    ];
    expect(goalsOf([], rows, []).map(({ measured, isReached }) => [measured, isReached])).toEqual([
      [100, true],
      [2, true],
    ]);
  });
});

// DNS servers on loopback, over UDP and TCP on one port: answers of a test's own making, or from a small zone.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { type Answer, type DecodedPacket, decode, encode, type Packet } from 'dns-packet';

/** The messages to send: packets to encode, or bytes as they are. An empty list sends nothing. */
export type Answering = (
  query: DecodedPacket,
  transport: 'udp' | 'tcp',
  turn: number,
) => readonly (Packet | Uint8Array)[];

export interface DnsServer {
  readonly port: number;
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Every question, such as `udp A shop.example.com`. */
  readonly questions: string[];
  readonly ids: number[];
  close(): Promise<void>;
}

/** Records by name; a name that is absent does not exist. */
export interface Zone {
  readonly [name: string]: {
    readonly A?: readonly string[];
    readonly AAAA?: readonly string[];
    readonly rcode?: keyof typeof RCODES;
    /** Sends no answer. */
    readonly silent?: boolean;
  };
}

const RCODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;
/** Recursion desired and available. */
const RECURSION = 0x0180;

/** The query's own id and question, with these records. */
export const answered = (query: DecodedPacket, answers: Packet['answers'], more: Packet = {}): Packet => ({
  type: 'response',
  id: query.id,
  questions: query.questions,
  answers,
  ...more,
});

export const withRcode = (query: DecodedPacket, rcode: number): Packet =>
  answered(query, [], { flags: rcode });

/** Answers from a zone. */
export const startZoneServer = (zone: Zone): Promise<DnsServer> =>
  startDnsServer((query) => {
    const [{ name = '', type = '' } = {}] = query.questions ?? [];
    const entry = zone[name.toLowerCase()] ?? { rcode: 'NXDOMAIN' };
    if (entry.silent) return [];
    const addresses = type === 'A' || type === 'AAAA' ? (entry[type] ?? []) : [];
    const answers = addresses.map((data) => ({ type, name, data }) as Answer);
    const rcode = entry.rcode === undefined ? 0 : RCODES[entry.rcode];
    return [answered(query, answers, { flags: RECURSION | rcode })];
  });

export async function startDnsServer(answer: Answering): Promise<DnsServer> {
  const questions: string[] = [];
  const ids: number[] = [];
  const messagesFor = (bytes: Buffer, transport: 'udp' | 'tcp'): Buffer[] => {
    const query = decode(bytes);
    const [question] = query.questions ?? [];
    questions.push(`${transport} ${question?.type} ${question?.name}`);
    ids.push(query.id ?? -1);
    return answer(query, transport, questions.length - 1).map((message) =>
      message instanceof Uint8Array ? Buffer.from(message) : encode(message),
    );
  };
  const tcp = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const message of messagesFor(data.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(message.length);
        socket.write(Buffer.concat([length, message]));
      }
    });
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as net.AddressInfo;
  const udp = dgram.createSocket('udp4');
  udp.on('message', (bytes, peer) => {
    for (const message of messagesFor(bytes, 'udp')) udp.send(message, peer.port, peer.address);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  return {
    ...{ port, address: `127.0.0.1:${port}`, questions, ids },
    async close() {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

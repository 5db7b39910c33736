// A DNS server on loopback whose every answer a test decides, over UDP and TCP on one port.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet';

/** What goes back: messages to encode, or bytes as they are. Nothing at all where it is empty. */
export type Answering = (
  query: DecodedPacket,
  transport: 'udp' | 'tcp',
  turn: number,
) => readonly (Packet | Uint8Array)[];

export interface DnsServer {
  readonly port: number;
  /** `udp A shop.example.com` of every question. */
  readonly questions: string[];
  readonly ids: number[];
  close(): Promise<void>;
}

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

export async function startDnsServer(answer: Answering): Promise<DnsServer> {
  const questions: string[] = [];
  const ids: number[] = [];
  const heard = (bytes: Buffer, transport: 'udp' | 'tcp'): Buffer[] => {
    const query = decode(bytes);
    const [question] = query.questions ?? [];
    questions.push(`${transport} ${question?.type} ${question?.name}`);
    ids.push(query.id ?? -1);
    return answer(query, transport, questions.length - 1).map((one) =>
      one instanceof Uint8Array ? Buffer.from(one) : encode(one),
    );
  };
  const tcp = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (const message of heard(data.subarray(2), 'tcp')) {
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
    for (const message of heard(bytes, 'udp')) udp.send(message, peer.port, peer.address);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  return {
    ...{ port, questions, ids },
    async close() {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

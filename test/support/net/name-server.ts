// A name server on loopback with a few names of its own: just enough of RFC 1035 for one question at a time.
import dgram from 'node:dgram';
import { once } from 'node:events';

export interface Zone {
  /** `silent`: no answer at all. */
  readonly [name: string]: {
    A?: string[];
    AAAA?: string[];
    rcode?: 'SERVFAIL' | 'REFUSED';
    silent?: boolean;
  };
}

const RCODES = { SERVFAIL: 2, REFUSED: 5 } as const;
const NXDOMAIN = 3;
const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };

export interface NameServer {
  /** `address:port` */
  readonly address: string;
  /** `TYPE name` of every question. */
  readonly questions: string[];
  close(): void;
}

export async function startNameServer(zone: Zone): Promise<NameServer> {
  const questions: string[] = [];
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, peer) => {
    const { name, type, end } = readQuestion(query);
    const kind = TYPES[type];
    questions.push(`${kind ?? type} ${name}`);
    const entry = zone[name];
    if (entry?.silent) return;
    const rcode = !entry ? NXDOMAIN : entry.rcode ? RCODES[entry.rcode] : 0;
    const addresses = (kind && entry?.[kind]) || [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    // Response, recursion desired and available.
    header.writeUInt16BE(0x8180 | rcode, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) => record(type, address));
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), peer.port, peer.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, questions, close: () => socket.close() };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function record(type: number, address: string): Buffer {
  const data = address.includes(':')
    ? Buffer.from(expand(address).replaceAll(':', ''), 'hex')
    : Buffer.from(address.split('.').map(Number));
  const fixed = Buffer.alloc(12);
  // The name of the question, by pointer.
  fixed.writeUInt16BE(0xc00c, 0);
  fixed.writeUInt16BE(type, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

/** RFC 4291, section 2.2: "::" stands for as many zero groups as are missing. */
function expand(address: string): string {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  return [...groups(head), ...Array(missing).fill('0'), ...groups(tail)]
    .map((group) => group.padStart(4, '0'))
    .join(':');
}

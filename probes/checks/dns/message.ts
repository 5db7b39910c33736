// Owns DNS messages (RFC 1035, section 4): encodes a query and parses the untrusted reply. Only the query module loads it:
// the library needs Buffer, which the coordinator may not have.
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { canonicalName, canonicalValue, type RecordType } from './records.ts';

export interface Question {
  readonly name: string;
  readonly record: RecordType;
  /** CHAOS holds facts about the server itself, such as version.bind. */
  readonly class?: 'IN' | 'CHAOS' | undefined;
}

/**
 * `unrelated`: the reply does not match a query of ours (RFC 5452, section 9.1). `malformed`: it does, but is not a valid DNS
 * message. `truncated`: the answer does not fit into a datagram (RFC 2181, section 9: do not use the part that is there).
 */
export type ParsedResponse = DnsResponse | 'unrelated' | 'malformed' | 'truncated';

export interface DnsResponse {
  /** The name of the response code (RFC 6895, section 2.3), or its number. */
  readonly rcode: string;
  /** Values of the queried record type, CNAMEs followed, in the canonical form of records.ts, each once. */
  readonly values: readonly string[];
  /** The last name of the CNAME chain. */
  readonly finalName: string;
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const HEADER_BYTES = 12;
/** QR and TC. */
const TRUNCATED = 0x8200;
/** A record has at least a name of one byte, type, class, TTL and length. */
const MIN_RECORD_BYTES = 11;
const MIN_QUESTION_BYTES = 5;
/** More records than any real answer has. */
const MAX_RECORDS = 500;
/** A name is a few pointers away from its labels. Other bytes that resemble pointers may form longer chains by chance. */
const MAX_POINTERS = 10;
const MAX_CNAMES = 16;

/** As the library names it. */
const classOf = (question: Question): 'IN' | 'CH' => (question.class === 'CHAOS' ? 'CH' : 'IN');

export function encodeQuery(id: number, question: Question): Uint8Array {
  const { name, record: type } = question;
  const questions = [{ type, name, class: classOf(question) }];
  return encode({ type: 'query', id, flags: RECURSION_DESIRED, questions });
}

/** `ids` are those of the open queries. */
export function parseResponse(
  message: Uint8Array,
  ids: ReadonlySet<number>,
  question: Question,
): ParsedResponse {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (bytes.length < 2 || !ids.has(bytes.readUInt16BE(0))) return 'unrelated';
  if (bytes.length >= HEADER_BYTES && (bytes.readUInt16BE(2) & TRUNCATED) === TRUNCATED) return 'truncated';
  const packet = decodePacket(bytes);
  if (packet === null) return 'malformed';
  if (!packet.flag_qr || !matchesQuestion(packet, question)) return 'unrelated';
  const rcode = (packet.flags ?? 0) & 15;
  return {
    rcode: RCODES[rcode] ?? `rcode ${rcode}`,
    ...followCnames(packet.answers ?? [], question),
  };
}

function decodePacket(bytes: Buffer): DecodedPacket | null {
  if (!isPlausible(bytes)) return null;
  try {
    const packet = decode(bytes);
    // The decoder reads past the end of a record that is cut off.
    return decode.bytes <= bytes.length ? packet : null;
  } catch {
    // The caller only needs to know that the message is not valid.
    return null;
  }
}

/** Whether the message is long enough for its record counts: a few bytes must not make the decoder try 260,000 records. */
function isPlausible(bytes: Buffer): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const [questions = 0, ...sections] = [4, 6, 8, 10].map((offset) => bytes.readUInt16BE(offset));
  const records = sections.reduce((sum, count) => sum + count, 0);
  const minBytes = HEADER_BYTES + questions * MIN_QUESTION_BYTES + records * MIN_RECORD_BYTES;
  return minBytes <= bytes.length && records <= MAX_RECORDS && questions <= 1 && !hasLongChain(bytes);
}

/**
 * Whether pointers form a long chain (RFC 1035, section 4.1.4). The decoder follows only pointers that lead back, so it
 * terminates. With thousands of pointers and a thousand names that use them, it takes too long.
 */
function hasLongChain(bytes: Buffer): boolean {
  const pointers = new Uint8Array(bytes.length);
  for (let at = HEADER_BYTES; at + 1 < bytes.length; at += 1) {
    const target = bytes.readUInt16BE(at) - 0xc000;
    if (target < 0 || target >= at) continue;
    pointers[at] = pointers[target]! + 1;
    if (pointers[at]! > MAX_POINTERS) return true;
  }
  return false;
}

/** A server that refuses may omit the question. */
function matchesQuestion({ questions = [], flags = 0 }: DecodedPacket, question: Question): boolean {
  const { name, record } = question;
  const [echoed] = questions;
  if (echoed === undefined) return (flags & 15) !== 0;
  return (
    echoed.type === record &&
    (echoed.class ?? 'IN') === classOf(question) &&
    canonicalName(echoed.name) === canonicalName(name)
  );
}

/** Follows CNAMEs (RFC 1034, section 3.6.2) from the name to the queried records. */
function followCnames(
  answers: readonly Answer[],
  { name, record }: Question,
): Pick<DnsResponse, 'values' | 'finalName'> {
  let finalName = canonicalName(name);
  for (let count = 0; record !== 'CNAME' && count < MAX_CNAMES; count += 1) {
    const cname = answers.find(
      (answer) => answer.type === 'CNAME' && canonicalName(answer.name) === finalName,
    );
    if (cname?.type !== 'CNAME') break;
    finalName = canonicalName(cname.data);
  }
  const values = answers
    .filter((answer) => answer.type === record && canonicalName(answer.name) === finalName)
    .map(formatRecord);
  return { values: [...new Set(values)], finalName };
}

function formatRecord(answer: Answer): string {
  switch (answer.type) {
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return canonicalName(answer.data);
    case 'MX':
      return `${answer.data.preference} ${canonicalName(answer.data.exchange)}`;
    case 'SRV': {
      const { priority, weight, port, target } = answer.data;
      return `${priority} ${weight} ${port} ${canonicalName(target)}`;
    }
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = answer.data;
      const numbers = [serial, refresh, retry, expire, minimum].join(' ');
      return `${canonicalName(mname)} ${canonicalName(rname)} ${numbers}`;
    }
    case 'CAA':
      return `${answer.data.flags} ${answer.data.tag} "${answer.data.value}"`.toLowerCase();
    case 'TXT':
      return Buffer.concat([answer.data].flat().map((part) => Buffer.from(part as Buffer))).toString('utf8');
    case 'A':
    case 'AAAA':
      return canonicalValue(answer.type, answer.data);
    default:
      // Not a record type that a check can query.
      return answer.type;
  }
}

// DNS messages (RFC 1035, section 4): one question out, and what a reply means. Never trusts a byte of it. It is loaded
// where a question is asked, and only there: the library wants a Buffer, which the coordinator need not have.
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { canonicalName, canonicalValue, type RecordType } from './records.ts';

export interface Question {
  readonly name: string;
  readonly record: RecordType;
}

/**
 * `foreign`: it belongs to no question of ours (RFC 5452, section 9.1). `malformed`: it does, and is no DNS message.
 * `truncated`: there is more than fits into a datagram (RFC 2181, section 9: what is there is not to be used).
 */
export type ParsedResponse = DnsResponse | 'foreign' | 'malformed' | 'truncated';

export interface DnsResponse {
  /** By name (RFC 6895, section 2.3), or its number. */
  readonly rcode: string;
  /** Of the record that was asked for, aliases followed, in the form of dns-values.ts; each once. */
  readonly values: readonly string[];
  /** Where the aliases led. */
  readonly leadsTo: string;
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];
const HEADER_BYTES = 12;
/** QR and TC. */
const TRUNCATED = 0x8200;
/** A record takes at least a name of one byte, type, class, time to live and length. */
const SHORTEST_RECORD_BYTES = 11;
const SHORTEST_QUESTION_BYTES = 5;
/** More records than any set has. */
const MOST_RECORDS = 500;
/** A name is at most a few pointers away from its labels; by chance, bytes that are none of this look like more. */
const MOST_POINTERS = 10;
const MOST_ALIASES = 16;

export const questionMessage = (id: number, { name, record }: Question): Uint8Array =>
  encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type: record, name }] });

/** `ids` are those of the questions that are still open. */
export function readReply(message: Uint8Array, ids: ReadonlySet<number>, question: Question): ParsedResponse {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  if (bytes.length < 2 || !ids.has(bytes.readUInt16BE(0))) return 'foreign';
  if (bytes.length >= HEADER_BYTES && (bytes.readUInt16BE(2) & TRUNCATED) === TRUNCATED) return 'truncated';
  const packet = decoded(bytes);
  if (packet === null) return 'malformed';
  if (!packet.flag_qr || !matchesQuestion(packet, question)) return 'foreign';
  const rcode = (packet.flags ?? 0) & 15;
  return {
    rcode: RCODES[rcode] ?? `rcode ${rcode}`,
    ...followCnames(packet.answers ?? [], question),
  };
}

function decoded(bytes: Buffer): DecodedPacket | null {
  if (!isPlausible(bytes)) return null;
  try {
    const packet = decode(bytes);
    // What is cut off in mid-record is read past its end.
    return decode.bytes <= bytes.length ? packet : null;
  } catch {
    // It says in its own words what is wrong; that something is wrong is all that matters here.
    return null;
  }
}

/** Whether so many records can be in it: a few bytes must not have the decoder look for 260,000 of them. */
function isPlausible(bytes: Buffer): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const [questions = 0, ...sections] = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  const records = sections.reduce((sum, count) => sum + count, 0);
  const leastBytes = HEADER_BYTES + questions * SHORTEST_QUESTION_BYTES + records * SHORTEST_RECORD_BYTES;
  return leastBytes <= bytes.length && records <= MOST_RECORDS && questions <= 1 && !hasLongChain(bytes);
}

/**
 * Whether a pointer leads to a pointer, and so on (RFC 1035, section 4.1.4). The decoder follows only those that lead
 * back, and so comes to an end; but with thousands of them, and a thousand names that lead there, not soon.
 */
function hasLongChain(bytes: Buffer): boolean {
  const pointers = new Uint8Array(bytes.length);
  for (let at = HEADER_BYTES; at + 1 < bytes.length; at += 1) {
    const target = bytes.readUInt16BE(at) - 0xc000;
    if (target < 0 || target >= at) continue;
    pointers[at] = pointers[target]! + 1;
    if (pointers[at]! > MOST_POINTERS) return true;
  }
  return false;
}

/** A refusal may leave the question out. */
function matchesQuestion({ questions = [], flags = 0 }: DecodedPacket, { name, record }: Question): boolean {
  const [asked] = questions;
  if (asked === undefined) return (flags & 15) !== 0;
  return asked.type === record && canonicalName(asked.name) === canonicalName(name);
}

/** Follows aliases (RFC 1034, section 3.6.2) from the name to the records that were asked for. */
function followCnames(
  answers: readonly Answer[],
  { name, record }: Question,
): Pick<DnsResponse, 'values' | 'leadsTo'> {
  let leadsTo = canonicalName(name);
  for (let aliases = 0; record !== 'CNAME' && aliases < MOST_ALIASES; aliases += 1) {
    const alias = answers.find((one) => one.type === 'CNAME' && canonicalName(one.name) === leadsTo);
    if (alias?.type !== 'CNAME') break;
    leadsTo = canonicalName(alias.data);
  }
  const values = answers
    .filter((one) => one.type === record && canonicalName(one.name) === leadsTo)
    .map(formatRecord);
  return { values: [...new Set(values)], leadsTo };
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
      // Nobody can ask for it.
      return answer.type;
  }
}

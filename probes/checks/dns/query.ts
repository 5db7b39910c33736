// Owns the conversation with a name server over UDP or TCP, with retries. Does not evaluate the answer.
import { type Failed, type Target, unexpectedReply, type Wire, WireError } from '../check.ts';
import { sendWithRetry } from '../shared/retry-datagram.ts';
import {
  type DnsResponse,
  encodeQuery,
  type ParsedResponse,
  parseResponse,
  type Question,
} from './message.ts';

/** Datagrams per run. Stub resolvers send two or three as well. */
const ATTEMPTS = 3;

/** The server's response, whatever its content, or why the server gave none. */
export const query = (
  question: Question,
  target: Target,
  transport: 'udp' | 'tcp',
  wire: Wire,
): Promise<DnsResponse | Failed> =>
  transport === 'udp' ? queryUdp(question, target, wire) : queryTcp(question, target, wire);

const randomId = (): number => crypto.getRandomValues(new Uint16Array(1))[0]!;

async function queryUdp(question: Question, target: Target, wire: Wire): Promise<DnsResponse | Failed> {
  const datagrams = await wire.datagrams(target);
  const ids = new Set<number>();
  let unrelated = 0;
  let reply: ParsedResponse;
  try {
    reply = await sendWithRetry<ParsedResponse>(datagrams, wire, {
      attempts: ATTEMPTS,
      message() {
        const id = randomId();
        ids.add(id);
        return encodeQuery(id, question);
      },
      parse(datagram) {
        const read = parseResponse(datagram, ids, question);
        if (read !== 'unrelated') return read;
        unrelated += 1;
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof WireError) || error.code !== 'timeout' || unrelated === 0) throw error;
    return unexpectedReply(`${error.message}, except ${unrelated} that match no query of this run`);
  }
  const { address } = datagrams;
  if (reply !== 'truncated') return accept(reply, address);
  return retryOverTcp(question, address === target.host ? target : { ...target, host: address }, wire);
}

async function retryOverTcp(question: Question, target: Target, wire: Wire): Promise<DnsResponse | Failed> {
  wire.trace('the answer does not fit into a datagram: retrying over TCP');
  try {
    return await queryTcp(question, target, wire);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const detail = `the answer does not fit into a datagram, and over TCP: ${error.message}`;
    return { outcome: 'failed', code: error.code, detail };
  }
}

async function queryTcp(question: Question, target: Target, wire: Wire): Promise<DnsResponse | Failed> {
  const connection = await wire.connect(target);
  const id = randomId();
  const message = encodeQuery(id, question);
  // The length precedes the message, in the same segment (RFC 7766, section 8).
  connection.write(Uint8Array.of(message.length >> 8, message.length & 255, ...message));
  const length = await connection.readBytes(2);
  const answer = length && (await connection.readBytes(length[0]! * 256 + length[1]!));
  if (answer === null)
    return unexpectedReply(`${connection.address} ended the connection before its answer was complete`);
  connection.end();
  return accept(parseResponse(answer, new Set([id]), question), connection.address);
}

function accept(reply: ParsedResponse, address: string): DnsResponse | Failed {
  if (reply === 'unrelated') return unexpectedReply(`${address} answered another question`);
  if (reply === 'malformed') return unexpectedReply(`${address} answered with an invalid DNS message`);
  if (reply === 'truncated') return unexpectedReply(`${address} truncated its answer over TCP as well`);
  return reply;
}

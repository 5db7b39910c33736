// Asks a name server over UDP or TCP, and again where a datagram was lost or is too small. Judges no answer.
import { type Failed, type Target, unexpectedReply, type Wire, WireError } from '../check.ts';
import { sendWithRetry } from '../shared/retry-datagram.ts';
import {
  type DnsResponse,
  type ParsedResponse,
  type Question,
  questionMessage,
  readReply,
} from './message.ts';

/** Datagrams a look: stub resolvers ask two or three times as well. */
const ATTEMPTS = 3;

/** The answer, whatever it says; or how the server failed to give one. */
export const query = (
  question: Question,
  target: Target,
  transport: 'udp' | 'tcp',
  wire: Wire,
): Promise<DnsResponse | Failed> =>
  transport === 'udp' ? askByUdp(question, target, wire) : askByTcp(question, target, wire);

const randomId = (): number => crypto.getRandomValues(new Uint16Array(1))[0]!;

async function askByUdp(question: Question, target: Target, wire: Wire): Promise<DnsResponse | Failed> {
  const datagrams = await wire.datagrams(target);
  const ids = new Set<number>();
  let foreign = 0;
  let reply: ParsedResponse;
  try {
    reply = await sendWithRetry<ParsedResponse>(datagrams, wire, {
      times: ATTEMPTS,
      message() {
        const id = randomId();
        ids.add(id);
        return questionMessage(id, question);
      },
      take(datagram) {
        const read = readReply(datagram, ids, question);
        if (read !== 'foreign') return read;
        foreign += 1;
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof WireError) || error.code !== 'timeout' || foreign === 0) throw error;
    return unexpectedReply(`${error.message}, but ${foreign} that belong to no question of this look`);
  }
  return reply === 'truncated' ? askAgainByTcp(question, target, wire) : accept(reply, datagrams.address);
}

async function askAgainByTcp(question: Question, target: Target, wire: Wire): Promise<DnsResponse | Failed> {
  wire.trace('the answer does not fit into a datagram: asking again over TCP');
  try {
    return await askByTcp(question, target, wire);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const detail = `the answer does not fit into a datagram, and over TCP: ${error.message}`;
    return { outcome: 'failed', code: error.code, detail };
  }
}

async function askByTcp(question: Question, target: Target, wire: Wire): Promise<DnsResponse | Failed> {
  const connection = await wire.connect(target);
  const id = randomId();
  const message = questionMessage(id, question);
  // The length goes before the message, in the same segment (RFC 7766, section 8).
  connection.write(Uint8Array.of(message.length >> 8, message.length & 255, ...message));
  const length = await connection.readBytes(2);
  const answer = length && (await connection.readBytes(length[0]! * 256 + length[1]!));
  if (answer === null)
    return unexpectedReply(`${connection.address} ended the connection before its answer was whole`);
  connection.end();
  return accept(readReply(answer, new Set([id]), question), connection.address);
}

function accept(reply: ParsedResponse, address: string): DnsResponse | Failed {
  if (reply === 'foreign') return unexpectedReply(`${address} answered another question`);
  if (reply === 'malformed') return unexpectedReply(`${address} answered with what is no DNS message`);
  if (reply === 'truncated') return unexpectedReply(`${address} cut its answer off over TCP as well`);
  return reply;
}

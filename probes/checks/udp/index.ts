// udp: one datagram out, and a reply that is right. Proves that the service behind the port answers, not its kernel: over
// UDP nothing else does.
import { z } from 'zod';
import { type CheckOutcome, defineCheck, unexpectedReply, type Wire } from '../check.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { matchPattern, patternSchema } from '../shared/pattern.ts';
import {
  beginsWithHex,
  bytesOfHex,
  expectHexSchema,
  expectTextSchema,
  printable,
  sendHexSchema,
  sendTextSchema,
} from '../shared/payload.ts';
import { sendWithRetry } from '../shared/retry-datagram.ts';
import { rejectSecretInPattern, textFields, validateSecretUse } from '../shared/secret-rules.ts';
import { secretsSchema, withSecrets } from '../shared/secrets.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';

/** One lost datagram is no failure. */
const TIMES = 2;

const options = z
  .strictObject({
    type: z.literal('udp'),
    host: hostSchema,
    port: portSchema,
    send: sendTextSchema.optional().meta({
      description: 'What to send, as text: it goes out as it is written, in UTF-8.',
      example: 'status\n',
    }),
    sendHex: sendHexSchema.optional().meta({
      description: 'What to send, as bytes in hexadecimal.',
      example: 'ff ff ff ff 54',
    }),
    expect: expectTextSchema.optional().meta({
      description: 'A text that has to be in the reply. With no expectation at all, any reply will do.',
    }),
    expectMatch: patternSchema.optional().meta({
      description: 'A pattern (RE2 syntax) that has to match somewhere in the reply.',
    }),
    expectHex: expectHexSchema.optional().meta({
      description: 'How the reply has to begin, as bytes in hexadecimal; `??` is any byte.',
      example: 'ff ff ff ff ??',
    }),
    timeoutMs: timeoutSchema,
    maxLatencyMs: maxLatencySchema('A reply that takes longer is a warning, in ms.'),
    secrets: secretsSchema,
  })
  .superRefine((written, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const { send, sendHex, expect, expectMatch, expectHex, secrets } = written;
    if (send === undefined && sendHex === undefined)
      refuse(['send'], 'Nobody answers to nothing: write what to send, here or in "sendHex".');
    if (send !== undefined && sendHex !== undefined) refuse(['sendHex'], 'Write either "send" or "sendHex".');
    const expectations = Object.entries({ expect, expectMatch, expectHex }).filter(
      ([, one]) => one !== undefined,
    );
    for (const [field] of expectations.slice(1))
      refuse([field], `Write either this or "${expectations[0]![0]}".`);
    validateSecretUse(textFields(['send', 'expect'], written), secrets, refuse);
    for (const text of textFields(['expectMatch'], written)) rejectSecretInPattern(text, refuse);
  });

type Options = z.output<typeof options>;

/**
 * Ok when a reply comes within timeoutMs, and is what `expect`, `expectMatch` or `expectHex` says. It is asked for twice.
 * RFC 768; a port that nobody listens on: RFC 1122, section 4.1.3.1.
 */
export const udp = defineCheck({
  type: 'udp',
  options,
  docs: {
    summary: 'The service answers a datagram, and answers as it should.',
    example: {
      type: 'udp',
      host: 'game.example.com',
      port: 27_015,
      sendHex: 'ff ff ff ff 54',
      expectHex: 'ff ff ff ff',
    },
    failures: {
      refused: 'The host answered that nothing listens on the port (ICMP).',
      timeout: 'Nothing came back within timeoutMs, though it was asked twice.',
      unreachable: 'A router answered that there is no way to the host.',
      dns: 'The name has no address.',
      unexpected_reply: 'The first reply is another one than the expected.',
      forbidden_address: 'The name leads to an address that probes may not connect to.',
    },
    degraded:
      'The reply takes longer than maxLatencyMs, a lost datagram and the look-up of the name included.',
    notes: `The same datagram goes out a second time when half of timeoutMs has passed without a reply: one that is lost on the way
is no failure. What is sent has no escapes of its own: in JSON, \`"\\n"\` is a line break and \`"\\u0000"\` a zero byte. Bytes that
are no text go into \`sendHex\`.

A firewall that drops datagrams cannot be told from a service that has nothing to say: send something that is answered.

An NTP server, asked for the time (RFC 5905; version 4 and mode "server" are the first byte of the answer):

\`\`\`json
{ "type": "udp", "host": "ntp.example.com", "port": 123, "expectHex": "24",
  "sendHex": "23 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" }
\`\`\`
`,
    references: [
      { title: 'RFC 768, User Datagram Protocol', url: 'https://www.rfc-editor.org/rfc/rfc768' },
      { title: 'The syntax of RE2', url: 'https://github.com/google/re2/wiki/Syntax' },
    ],
  },
  target: ({ host, port }) => ({ host, port, transport: 'udp', fields: { host: 'host', port: 'port' } }),
  run,
});

async function run(options: Options, wire: Wire): Promise<CheckOutcome> {
  const { send, sendHex, secrets } = options;
  const message = sendHex === undefined ? withSecrets(send!, secrets) : bytesOfHex(sendHex);
  const beganMs = wire.remainingMs();
  const datagrams = await wire.datagrams(options);
  const reply = await sendWithRetry(datagrams, wire, {
    times: TIMES,
    message: () => message,
    take: (datagram) => datagram,
  });
  const tookMs = beganMs - wire.remainingMs();
  const missing = missingIn(reply, options);
  if (missing === null)
    return { outcome: 'ok', degraded: latencyWarning('the reply', tookMs, options.maxLatencyMs) };
  const text = printable(reply);
  return unexpectedReply(`the reply ${missing}: ${JSON.stringify(text)}`, { body: text });
}

/** What the reply lacks, in words; null when it lacks nothing. */
function missingIn(reply: Uint8Array, { expect, expectMatch, expectHex, secrets }: Options): string | null {
  const text = new TextDecoder().decode(reply);
  if (expect !== undefined && !text.includes(withSecrets(expect, secrets)))
    return `does not contain ${JSON.stringify(expect)}`;
  if (expectMatch !== undefined && !matchPattern(expectMatch, text).found)
    return `does not match ${expectMatch}`;
  if (expectHex !== undefined && !beginsWithHex(reply, expectHex)) return `does not begin with ${expectHex}`;
  return null;
}

// Owns the udp check: one datagram, and a reply with the expected content. Proves that the service itself responds: over
// UDP, a kernel does not respond for it.
import { z } from 'zod';
import { type CheckOutcome, defineCheck, unexpectedReply, type Wire } from '../check.ts';
import { addressesSchema } from '../shared/addresses.ts';
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

/** One lost datagram is not a failure. */
const ATTEMPTS = 2;

const options = z
  .strictObject({
    type: z.literal('udp'),
    host: hostSchema,
    port: portSchema,
    send: sendTextSchema.optional().meta({
      description: 'Text to send, unchanged and in UTF-8.',
      example: 'status\n',
    }),
    sendHex: sendHexSchema.optional().meta({
      description: 'Bytes to send, in hexadecimal.',
      example: 'ff ff ff ff 54',
    }),
    expect: expectTextSchema.optional().meta({
      description: 'Text that the reply must contain. Without an expectation, any reply is ok.',
    }),
    expectMatch: patternSchema.optional().meta({
      description: 'Regular expression (RE2 syntax) that must match somewhere in the reply.',
    }),
    expectHex: expectHexSchema.optional().meta({
      description: 'Bytes that the reply must begin with, in hexadecimal. `??` is any byte.',
      example: 'ff ff ff ff ??',
    }),
    timeoutMs: timeoutSchema,
    addresses: addressesSchema,
    maxLatencyMs: maxLatencySchema('Latency threshold of the reply, in ms. A slower reply raises a warning.'),
    secrets: secretsSchema,
  })
  .superRefine((input, context) => {
    const addIssue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    const { send, sendHex, expect, expectMatch, expectHex, secrets } = input;
    if (send === undefined && sendHex === undefined)
      addIssue(['send'], 'The check has nothing to send. Set `send` or `sendHex`.');
    if (send !== undefined && sendHex !== undefined)
      addIssue(['sendHex'], '`send` and `sendHex` exclude each other. Remove one of them.');
    const expectations = Object.entries({ expect, expectMatch, expectHex }).filter(
      ([, value]) => value !== undefined,
    );
    for (const [field] of expectations.slice(1))
      addIssue(
        [field],
        `\`${field}\` and \`${expectations[0]![0]}\` exclude each other. Remove one of them.`,
      );
    validateSecretUse(textFields(['send', 'expect'], input), secrets, addIssue);
    for (const text of textFields(['expectMatch'], input)) rejectSecretInPattern(text, addIssue);
  });

type Options = z.output<typeof options>;

/**
 * Ok if a reply arrives within timeoutMs and meets `expect`, `expectMatch` or `expectHex`. The datagram is sent at most twice to each address.
 * RFC 768; a port without a listener: RFC 1122, section 4.1.3.1.
 */
export const udp = defineCheck({
  type: 'udp',
  options,
  docs: {
    summary: 'The service replies to a datagram with the expected content.',
    example: {
      type: 'udp',
      host: 'game.example.com',
      port: 27_015,
      sendHex: 'ff ff ff ff 54',
      expectHex: 'ff ff ff ff',
    },
    failures: {
      refused: 'The host refused the datagram (ICMP): no service listens on the port.',
      timeout: 'No reply to two datagrams arrived within `timeoutMs`.',
      reset: null,
      unexpected_reply: 'The first reply does not have the expected content.',
    },
    degraded:
      'The reply takes longer than `maxLatencyMs`. The time includes name resolution and a lost datagram.',
    notes: `If no reply arrives within half of \`timeoutMs\`, the probe sends the datagram again: one lost datagram is not a
failure. \`send\` has no escapes of its own: in JSON, \`"\\n"\` is a line break and \`"\\u0000"\` a zero byte. Use \`sendHex\` for
binary data.

A check cannot distinguish a firewall that drops datagrams from a service that does not reply. Send a message that the
service replies to.

A request for the time from an NTP server (RFC 5905; the first byte of the reply means version 4, mode "server"):

\`\`\`json
{ "type": "udp", "host": "ntp.example.com", "port": 123, "expectHex": "24",
  "sendHex": "23 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00" }
\`\`\`
`,
    references: [
      { title: 'RFC 768, User Datagram Protocol', url: 'https://www.rfc-editor.org/rfc/rfc768' },
      { title: 'RE2 syntax', url: 'https://github.com/google/re2/wiki/Syntax' },
    ],
  },
  target: ({ host, port }) => ({ host, port, transport: 'udp', fields: { host: 'host', port: 'port' } }),
  run,
});

async function run(options: Options, wire: Wire): Promise<CheckOutcome> {
  const { send, sendHex, secrets } = options;
  const message = sendHex === undefined ? withSecrets(send!, secrets) : bytesOfHex(sendHex);
  const startMs = wire.remainingMs();
  const datagrams = await wire.datagrams(options);
  const reply = await sendWithRetry(datagrams, wire, {
    attempts: ATTEMPTS,
    message: () => message,
    parse: (datagram) => datagram,
  });
  const tookMs = startMs - wire.remainingMs();
  const mismatch = mismatchIn(reply, options);
  if (mismatch === null)
    return { outcome: 'ok', degraded: latencyWarning('the reply', tookMs, options.maxLatencyMs) };
  const text = printable(reply);
  return unexpectedReply(`the reply ${mismatch}: ${JSON.stringify(text)}`, { body: text });
}

/** Why the reply is not as expected; null if it is. */
function mismatchIn(reply: Uint8Array, { expect, expectMatch, expectHex, secrets }: Options): string | null {
  const text = new TextDecoder().decode(reply);
  if (expect !== undefined && !text.includes(withSecrets(expect, secrets)))
    return `does not contain ${JSON.stringify(expect)}`;
  if (expectMatch !== undefined && !matchPattern(expectMatch, text).found)
    return `does not match ${expectMatch}`;
  if (expectHex !== undefined && !beginsWithHex(reply, expectHex)) return `does not begin with ${expectHex}`;
  return null;
}

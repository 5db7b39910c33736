// dns: asks a name server one question, and looks at the answer. Proves that names lead where they should, for everybody
// who asks that server.
import { z } from 'zod';
import type { Facts } from '../../contract/index.ts';
import { type CheckOutcome, defineCheck, unexpectedReply, type Wire } from '../check.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';
import type { DnsResponse } from './message.ts';
import {
  canonicalName,
  diffRecords,
  formatList,
  MATCHES,
  nameProblem,
  RECORD_TYPES,
  reverseName,
  valueProblem,
} from './records.ts';

const DNS_PORT = 53;

const options = z
  .strictObject({
    type: z.literal('dns'),
    name: z
      .string()
      .superRefine((name, context) => {
        const message = nameProblem(reverseName(name));
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .meta({
        description: 'The name to ask for; an address stands for the name of its PTR record.',
        example: 'shop.example.com',
      }),
    record: z
      .enum(RECORD_TYPES, { error: `Write one of ${RECORD_TYPES.join(', ')}.` })
      .default('A')
      .meta({ description: 'The kind of record to ask for.' }),
    server: hostSchema.optional().meta({
      description: 'The name server to ask; where it is absent, the one that each location itself uses.',
      example: 'ns1.example.com',
    }),
    port: portSchema.default(DNS_PORT).meta({ description: 'The port of `server`.', example: DNS_PORT }),
    transport: z.enum(['udp', 'tcp'], { error: 'Write "udp" or "tcp".' }).default('udp').meta({
      description:
        'How to ask first; an answer that does not fit into a datagram is asked for again over TCP.',
    }),
    expect: z
      .array(
        z.string().min(1, { error: 'Write a value.' }).max(512, { error: 'Write at most 512 characters.' }),
      )
      .max(32, { error: 'Write at most 32 values.' })
      .optional()
      .meta({
        description:
          'Values of the records; [] when there must be none. Where it is absent, there has to be one, whichever it is.',
        example: ['192.0.2.10'],
      }),
    match: z
      .enum(MATCHES, { error: `Write one of ${MATCHES.join(', ')}.` })
      .default('exactly')
      .meta({
        description:
          '`exactly` these values; `all` of them, and perhaps others; `any` one of them; or each `contains`: is part of a value.',
      }),
    expectRcode: z
      .enum(['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED'], {
        error: 'Write NOERROR, NXDOMAIN, SERVFAIL or REFUSED.',
      })
      .default('NOERROR')
      .meta({
        description:
          'What the server has to say: NXDOMAIN for a name that must not exist, REFUSED for a server that must not answer strangers.',
      }),
    timeoutMs: timeoutSchema,
    maxLatencyMs: maxLatencySchema('An answer that takes longer is a warning, in ms.'),
  })
  .superRefine(({ name, record, server, port, expect, match, expectRcode }, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    if (record !== 'PTR' && reverseName(name) !== name)
      refuse(['name'], 'An address has a PTR record only: write "record": "PTR", or a name here.');
    if (server === undefined && port !== DNS_PORT)
      refuse(['port'], 'A location asks its own name server at its own port: write "server" as well.');
    if (expectRcode !== 'NOERROR' && expect !== undefined)
      refuse(['expect'], `An answer of ${expectRcode} has no records: leave "expect" out.`);
    if (match !== 'exactly' && !expect?.length)
      refuse(['match'], 'There are no values to match: write some in "expect".');
    if (match === 'contains') return;
    for (const [index, value] of (expect ?? []).entries()) {
      const message = valueProblem(record, value);
      if (message !== null) refuse(['expect', index], message);
    }
  });

type Options = z.output<typeof options>;

/**
 * Ok when the server answers the question within timeoutMs with expectRcode and, where that is NOERROR, with the records
 * of `expect`, or with at least one. Whatever else it answers is failed{unexpected_reply}: it was reached, and said so.
 * RFC 1035; TCP: RFC 7766; what counts as an answer: RFC 5452, section 9.1.
 */
export const dns = defineCheck({
  type: 'dns',
  options,
  docs: {
    summary: 'A name server answers a question, with the records that are expected.',
    example: { type: 'dns', name: 'shop.example.com', server: 'ns1.example.com', expect: ['192.0.2.10'] },
    failures: {
      refused: 'The host of the name server answered that nothing listens on the port.',
      timeout: 'No answer to any of three questions came within timeoutMs.',
      reset: 'The connection was reset before the answer (over TCP).',
      unreachable: 'A router answered that there is no way to the name server.',
      dns: 'The name of the name server itself (`server`) has no address.',
      unexpected_reply:
        'The server answered something else: other records, none, another response code (NXDOMAIN, SERVFAIL, REFUSED), or what is no DNS message.',
      forbidden_address: 'The name server has an address that probes may not connect to.',
    },
    degraded:
      'The answer takes longer than maxLatencyMs, lost questions and the look-up of `server` included.',
    notes: `Order, repetition, a final dot and the case of names do not matter; the text of TXT records alone has upper and lower
case. Values are written as in a zone file: \`10 mail.example.com\` for MX, \`10 5 5060 sip.example.com\` for SRV,
\`0 issue "letsencrypt.org"\` for CAA. The strings of a TXT record count as one text, with or without quotes. Aliases are
followed as far as the server itself follows them.

Over UDP a look asks three times, evenly spread over timeoutMs: one lost datagram is no failure. The question carries no
EDNS, so that an answer of more than 512 bytes is asked for again over TCP. Answers with another id or question are
ignored, as resolvers ignore them; when nothing else comes, the look fails with \`unexpected_reply\`.

A name that must be gone, and a server that must not resolve for strangers:

\`\`\`json
{ "type": "dns", "name": "old.example.com", "server": "ns1.example.com", "expectRcode": "NXDOMAIN" }
{ "type": "dns", "name": "example.org", "server": "ns1.example.com", "expectRcode": "REFUSED" }
\`\`\`

One part of a long answer:

\`\`\`json
{ "type": "dns", "name": "example.com", "record": "TXT", "expect": ["include:_spf.example.net"], "match": "contains" }
\`\`\`
`,
    references: [
      { title: 'RFC 1035, Domain names', url: 'https://www.rfc-editor.org/rfc/rfc1035' },
      { title: 'RFC 7766, DNS over TCP', url: 'https://www.rfc-editor.org/rfc/rfc7766' },
      { title: 'RFC 5452, forged answers', url: 'https://www.rfc-editor.org/rfc/rfc5452' },
      { title: 'RFC 8659, CAA records', url: 'https://www.rfc-editor.org/rfc/rfc8659' },
    ],
  },
  target: ({ server, port, transport }) =>
    server === undefined ? null : { host: server, port, transport, fields: { host: 'server', port: 'port' } },
  run,
});

async function run(options: Options, wire: Wire): Promise<CheckOutcome> {
  // With it comes the library, which the coordinator has no use for.
  const { query } = await import('./query.ts');
  const { server, port, transport, name, record, maxLatencyMs } = options;
  const target = server === undefined ? wire.nameServer() : { host: server, port };
  const beganMs = wire.remainingMs();
  const asked = await query({ name: reverseName(name), record }, target, transport, wire);
  if ('outcome' in asked) return asked;
  const tookMs = beganMs - wire.remainingMs();
  const finding = judged(asked, options);
  if (finding.outcome === 'failed') return finding;
  return { ...finding, degraded: latencyWarning('the answer', tookMs, maxLatencyMs) };
}

/** What NXDOMAIN and the others say of the name. */
const SAYS: Readonly<Record<string, string>> = {
  NOERROR: 'it exists',
  NXDOMAIN: 'it does not exist',
  SERVFAIL: 'the server failed',
  REFUSED: 'the server refused',
};

function judged({ rcode, values, leadsTo }: DnsResponse, options: Options): CheckOutcome {
  const { name, record, expect, match, expectRcode } = options;
  const facts: Facts = [{ name: 'dns.answers', value: [...values] }];
  const asked = `${record} of ${name}${leadsTo === canonicalName(reverseName(name)) ? '' : ` (${leadsTo})`}`;
  if (rcode !== expectRcode) {
    const says = SAYS[rcode] === undefined ? '' : ` (${SAYS[rcode]})`;
    return { ...unexpectedReply(`${asked}: the answer is ${rcode}${says} instead of ${expectRcode}`), facts };
  }
  if (expectRcode !== 'NOERROR') return { outcome: 'ok', facts };
  if (expect === undefined) {
    return values.length > 0
      ? { outcome: 'ok', facts }
      : { ...unexpectedReply(`${asked}: there is no such record`), facts };
  }
  const differs = diffRecords(record, expect, match, values);
  if (differs === null) return { outcome: 'ok', facts };
  return {
    ...unexpectedReply(`${asked}: ${values.length === 0 ? 'there is none' : formatList(values)}; ${differs}`),
    facts,
  };
}

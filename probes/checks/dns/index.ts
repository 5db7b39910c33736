// Owns the dns check: one query to a name server, and the expected records. Proves that the server gives its clients the
// right answer.
import { z } from 'zod';
import type { Facts } from '../../contract/index.ts';
import { type CheckOutcome, defineCheck, unexpectedReply, type Wire } from '../check.ts';
import { addressesSchema } from '../shared/addresses.ts';
import { asciiName } from '../shared/international-name.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';
import type { DnsResponse } from './message.ts';
import {
  canonicalInput,
  diffRecords,
  formatList,
  MATCHES,
  nameError,
  RECORD_TYPES,
  reverseName,
  valueError,
} from './records.ts';

const DNS_PORT = 53;

const options = z
  .strictObject({
    type: z.literal('dns'),
    name: z
      .string()
      .superRefine((name, context) => {
        const message = nameError(reverseName(name));
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .meta({
        description:
          'Name to query, in ASCII or Unicode. With `"record": "PTR"`, you can enter an IP address.',
        example: 'shop.example.com',
      }),
    record: z
      .enum(RECORD_TYPES, { error: `\`record\` must be one of ${RECORD_TYPES.join(', ')}.` })
      .default('A')
      .meta({ description: 'Record type to query.' }),
    class: z.enum(['IN', 'CHAOS'], { error: '`class` must be "IN" or "CHAOS".' }).optional().meta({
      description:
        'Class to query: `IN` (default) for the internet, `CHAOS` for facts about the server, such as version.bind. CHAOS has TXT records only.',
    }),
    server: hostSchema.optional().meta({
      description:
        'Name server to query. Defaults to the name servers of each location: if one does not answer, the next.',
      example: 'ns1.example.com',
    }),
    port: portSchema.default(DNS_PORT).meta({ description: 'Port of `server`.', example: DNS_PORT }),
    transport: z.enum(['udp', 'tcp'], { error: '`transport` must be "udp" or "tcp".' }).default('udp').meta({
      description:
        'Transport of the first query. If an answer does not fit into a datagram, the probe queries again over TCP.',
    }),
    expect: z
      .array(
        z
          .string()
          .min(1, { error: 'The value is empty. Enter a value, or remove it.' })
          .max(512, { error: 'A value must have at most 512 characters.' }),
      )
      .max(32, { error: '`expect` must have at most 32 values.' })
      .optional()
      .meta({
        description: 'Expected record values; [] if no record may exist. By default, any record is ok.',
        example: ['192.0.2.10'],
      }),
    match: z
      .enum(MATCHES, { error: `\`match\` must be one of ${MATCHES.join(', ')}.` })
      .default('exactly')
      .meta({
        description:
          'How to compare: `exactly` these values; `all` of them, others allowed; `any` of them; `none` of them; `contains`: each is part of a value.',
      }),
    expectRcode: z
      .enum(['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'REFUSED'], {
        error: '`expectRcode` must be NOERROR, NXDOMAIN, SERVFAIL or REFUSED.',
      })
      .default('NOERROR')
      .meta({
        description:
          'Expected response code: NXDOMAIN for a name that must not exist, REFUSED for a server that must reject external clients.',
      }),
    timeoutMs: timeoutSchema,
    addresses: addressesSchema,
    maxLatencyMs: maxLatencySchema(
      'Latency threshold of the answer, in ms. A slower answer raises a warning.',
    ),
  })
  .superRefine((input, context) => {
    const { name, record, server, port, addresses, expect, match, expectRcode } = input;
    const addIssue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    if (input.class === 'CHAOS' && record !== 'TXT')
      addIssue(['record'], 'CHAOS has TXT records only. Set `"record": "TXT"`, or remove `class`.');
    if (record !== 'PTR' && reverseName(name) !== name)
      addIssue(['name'], 'An address has PTR records only. Set `"record": "PTR"`, or enter a name.');
    if (server === undefined && port !== DNS_PORT)
      addIssue(['port'], '`port` applies to `server` only. Set `server`, or remove `port`.');
    if (server === undefined && addresses !== undefined)
      addIssue(['addresses'], '`addresses` applies to `server` only. Set `server`, or remove `addresses`.');
    if (expectRcode !== 'NOERROR' && expect !== undefined)
      addIssue(['expect'], `A ${expectRcode} response has no records. Remove \`expect\`.`);
    if (match !== 'exactly' && !expect?.length)
      addIssue(['match'], '`match` needs values to compare. Add values to `expect`, or remove `match`.');
    if (match === 'contains') return;
    for (const [index, value] of (expect ?? []).entries()) {
      const message = valueError(record, value);
      if (message !== null) addIssue(['expect', index], message);
    }
  });

type Options = z.output<typeof options>;

/**
 * Ok if the server answers within timeoutMs with expectRcode and, for NOERROR, with the records of `expect` or at least one
 * record. Every other answer is failed{unexpected_reply}, since the server responded.
 * RFC 1035; TCP: RFC 7766; what counts as an answer: RFC 5452, section 9.1.
 */
export const dns = defineCheck({
  type: 'dns',
  options,
  docs: {
    summary: 'The name server answers a query with the expected records.',
    example: { type: 'dns', name: 'shop.example.com', server: 'ns1.example.com', expect: ['192.0.2.10'] },
    failures: {
      timeout: 'No answer to three queries arrived within `timeoutMs`.',
      reset: 'The name server reset the TCP connection before it answered.',
      dns: 'The host name of the name server itself (`server`) has no address.',
      unexpected_reply:
        'The server gave another answer: other records, no records, another response code (NXDOMAIN, SERVFAIL, REFUSED), or an invalid DNS message.',
      forbidden_address: 'The name server has an address that probes may not connect to.',
    },
    degraded:
      'The answer takes longer than `maxLatencyMs`. The time includes lost queries and the resolution of `server`.',
    notes: `Values have the form of a zone file: \`10 mail.example.com\` for MX, \`10 5 5060 sip.example.com\` for SRV,
\`0 issue "letsencrypt.org"\` for CAA. The check ignores order, repetition, a final dot, and upper and lower case. Only the text
of TXT records is case-sensitive. The strings of a TXT record count as one text, with or without quotes. The check follows
CNAME records as far as the server's answer contains them.

Over UDP, the probe sends up to three queries, spread evenly over \`timeoutMs\`: one lost datagram is not a failure. The
queries do not use EDNS. If an answer is longer than 512 bytes, the probe queries again over TCP. Like a resolver, the probe
ignores answers with another id or question. If it receives only such answers, the check fails with \`unexpected_reply\`.

Without \`server\`, an answer other than NOERROR or NXDOMAIN may be a fault of the location. The probe then queries the names of
its canaries. If none has an answer, the run is unmeasured.

A name that must not exist, and a server that must not resolve names for external clients:

\`\`\`json
{ "type": "dns", "name": "old.example.com", "server": "ns1.example.com", "expectRcode": "NXDOMAIN" }
{ "type": "dns", "name": "example.org", "server": "ns1.example.com", "expectRcode": "REFUSED" }
\`\`\`

A server that must not reveal its version, and records that must not exist. An answer without records has none of them:

\`\`\`json
{ "type": "dns", "name": "version.bind", "record": "TXT", "class": "CHAOS", "server": "ns1.example.com", "expectRcode": "REFUSED" }
{ "type": "dns", "name": "shop.example.com", "expect": ["192.0.2.66"], "match": "none" }
\`\`\`

Names may be in Unicode: the probe queries their ASCII form (UTS 46).

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
  // The coordinator does not need the DNS library, so only a run loads it.
  const { query } = await import('./query.ts');
  const { server, port, transport, name, record, maxLatencyMs } = options;
  const target = server === undefined ? wire.nameServer() : { host: server, port };
  const startMs = wire.remainingMs();
  const question = { name: asciiName(reverseName(name)), record, class: options.class };
  const response = await query(question, target, transport, wire);
  if ('outcome' in response) return response;
  if (server === undefined && ANSWERS.has(response.rcode)) wire.nameServerAnswered();
  const tookMs = startMs - wire.remainingMs();
  const outcome = evaluate(response, options);
  if (outcome.outcome === 'failed') return outcome;
  return { ...outcome, degraded: latencyWarning('the answer', tookMs, maxLatencyMs) };
}

/** Response codes with which a name server answers. With any other, it reports a problem of its own or of its upstream. */
const ANSWERS: ReadonlySet<string> = new Set(['NOERROR', 'NXDOMAIN']);

/** What a response code means for the name. */
const RCODE_MEANINGS: Readonly<Record<string, string>> = {
  NOERROR: 'it exists',
  NXDOMAIN: 'it does not exist',
  SERVFAIL: 'the server failed',
  REFUSED: 'the server refused',
};

function evaluate({ rcode, values, finalName }: DnsResponse, options: Options): CheckOutcome {
  const { name, record, expect, match, expectRcode } = options;
  const facts: Facts = [{ name: 'dns.answers', value: [...values] }];
  const question = `${record} of ${name}${finalName === canonicalInput(reverseName(name)) ? '' : ` (${finalName})`}`;
  if (rcode !== expectRcode) {
    const meaning = RCODE_MEANINGS[rcode] === undefined ? '' : ` (${RCODE_MEANINGS[rcode]})`;
    return {
      ...unexpectedReply(`${question}: the answer is ${rcode}${meaning} instead of ${expectRcode}`),
      facts,
    };
  }
  if (expectRcode !== 'NOERROR') return { outcome: 'ok', facts };
  if (expect === undefined) {
    return values.length > 0
      ? { outcome: 'ok', facts }
      : { ...unexpectedReply(`${question}: the name has no such record`), facts };
  }
  const difference = diffRecords(record, expect, match, values);
  if (difference === null) return { outcome: 'ok', facts };
  return {
    ...unexpectedReply(
      `${question}: ${values.length === 0 ? 'no records' : formatList(values)}; ${difference}`,
    ),
    facts,
  };
}

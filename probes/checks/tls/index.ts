// Owns the tls check: a completed handshake with a trusted certificate. Proves who serves the port, not that the service works.
import { z } from 'zod';
import { type CheckOutcome, defineCheck, type Wire } from '../check.ts';
import { addressesSchema } from '../shared/addresses.ts';
import {
  certificateFields,
  certificateWarning,
  fingerprintSchema,
  matchesPin,
  validateTrust,
} from '../shared/certificate.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';
import { tlsFacts } from '../shared/tls-facts.ts';

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const DEFAULT_MIN_VERSION = 'TLSv1.2';

const versionSchema = z.enum(VERSIONS, {
  error: `The version must be one of ${VERSIONS.map((name) => `"${name}"`).join(', ')}.`,
});

const options = z
  .strictObject({
    type: z.literal('tls'),
    host: hostSchema,
    port: portSchema.default(443),
    timeoutMs: timeoutSchema,
    addresses: addressesSchema,
    serverName: hostSchema.optional().meta({
      description: 'Server name to send (SNI) and to match against the certificate. Defaults to `host`.',
      example: 'shop.example.com',
    }),
    ...certificateFields,
    minVersion: versionSchema
      .optional()
      .meta({ description: 'Oldest version to offer. Defaults to TLSv1.2.' }),
    maxVersion: versionSchema
      .optional()
      .meta({ description: 'Newest version to offer. Defaults to the newest that the probe supports.' }),
    alpn: z
      .array(
        z.string().regex(/^[!-~]{1,32}$/, {
          error: 'A protocol name, such as "h2", must have 1 to 32 visible ASCII characters.',
        }),
      )
      .min(1, { error: '`alpn` is empty. Add a protocol, or remove `alpn`.' })
      .max(8, { error: '`alpn` must have at most 8 protocols.' })
      .optional()
      .meta({
        description: 'Protocols to offer (ALPN), best first. The server must agree on one of them.',
        example: ['h2'],
      }),
    fingerprint: fingerprintSchema.optional(),
    maxLatencyMs: maxLatencySchema(
      'Latency threshold of the TCP and TLS handshakes together, in ms. Slower handshakes raise a warning.',
    ),
  })
  .superRefine((input, context) => {
    const addIssue = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    validateTrust(input, addIssue);
    const { minVersion = DEFAULT_MIN_VERSION, maxVersion } = input;
    if (maxVersion === undefined || VERSIONS.indexOf(minVersion) <= VERSIONS.indexOf(maxVersion)) return;
    addIssue(
      'maxVersion',
      input.minVersion === undefined
        ? `The default \`minVersion\` is ${DEFAULT_MIN_VERSION}, which is newer. Set \`minVersion\` as well.`
        : `\`maxVersion\` is older than \`minVersion\`, ${minVersion}. Raise \`maxVersion\` or lower \`minVersion\`.`,
    );
  });

type Options = z.output<typeof options>;

/**
 * Ok if the handshake completes within timeoutMs with an allowed version and protocol, and with a certificate that is valid
 * now, matches the name, and comes from a trusted authority or is the pinned one. RFC 8446; names: RFC 9525.
 */
export const tls = defineCheck({
  type: 'tls',
  options,
  docs: {
    summary:
      'The port completes a TLS handshake and presents a valid, trusted certificate for the host name.',
    example: { type: 'tls', host: 'shop.example.com' },
    failures: {
      timeout: 'The port did not respond, or did not complete the TLS handshake, within `timeoutMs`.',
      reset: 'The target reset the connection before or during the TLS handshake.',
      tls:
        'The port does not use TLS, the two sides agreed on no version or protocol, or the certificate is not trusted: it has ' +
        'expired, is not valid yet, is for another name, is self-signed, has an unknown issuer, or is not the pinned one.',
    },
    degraded:
      'The certificate expires within one of `certificateDays`, or the TCP and TLS handshakes together take longer than `maxLatencyMs`.',
    notes:
      'With `"trust": "any"` the check accepts every certificate, and only `fingerprint` counts if you set it. With ' +
      '`"trust": "system"` both must match. `ca` replaces the public authorities and may be an intermediate authority. The ' +
      'check does not query revocation. It counts days to the end of the server’s own certificate, by the clock of the probe. ' +
      '`maxLatencyMs` does not include name resolution. For services that start TLS later (SMTP, IMAP), use a `script` check.',
    references: [
      { title: 'RFC 8446, TLS 1.3', url: 'https://www.rfc-editor.org/rfc/rfc8446' },
      { title: 'RFC 9525, names in certificates', url: 'https://www.rfc-editor.org/rfc/rfc9525' },
      { title: 'RFC 7301, protocol negotiation (ALPN)', url: 'https://www.rfc-editor.org/rfc/rfc7301' },
    ],
  },
  nonTargetOptions: ['certificateDays'],
  target: ({ host, port }) => ({ host, port, transport: 'tcp', fields: { host: 'host', port: 'port' } }),
  run,
});

async function run(options: Options, wire: Wire): Promise<CheckOutcome> {
  const connection = await wire.connect(options);
  const remainingMs = wire.remainingMs();
  const { host, serverName = host } = options;
  const facts = await connection.startTls({ ...options, serverName });
  const latencyMs = connection.connectMs + remainingMs - wire.remainingMs();
  connection.end();
  const { alpn, fingerprint, maxLatencyMs } = options;
  if (alpn !== undefined && !alpn.includes(facts.alpn ?? '')) {
    const detail = `the server agreed on ${facts.alpn ?? 'no protocol'} instead of ${alpn.join(' or ')}`;
    return { outcome: 'failed', code: 'tls', detail, facts: tlsFacts(facts) };
  }
  if (fingerprint !== undefined && !matchesPin(facts, fingerprint)) {
    const detail = `the certificate is not the pinned one: its SHA-256 is ${facts.fingerprint}`;
    return { outcome: 'failed', code: 'tls', detail, facts: tlsFacts(facts) };
  }
  const degraded = [
    ...certificateWarning(facts, options.certificateDays, Date.now()),
    ...latencyWarning('the handshakes', latencyMs, maxLatencyMs),
  ];
  return { outcome: 'ok', facts: tlsFacts(facts), degraded };
}

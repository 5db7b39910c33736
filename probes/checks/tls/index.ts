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
import {
  clientCertificateFact,
  findAcceptedVersion,
  findMissingRefusal,
  tlsOptionsOf,
  tlsPolicyFields,
  validateTlsPolicy,
} from '../shared/tls-policy.ts';

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
    ...tlsPolicyFields,
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
    validateTlsPolicy(input, addIssue);
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
        'expired, is not valid yet, is for another name, is self-signed, has an unknown issuer, or is not the pinned one. Or the ' +
        'server accepts one of `refuseVersions`, or a client without a certificate although `clientCertificate` is "required".',
    },
    degraded:
      'A certificate of the chain expires within one of `certificateDays`, or the TCP and TLS handshakes together take longer than `maxLatencyMs`.',
    notes: [
      'With `"trust": "any"` the check accepts every certificate, and only `fingerprint` counts if you set it. With ' +
        '`"trust": "system"` both must match. `ca` replaces the public authorities and may be an intermediate authority. The ' +
        'check does not query revocation. `maxLatencyMs` does not include name resolution. For services that start TLS later ' +
        '(SMTP, IMAP), use a `script` check.',
      '**Names**: the certificate must name the host in its subjectAltName. As in browsers, its common name proves nothing. A ' +
        'wildcard stands for the whole left-most label.',
      '**Expiry**: the warning is about the certificate of the chain that ends first, and names it: the server’s own, an ' +
        'intermediate one or a root. The probe compares it with its own clock.',
      '**Old servers**: `legacyTls` also accepts TLS 1.0 and 1.1, weak ciphers and keys, and servers without secure ' +
        'renegotiation (RFC 5746). `"trust": "any"` includes it, unless `legacyTls` is false.',
      '**Refusals**: for each version of `refuseVersions`, the probe starts another handshake that offers only this version, and ' +
        'the server must refuse it. With `"clientCertificate": "required"` the server must request a client certificate and ' +
        'then refuse the probe, which has none: in the handshake, or in TLS 1.3 right after it. Some servers refuse the request ' +
        'instead (nginx: 400): use an `http` check for them.',
    ].join('\n\n'),
    references: [
      { title: 'RFC 8446, TLS 1.3', url: 'https://www.rfc-editor.org/rfc/rfc8446' },
      { title: 'RFC 9525, names in certificates', url: 'https://www.rfc-editor.org/rfc/rfc9525' },
      { title: 'RFC 5746, secure renegotiation', url: 'https://www.rfc-editor.org/rfc/rfc5746' },
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
  const { alpn, fingerprint, maxLatencyMs, clientCertificate } = options;
  const session = await connection.startTls({ ...tlsOptionsOf(options), serverName, alpn });
  const latencyMs = connection.connectMs + remainingMs - wire.remainingMs();
  const facts = [...tlsFacts(session), ...clientCertificateFact(options, session)];
  const failed = (detail: string): CheckOutcome => ({ outcome: 'failed', code: 'tls', detail, facts });
  if (alpn !== undefined && !session.isRefused && !alpn.includes(session.alpn ?? ''))
    return failed(`the server agreed on ${session.alpn ?? 'no protocol'} instead of ${alpn.join(' or ')}`);
  if (fingerprint !== undefined && !matchesPin(session, fingerprint))
    return failed(`the certificate is not the pinned one: its SHA-256 is ${session.fingerprint}`);
  const isOpen =
    clientCertificate === undefined
      ? null
      : await wire.untimed(() => findMissingRefusal(connection, session, wire));
  if (isOpen !== null) return failed(isOpen);
  connection.end();
  const accepted = await findAcceptedVersion(options, serverName, options, wire);
  if (accepted !== null) return failed(accepted);
  const degraded = [
    ...certificateWarning(session, options.certificateDays, Date.now(), host),
    ...latencyWarning('the handshakes', latencyMs, maxLatencyMs),
  ];
  return { outcome: 'ok', facts, degraded };
}

// tls: a finished handshake with a certificate that is to be believed. Proves who serves the port, not that it serves.
import { z } from 'zod';
import { type CheckOutcome, defineCheck, type Wire } from '../check.ts';
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
const OLDEST_BY_DEFAULT = 'TLSv1.2';

const versionSchema = z.enum(VERSIONS, {
  error: `Write one of ${VERSIONS.map((name) => `"${name}"`).join(', ')}.`,
});

const options = z
  .strictObject({
    type: z.literal('tls'),
    host: hostSchema,
    port: portSchema.default(443),
    timeoutMs: timeoutSchema,
    serverName: hostSchema.optional().meta({
      description:
        'The name that is asked for (SNI) and that the certificate has to be for; `host` where it is absent.',
      example: 'shop.example.com',
    }),
    ...certificateFields,
    minVersion: versionSchema
      .optional()
      .meta({ description: 'The oldest version to offer; TLSv1.2 where it is absent.' }),
    maxVersion: versionSchema.optional().meta({ description: 'The newest version to offer.' }),
    alpn: z
      .array(
        z
          .string()
          .regex(/^[!-~]{1,32}$/, { error: 'Write a protocol name such as "h2", at most 32 characters.' }),
      )
      .min(1, { error: 'Write at least one protocol, or leave "alpn" out.' })
      .max(8, { error: 'Write at most 8 protocols.' })
      .optional()
      .meta({
        description: 'Protocols to offer, best first; the server has to agree on one of them.',
        example: ['h2'],
      }),
    fingerprint: fingerprintSchema.optional(),
    maxLatencyMs: maxLatencySchema('Slower handshakes (TCP and TLS together) are a warning.'),
  })
  .superRefine((written, context) => {
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    validateTrust(written, refuse);
    const { minVersion = OLDEST_BY_DEFAULT, maxVersion } = written;
    if (maxVersion === undefined || VERSIONS.indexOf(minVersion) <= VERSIONS.indexOf(maxVersion)) return;
    refuse(
      'maxVersion',
      written.minVersion === undefined
        ? `Nothing older than ${OLDEST_BY_DEFAULT} is offered unless "minVersion" says so: write it as well.`
        : `This is older than minVersion, ${minVersion}: write a newer version here or an older one there.`,
    );
  });

type Options = z.output<typeof options>;

/**
 * Ok when the handshake finishes within timeoutMs, with a version and a protocol that are allowed, and with a certificate
 * that is valid now, for the name, and from an authority that is believed, or is the pinned one. RFC 8446; names: RFC 9525.
 */
export const tls = defineCheck({
  type: 'tls',
  options,
  docs: {
    summary:
      'The port finishes a TLS handshake with a certificate that is valid, for the name, and to be believed.',
    example: { type: 'tls', host: 'shop.example.com' },
    failures: {
      refused: 'The host answered that nothing listens on the port.',
      timeout:
        'The port did not answer, or accepted the connection and did not finish the handshake within timeoutMs.',
      reset: 'The connection was reset, before or in the middle of the handshake.',
      unreachable: 'A router answered that there is no way to the host.',
      dns: 'The name has no address.',
      tls:
        'No TLS is spoken there, no version or protocol was agreed on, or the certificate is not to be believed: expired, not ' +
        'valid yet, for another name, self-signed, of an unknown authority, or not the pinned one.',
      forbidden_address: 'The name leads to an address that probes may not connect to.',
    },
    degraded:
      'The certificate ends in fewer days than one of certificateDays, or the TCP and TLS handshakes together take longer than maxLatencyMs.',
    notes:
      'With `"trust": "any"` the certificate is taken as it is, and only `fingerprint` counts where it is written; with ' +
      '`"trust": "system"` both do. `ca` takes the place of the public authorities, and may be an intermediate one. Revocation ' +
      'is not looked up. The days are counted to the end of the server’s own certificate, by the clock of the probe. A name look-up ' +
      'is not part of `maxLatencyMs`. Services that begin TLS later (SMTP, IMAP) are watched with a `script` check.',
    references: [
      { title: 'RFC 8446, TLS 1.3', url: 'https://www.rfc-editor.org/rfc/rfc8446' },
      { title: 'RFC 9525, names in certificates', url: 'https://www.rfc-editor.org/rfc/rfc9525' },
      { title: 'RFC 7301, protocols agreed on (ALPN)', url: 'https://www.rfc-editor.org/rfc/rfc7301' },
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
    const detail = `the certificate is another one than the pinned: its SHA-256 is ${facts.fingerprint}`;
    return { outcome: 'failed', code: 'tls', detail, facts: tlsFacts(facts) };
  }
  const degraded = [
    ...certificateWarning(facts, options.certificateDays, Date.now()),
    ...latencyWarning('the handshakes', latencyMs, maxLatencyMs),
  ];
  return { outcome: 'ok', facts: tlsFacts(facts), degraded };
}

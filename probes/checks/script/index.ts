// Owns the script check: a conversation over TCP in steps. Covers line-based protocols, and the first bytes of others.
import { z } from 'zod';
import { type CheckOutcome, defineCheck, type Wire } from '../check.ts';
import { addressesSchema } from '../shared/addresses.ts';
import { certificateFields, certificateWarning, validateTrust } from '../shared/certificate.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { secretsSchema } from '../shared/secrets.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';
import { tlsFacts } from '../shared/tls-facts.ts';
import { tlsOptionsOf } from '../shared/tls-policy.ts';
import { scriptNotes } from './docs.ts';
import { ScriptRunner } from './runner.ts';
import { scriptSecretUses, stepSchema, validateSteps } from './steps.ts';

const options = z
  .strictObject({
    type: z.literal('script'),
    host: hostSchema,
    port: portSchema,
    steps: z
      .array(stepSchema)
      .min(1, { error: '`steps` is empty. Add at least one step.' })
      .max(50, { error: '`steps` must have at most 50 steps.' })
      .meta({ description: 'Steps of the conversation, in order.' }),
    tls: z.boolean({ error: '`tls` must be true or false.' }).default(false).meta({
      description: 'Whether TLS starts with the first byte. A step with `startTls` starts it later.',
    }),
    serverName: hostSchema.optional().meta({
      description: 'Server name to send (SNI) and to match against the certificate. Defaults to `host`.',
      example: 'mail.example.com',
    }),
    ...certificateFields,
    timeoutMs: timeoutSchema,
    addresses: addressesSchema,
    maxLatencyMs: maxLatencySchema(
      'Latency threshold of the conversation, in ms. A slower conversation raises a warning.',
    ),
    secrets: secretsSchema,
  })
  .superRefine((input, context) => {
    const addIssue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    validateSteps(input, addIssue);
    validateTrust(input, (field, message) => addIssue([field], message));
    if (input.tls || input.steps.some(({ startTls }) => startTls)) return;
    const { serverName, ca, trust, legacyTls } = input;
    for (const [field, value] of Object.entries({
      serverName,
      ca,
      legacyTls,
      trust: trust === 'system' ? undefined : trust,
    }))
      if (value !== undefined)
        addIssue(
          [field],
          `The conversation does not use TLS. Set \`tls\` or add a step with \`startTls\`, or remove \`${field}\`.`,
        );
  });

type Options = z.output<typeof options>;

/**
 * Ok if every step succeeds within timeoutMs. Unexpected lines or bytes, or an early end of the connection, are
 * failed{unexpected_reply}. Data that does not arrive in time is failed{timeout}. TLS: RFC 8446. Lines end with LF or CR LF.
 */
export const script = defineCheck({
  type: 'script',
  options,
  docs: {
    summary: 'A conversation with the service, with or without TLS, follows the given steps.',
    example: {
      type: 'script',
      host: 'cache.example.com',
      port: 6379,
      steps: [{ send: 'PING\r\n' }, { expect: '+PONG', unless: '^-' }],
    },
    failures: {
      timeout:
        'The data that a step expects did not arrive within `timeoutMs`. A service that hangs behind an open port fails like this.',
      reset: 'The target reset the connection at the step that the detail names.',
      tls: 'The TLS handshake failed, or the certificate is not trusted.',
      unexpected_reply:
        'A line matched `unless`, other bytes arrived, the connection ended too early, 1000 lines or 1 MiB did not contain the expected data, or plain text arrived before `startTls`.',
    },
    degraded:
      'The conversation takes longer than `maxLatencyMs`, which includes name resolution and pauses, or a certificate of the chain expires within one of `certificateDays`.',
    notes: scriptNotes,
    references: [
      { title: 'RFC 5321, SMTP', url: 'https://www.rfc-editor.org/rfc/rfc5321' },
      { title: 'RFC 3207, STARTTLS in SMTP', url: 'https://www.rfc-editor.org/rfc/rfc3207' },
      { title: 'RFC 8446, TLS 1.3', url: 'https://www.rfc-editor.org/rfc/rfc8446' },
      { title: 'RE2 syntax', url: 'https://github.com/google/re2/wiki/Syntax' },
    ],
  },
  nonTargetOptions: ['certificateDays'],
  target: ({ host, port }) => ({ host, port, transport: 'tcp', fields: { host: 'host', port: 'port' } }),
  secretUses: scriptSecretUses,
  run,
});

async function run(options: Options, wire: Wire): Promise<CheckOutcome> {
  const { host, serverName = host, steps, timeoutMs, maxLatencyMs, secrets } = options;
  const connection = await wire.connect(options);
  const runner = new ScriptRunner(connection, wire, {
    tls: { ...tlsOptionsOf(options), serverName },
    secrets,
  });
  if (options.tls) await runner.startTls();
  const failed = await runner.run(steps);
  const facts = runner.tls === undefined ? {} : { facts: tlsFacts(runner.tls) };
  if (failed !== null) return { ...failed, ...facts };
  const tookMs = timeoutMs - wire.remainingMs() - runner.idleMs;
  connection.end();
  const certificate =
    runner.tls === undefined ? [] : certificateWarning(runner.tls, options.certificateDays, Date.now(), host);
  return {
    outcome: 'ok',
    degraded: [...latencyWarning('the conversation', tookMs, maxLatencyMs), ...certificate],
    ...facts,
  };
}

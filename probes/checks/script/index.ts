// script: a conversation over TCP, as it is written. For every protocol of lines, and the first bytes of the others.
import { z } from 'zod';
import { type CheckOutcome, defineCheck, type Wire } from '../check.ts';
import { certificateFields, certificateWarning, validateTrust } from '../shared/certificate.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { secretsSchema } from '../shared/secrets.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';
import { tlsFacts } from '../shared/tls-facts.ts';
import { scriptNotes } from './docs.ts';
import { ScriptRunner } from './runner.ts';
import { stepSchema, validateSteps } from './steps.ts';

const options = z
  .strictObject({
    type: z.literal('script'),
    host: hostSchema,
    port: portSchema,
    steps: z
      .array(stepSchema)
      .min(1, { error: 'Write at least one step.' })
      .max(50, { error: 'Write at most 50 steps.' })
      .meta({ description: 'What is said and expected, in this order.' }),
    tls: z
      .boolean({ error: 'Write true or false.' })
      .default(false)
      .meta({ description: 'TLS from the first byte on; a step with `startTls` begins it later.' }),
    serverName: hostSchema.optional().meta({
      description:
        'The name that TLS asks for (SNI) and that the certificate has to be for; `host` where it is absent.',
      example: 'mail.example.com',
    }),
    ...certificateFields,
    timeoutMs: timeoutSchema,
    maxLatencyMs: maxLatencySchema('A conversation that takes longer is a warning, in ms.'),
    secrets: secretsSchema,
  })
  .superRefine((written, context) => {
    const refuse = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path: [...path], message });
    validateSteps(written, refuse);
    validateTrust(written, (field, message) => refuse([field], message));
    if (written.tls || written.steps.some(({ startTls }) => startTls)) return;
    const { serverName, ca, trust } = written;
    for (const [field, value] of Object.entries({
      serverName,
      ca,
      trust: trust === 'system' ? undefined : trust,
    }))
      if (value !== undefined)
        refuse(
          [field],
          'There is no TLS in this conversation: write "tls": true or a step with "startTls", or leave this out.',
        );
  });

type Options = z.output<typeof options>;

/**
 * Ok when every step goes as it is written, within timeoutMs. A line or bytes that are not as expected, and an end of the
 * connection before, are failed{unexpected_reply}; what does not come in time is failed{timeout}. TLS: RFC 8446; lines end
 * with LF or CR LF.
 */
export const script = defineCheck({
  type: 'script',
  options,
  docs: {
    summary: 'A conversation with the service goes as it is written, TLS included.',
    example: {
      type: 'script',
      host: 'cache.example.com',
      port: 6379,
      steps: [{ send: 'PING\r\n' }, { expect: '+PONG', unless: '^-' }],
    },
    failures: {
      refused: 'The host answered that nothing listens on the port.',
      timeout:
        'What a step waits for did not come within timeoutMs: a service that hangs behind an open port looks like this.',
      reset: 'The connection was reset, at the step that the detail names.',
      unreachable: 'A router answered that there is no way to the host.',
      dns: 'The name has no address.',
      tls: 'No TLS is spoken there, or the certificate is not to be believed.',
      unexpected_reply:
        'A line that `unless` names, other bytes, an end of the connection before what was expected, more than 1000 lines or 1 MiB without it, or plain text where TLS had to begin.',
      forbidden_address: 'The name leads to an address that probes may not connect to.',
    },
    degraded:
      'The conversation takes longer than maxLatencyMs, look-up and pauses included, or the certificate ends in fewer days than one of certificateDays.',
    notes: scriptNotes,
    references: [
      { title: 'RFC 5321, SMTP', url: 'https://www.rfc-editor.org/rfc/rfc5321' },
      { title: 'RFC 3207, STARTTLS in SMTP', url: 'https://www.rfc-editor.org/rfc/rfc3207' },
      { title: 'RFC 8446, TLS 1.3', url: 'https://www.rfc-editor.org/rfc/rfc8446' },
      { title: 'The syntax of RE2', url: 'https://github.com/google/re2/wiki/Syntax' },
    ],
  },
  nonTargetOptions: ['certificateDays'],
  target: ({ host, port }) => ({ host, port, transport: 'tcp', fields: { host: 'host', port: 'port' } }),
  run,
});

async function run(options: Options, wire: Wire): Promise<CheckOutcome> {
  const { host, serverName = host, steps, timeoutMs, maxLatencyMs, secrets } = options;
  const connection = await wire.connect(options);
  const { trust, ca } = options;
  const dialogue = new ScriptRunner(connection, wire, { tls: { serverName, trust, ca }, secrets });
  if (options.tls) await dialogue.startTls();
  const failed = await dialogue.converse(steps);
  const learned = dialogue.tls === undefined ? {} : { facts: tlsFacts(dialogue.tls) };
  if (failed !== null) return { ...failed, ...learned };
  const tookMs = timeoutMs - wire.remainingMs();
  connection.end();
  const certificate =
    dialogue.tls === undefined ? [] : certificateWarning(dialogue.tls, options.certificateDays, Date.now());
  return {
    outcome: 'ok',
    degraded: [...latencyWarning('the conversation', tookMs, maxLatencyMs), ...certificate],
    ...learned,
  };
}

// Owns the tcp check: a full handshake without an immediate reset, and a clean FIN. Several handshakes measure jitter and
// loss. Proves that a service listens on the port, not which one.
import { z } from 'zod';
import type { Degraded, Samples } from '../../contract/index.ts';
import { type CheckOutcome, defineCheck, type Target, type Wire, WireError } from '../check.ts';
import { addressesSchema } from '../shared/addresses.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';

/** Before the kernel repeats a SYN (RFC 6298, section 2: after one second): a slower handshake has lost a packet. */
const LOST_MS = 950;

const SAMPLES_ERROR = '`samples` must be a whole number between 1 and 10.';
const LOSS_ERROR = '`maxLossPercent` must be between 0 and 99.';

const options = z
  .strictObject({
    type: z.literal('tcp'),
    host: hostSchema,
    port: portSchema,
    timeoutMs: timeoutSchema,
    addresses: addressesSchema,
    expect: z
      .enum(['open', 'closed'])
      .default('open')
      .meta({ description: 'The expected state of the port.' }),
    samples: z
      .int({ error: SAMPLES_ERROR })
      .min(1, { error: SAMPLES_ERROR })
      .max(10, { error: SAMPLES_ERROR })
      .default(1)
      .meta({
        description: 'Handshakes per run, one after the other, to measure jitter and loss.',
      }),
    maxLatencyMs: maxLatencySchema(
      'Latency threshold of the handshake (the mean of several), in ms. A slower handshake raises a warning.',
    ),
    maxLossPercent: z.number().min(0, { error: LOSS_ERROR }).max(99, { error: LOSS_ERROR }).optional().meta({
      description: 'Loss threshold, in percent. More lost handshakes raise a warning. Requires `samples`.',
    }),
  })
  .superRefine(({ addresses, expect, samples, maxLatencyMs, maxLossPercent }, context) => {
    const addIssue = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (maxLossPercent !== undefined && samples < 2)
      addIssue('maxLossPercent', 'Loss requires several handshakes. Set `samples` to 2 to 10.');
    if (expect === 'open') return;
    if (addresses === 'any')
      addIssue('addresses', 'A closed port must be closed at every address. Remove `addresses`.');
    if (samples > 1)
      addIssue('samples', '`samples` does not apply to `"expect": "closed"`. Remove `samples`.');
    if (maxLatencyMs !== undefined)
      addIssue('maxLatencyMs', 'A closed port has no latency. Remove `maxLatencyMs`.');
  });

type Options = z.output<typeof options>;

/**
 * `expect: "open"` (the default) is ok if the handshake completes within timeoutMs. With several `samples`, one must complete.
 * `expect: "closed"` is ok if the handshake is refused, reset or unanswered, and failed{unexpected_open} if it completes.
 * Name resolution must succeed either way. RFC 9293, sections 3.5 and 3.6.
 */
export const tcp = defineCheck({
  type: 'tcp',
  options,
  docs: {
    summary: 'The port completes a TCP handshake and does not reset the connection at once.',
    example: { type: 'tcp', host: 'shop.example.com', port: 443 },
    failures: {
      timeout:
        'No response arrived within `timeoutMs`. A firewall drops the packets, or the server has a full accept queue.',
      reset: 'The host accepted the connection and reset it at once, as a proxy without its service does.',
      unexpected_open: 'The port completed a handshake although it must be closed (`"expect": "closed"`).',
    },
    degraded:
      'The handshake (the mean of several `samples`) takes longer than `maxLatencyMs`, or the loss exceeds `maxLossPercent`.',
    notes:
      'Jitter is the mean difference between successive handshakes. A handshake counts as lost if it takes longer than 950 ms: ' +
      'the kernel repeats a SYN after one second, so a slower handshake has lost a packet. The probe closes each sample before ' +
      'it starts the next one.',
    references: [
      { title: 'RFC 9293, Transmission Control Protocol', url: 'https://www.rfc-editor.org/rfc/rfc9293' },
      {
        title: 'RFC 3550, section 6.4.1, on jitter',
        url: 'https://www.rfc-editor.org/rfc/rfc3550#section-6.4.1',
      },
    ],
  },
  nonTargetOptions: ['maxLossPercent'],
  target: ({ host, port }) => ({ host, port, transport: 'tcp', fields: { host: 'host', port: 'port' } }),
  needsEveryAddress: ({ addresses, expect }) => addresses === 'all' || expect === 'closed',
  run: (options, wire) => (options.expect === 'closed' ? runClosed(options, wire) : runOpen(options, wire)),
});

async function runClosed({ host, port }: Options, wire: Wire): Promise<CheckOutcome> {
  try {
    const connection = await wire.connect({ host, port });
    await connection.waitForImmediateReset();
    connection.end();
    const detail = `port ${port} of ${connection.address} accepts connections, but must be closed`;
    return { outcome: 'failed', code: 'unexpected_open', phase: 'connect', detail };
  } catch (error) {
    if (error instanceof WireError && CLOSED.has(error.code)) return { outcome: 'ok' };
    throw error;
  }
}

/** Failures that show a closed or filtered port. An unreachable host does not show the state of its port. */
const CLOSED: ReadonlySet<string> = new Set(['refused', 'timeout', 'reset']);

async function runOpen(options: Options, wire: Wire): Promise<CheckOutcome> {
  if (options.samples === 1) {
    const connection = await wire.connect(options, { staysOpen: true });
    connection.end();
    return {
      outcome: 'ok',
      degraded: latencyWarning('the handshake', connection.connectMs, options.maxLatencyMs),
    };
  }
  const samples = await sample(options, wire);
  return {
    outcome: 'ok',
    samples,
    degraded: [
      ...latencyWarning('the handshake', samples.meanMs ?? 0, options.maxLatencyMs),
      ...lossWarning(samples, options),
    ],
  };
}

/** Fails like a single handshake if all are lost, and with every other failure of one of them. */
async function sample(options: Options, wire: Wire): Promise<Samples> {
  const times: number[] = [];
  /** All samples measure one address: the first that accepts. */
  let target: Target = options;
  let sent = 0;
  let lost: WireError | undefined;
  while (sent < options.samples && wire.remainingMs() > 0) {
    sent += 1;
    try {
      const connection = await wire.connect(target, { timeoutMs: LOST_MS, staysOpen: times.length === 0 });
      await connection.close();
      target = { host: connection.address, port: options.port };
      // A delayed probe may have received the answer to a repeated SYN.
      if (connection.connectMs < LOST_MS) times.push(connection.connectMs);
      else lost = new WireError('timeout', `every handshake took longer than ${LOST_MS} ms`);
    } catch (error) {
      if (!(error instanceof WireError) || error.code !== 'timeout') throw error;
      lost = error;
    }
  }
  if (times.length === 0) throw lost ?? new WireError('timeout', 'no time was left for a handshake');
  return { sent, lost: sent - times.length, ...spread(times) };
}

/** Takes at least one time, in ms. */
function spread(times: readonly number[]): Required<Omit<Samples, 'sent' | 'lost'>> {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const steps = times.slice(1).map((time, index) => Math.abs(time - times[index]!));
  return {
    minMs: Math.min(...times),
    meanMs: mean(times),
    maxMs: Math.max(...times),
    jitterMs: mean(steps),
  };
}

function lossWarning({ sent, lost }: Samples, { maxLossPercent: limit }: Options): Degraded[] {
  if (limit === undefined || (100 * lost) / sent <= limit) return [];
  return [{ code: 'loss', limit, detail: `${lost} of ${sent} handshakes were lost, more than ${limit} %` }];
}

// tcp: a full handshake, no reset at once after it, and a clean FIN; several of them for jitter and loss. Proves that the
// port is served, not by what.
import { z } from 'zod';
import type { Degraded, Samples } from '../../contract/index.ts';
import { type CheckOutcome, defineCheck, type Wire, WireError } from '../check.ts';
import { latencyWarning, maxLatencySchema } from '../shared/latency.ts';
import { hostSchema, portSchema, timeoutSchema } from '../shared/target.ts';

/** No later than the kernel's first repetition of a SYN (RFC 6298, section 2: one second): who needs it has lost a packet. */
const LOST_MS = 950;

const options = z
  .strictObject({
    type: z.literal('tcp'),
    host: hostSchema,
    port: portSchema,
    timeoutMs: timeoutSchema,
    expect: z
      .enum(['open', 'closed'])
      .default('open')
      .meta({ description: 'Whether the port has to answer.' }),
    samples: z
      .int({ error: 'Write a whole number from 1 to 10.' })
      .min(1, { error: 'Write a whole number from 1 to 10.' })
      .max(10, { error: 'Write a whole number from 1 to 10.' })
      .default(1)
      .meta({
        description:
          'Handshakes a look, one after the other: their spread is jitter, those in vain are loss.',
      }),
    maxLatencyMs: maxLatencySchema('A slower handshake (the mean of several) is a warning.'),
    maxLossPercent: z
      .number()
      .min(0, { error: 'Write a percentage from 0 to 99.' })
      .max(99, { error: 'Write a percentage from 0 to 99.' })
      .optional()
      .meta({ description: 'More lost handshakes are a warning; needs `samples`.' }),
  })
  .superRefine(({ expect, samples, maxLatencyMs, maxLossPercent }, context) => {
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (maxLossPercent !== undefined && samples < 2)
      refuse('maxLossPercent', 'One handshake alone has no loss: write "samples" as well, from 2 to 10.');
    if (expect === 'open') return;
    if (samples > 1) refuse('samples', 'A port that has to stay closed is asked once: leave "samples" out.');
    if (maxLatencyMs !== undefined) refuse('maxLatencyMs', 'A port that has to stay closed has no latency.');
  });

type Options = z.output<typeof options>;

/**
 * `expect: "open"` (the default) is ok when the handshake completes within timeoutMs; of several `samples` one has to.
 * `expect: "closed"` is ok when it is refused, reset or goes unanswered, and failed{unexpected_open} when it completes.
 * Name resolution must succeed either way. RFC 9293, sections 3.5 and 3.6.
 */
export const tcp = defineCheck({
  type: 'tcp',
  options,
  docs: {
    summary: 'The port completes a TCP handshake, and does not reset the connection at once.',
    example: { type: 'tcp', host: 'shop.example.com', port: 443 },
    failures: {
      refused: 'The host answered that nothing listens on the port.',
      timeout:
        'Nothing came back within timeoutMs: the packets are dropped, or the queue of the server is full.',
      reset: 'The connection was accepted and reset at once, as by a proxy whose service is gone.',
      unreachable: 'A router answered that there is no way to the host.',
      dns: 'The name has no address.',
      unexpected_open: 'The port completed a handshake and had to stay closed (`"expect": "closed"`).',
      forbidden_address: 'The name leads to an address that probes may not connect to.',
    },
    degraded:
      'The handshake (the mean of several `samples`) takes longer than maxLatencyMs, or more of them than maxLossPercent are lost.',
    notes:
      'Jitter is the mean difference between one handshake and the next. A handshake counts as lost when it takes longer than ' +
      '950 ms: the kernel repeats its SYN after a second, and what needs that has lost a packet. Samples are taken one after the ' +
      'other, each closed before the next.',
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
  run: (options, wire) => (options.expect === 'closed' ? runClosed(options, wire) : runOpen(options, wire)),
});

async function runClosed({ host, port }: Options, wire: Wire): Promise<CheckOutcome> {
  try {
    const connection = await wire.connect({ host, port });
    await connection.waitForImmediateReset();
    connection.end();
    const detail = `port ${port} of ${connection.address} accepts connections and has to stay closed`;
    return { outcome: 'failed', code: 'unexpected_open', phase: 'connect', detail };
  } catch (error) {
    if (error instanceof WireError && CLOSED.has(error.code)) return { outcome: 'ok' };
    throw error;
  }
}

/** What a closed or filtered port looks like. An unreachable host says nothing of its port. */
const CLOSED: ReadonlySet<string> = new Set(['refused', 'timeout', 'reset']);

async function runOpen(options: Options, wire: Wire): Promise<CheckOutcome> {
  if (options.samples === 1) {
    const connection = await wire.connect(options);
    await connection.waitForImmediateReset();
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

/** Fails like a single handshake when all are lost, and with whatever else one of them meets. */
async function sample(options: Options, wire: Wire): Promise<Samples> {
  const times: number[] = [];
  let sent = 0;
  let lost: WireError | undefined;
  while (sent < options.samples && wire.remainingMs() > 0) {
    sent += 1;
    try {
      const connection = await wire.connect(options, LOST_MS);
      if (times.length === 0) await connection.waitForImmediateReset();
      await connection.close();
      // A probe that was held up may have seen the answer to a repeated SYN.
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

/** Of at least one time in ms. */
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

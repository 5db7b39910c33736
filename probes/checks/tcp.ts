// tcp: a full handshake, no reset at once after it, and a clean FIN. Proves that the port is served, not by what.
import { z } from 'zod';
import { defineCheck, WireFailure } from './check.ts';
import { hostSchema, portSchema, timeoutSchema } from './target.ts';

/**
 * `expect: "open"` (the default) is ok when the handshake completes within timeoutMs.
 * `expect: "closed"` is ok when it is refused, reset or goes unanswered, and failed{unexpected_open} when it completes.
 * Name resolution must succeed either way. RFC 9293, sections 3.5 and 3.6.
 */
export const tcp = defineCheck({
  type: 'tcp',
  options: z.strictObject({
    type: z.literal('tcp'),
    host: hostSchema,
    port: portSchema,
    timeoutMs: timeoutSchema,
    expect: z
      .enum(['open', 'closed'])
      .default('open')
      .meta({ description: 'Whether the port has to answer.' }),
  }),
  async run({ host, port, expect }, wire) {
    try {
      const connection = await wire.connect({ host, port });
      await connection.confirm();
      connection.end();
      if (expect === 'open') return { outcome: 'ok' };
      const detail = `port ${port} of ${connection.address} accepts connections and has to stay closed`;
      return { outcome: 'failed', code: 'unexpected_open', detail };
    } catch (error) {
      if (expect === 'closed' && error instanceof WireFailure && CLOSED.has(error.code))
        return { outcome: 'ok' };
      throw error;
    }
  },
});

/** What a closed or filtered port looks like. An unreachable host says nothing of its port. */
const CLOSED: ReadonlySet<string> = new Set(['refused', 'timeout', 'reset']);

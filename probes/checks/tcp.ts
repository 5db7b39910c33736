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
  about: {
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
    degraded: null,
    notes: '',
    references: [
      { title: 'RFC 9293, Transmission Control Protocol', url: 'https://www.rfc-editor.org/rfc/rfc9293' },
    ],
  },
  aim: ({ host, port }) => ({ host, port, transport: 'tcp', fields: { host: 'host', port: 'port' } }),
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

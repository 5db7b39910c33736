// Good servers for the checks that speak TLS and HTTP.
import { createAuthority } from '../certificates.ts';
import { httpTarget, tlsTarget } from '../web-targets.ts';
import type { Subject } from './subjects.ts';

const HOST = '127.0.0.1';

export const webSubjects: Readonly<Record<'tls' | 'http', Subject>> = {
  tls: {
    transport: 'tcp',
    start: async () => tlsTarget(await (await createAuthority()).selfSigned('IP:127.0.0.1')),
    options: (port) => ({ type: 'tls', host: HOST, port, trust: 'any' }),
    // What follows the handshake is not waited for.
    everyByteCounts: false,
    expected: {
      stopped: ['failed timeout'],
      reset: ['failed reset'],
      end: ['failed tls'],
      stall: ['failed timeout'],
      trickle: ['failed timeout'],
      garbage: ['failed tls'],
      babble: ['failed tls'],
    },
  },
  http: {
    transport: 'tcp',
    start: () => httpTarget((_, response) => response.end('{"status":"ok"}')),
    options: (port) => ({
      type: 'http',
      url: `http://${HOST}:${port}/`,
      jsonPath: [{ path: '$.status', equals: 'ok' }],
    }),
    everyByteCounts: true,
    expected: {
      stopped: ['failed timeout'],
      reset: ['failed reset'],
      end: ['failed unexpected_reply'],
      stall: ['failed timeout'],
      trickle: ['failed timeout'],
      garbage: ['failed unexpected_reply'],
      babble: ['failed unexpected_reply'],
    },
  },
};

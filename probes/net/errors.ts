// Which failure code an operating-system error means, and which errors are the location's own fault.
import { WireError } from '../checks/check.ts';
import type { FailureCode, UnmeasuredReason } from '../contract/index.ts';
import { handshakeErrorText } from './tls-messages.ts';

/** Nothing could be learned of the target: the location's fault. */
export class UnmeasuredError extends Error {
  override readonly name = 'Unmeasurable';
  readonly reason: UnmeasuredReason;
  constructor(reason: UnmeasuredReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** errno(3) names, as Node reports them. */
const FAILURES: Readonly<Record<string, { code: FailureCode; says: string }>> = {
  ECONNREFUSED: { code: 'refused', says: 'refused the connection' },
  ECONNRESET: { code: 'reset', says: 'reset the connection' },
  EPIPE: { code: 'reset', says: 'closed the connection' },
  ECONNABORTED: { code: 'reset', says: 'aborted the connection' },
  ETIMEDOUT: { code: 'timeout', says: 'did not answer in time' },
  EHOSTUNREACH: { code: 'unreachable', says: 'is not reachable: no route to the host' },
  ENETUNREACH: { code: 'unreachable', says: 'is not reachable: no route to its network' },
  EHOSTDOWN: { code: 'unreachable', says: 'is not reachable: the host is down' },
  ENETDOWN: { code: 'unreachable', says: 'is not reachable: the network is down' },
  // What Linux makes of an ICMP "protocol unreachable" (RFC 1122, section 3.2.2.1).
  ENOPROTOOPT: { code: 'unreachable', says: 'is not reachable: its host does not speak this protocol' },
  EACCES: { code: 'unreachable', says: 'is not reachable: the way there is administratively prohibited' },
  EPERM: { code: 'unreachable', says: 'is not reachable: the way there is administratively prohibited' },
};

/** OpenSSL's own errors, in a handshake or at any time after it. */
const IS_TLS = /^(ERR_SSL|ERR_TLS|EPROTO|ERR_OSSL)/;

/**
 * A failure of the target where the error says so; everything else (no descriptors, no ports) is the location's.
 * `alpn`: the protocols that were offered.
 */
export function toFailure(error: NodeJS.ErrnoException, target: string, alpn?: readonly string[]): Error {
  const { code = '' } = error;
  const known = FAILURES[code];
  if (known) return new WireError(known.code, `${target} ${known.says}`);
  if (IS_TLS.test(code)) {
    const { reason = code } = error as { reason?: string };
    return new WireError('tls', `${target} ${handshakeErrorText(reason, alpn)}`);
  }
  return new UnmeasuredError(
    'location_offline',
    `this location could not connect (${code || error.message})`,
  );
}

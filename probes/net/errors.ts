// Owns what an operating-system error means: a failure of the target, or a fault of the location.
// Does not know TLS certificates.
import { WireError } from '../checks/check.ts';
import type { FailureCode, UnmeasuredReason } from '../contract/index.ts';
import { handshakeErrorText } from './tls-messages.ts';

/** The location could not measure the target. */
export class UnmeasuredError extends Error {
  override readonly name = 'UnmeasuredError';
  readonly reason: UnmeasuredReason;
  constructor(reason: UnmeasuredReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** errno(3) names, as Node reports them. */
const FAILURES: Readonly<Record<string, { code: FailureCode; text: string }>> = {
  ECONNREFUSED: { code: 'refused', text: 'refused the connection' },
  ECONNRESET: { code: 'reset', text: 'reset the connection' },
  EPIPE: { code: 'reset', text: 'closed the connection' },
  ECONNABORTED: { code: 'reset', text: 'aborted the connection' },
  ETIMEDOUT: { code: 'timeout', text: 'did not answer in time' },
  EHOSTUNREACH: { code: 'unreachable', text: 'is not reachable: no route to the host' },
  ENETUNREACH: { code: 'unreachable', text: 'is not reachable: no route to its network' },
  EHOSTDOWN: { code: 'unreachable', text: 'is not reachable: the host is down' },
  ENETDOWN: { code: 'unreachable', text: 'is not reachable: the network is down' },
  // Linux reports this for an ICMP "protocol unreachable" (RFC 1122, section 3.2.2.1).
  ENOPROTOOPT: { code: 'unreachable', text: 'is not reachable: its host does not support this protocol' },
  EACCES: { code: 'unreachable', text: 'is not reachable: the route is administratively prohibited' },
  EPERM: { code: 'unreachable', text: 'is not reachable: the route is administratively prohibited' },
};

/** OpenSSL's own errors, in a handshake or at any time after it. */
const IS_TLS = /^(ERR_SSL|ERR_TLS|EPROTO|ERR_OSSL)/;

/**
 * A WireError if the target or its path caused the error; an UnmeasuredError for everything else (no descriptors, no ports).
 * `alpn`: the protocols that were offered.
 */
export function toFailure(error: NodeJS.ErrnoException, target: string, alpn?: readonly string[]): Error {
  const { code = '' } = error;
  const known = FAILURES[code];
  if (known) return new WireError(known.code, `${target} ${known.text}`);
  if (IS_TLS.test(code)) {
    const { reason = code } = error as { reason?: string };
    return new WireError('tls', `${target} ${handshakeErrorText(reason, alpn)}`);
  }
  return new UnmeasuredError(
    'location_offline',
    `this location could not connect (${code || error.message})`,
  );
}

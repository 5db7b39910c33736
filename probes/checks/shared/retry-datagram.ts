// Owns sending a datagram again, since one lost datagram is not a failure, and reading until a datagram is an answer.
import { type Datagrams, type Wire, WireError } from '../check.ts';

export interface RetryOptions<T> {
  /** Datagrams to send to each address, spread evenly over the remaining time. */
  readonly attempts: number;
  message(): string | Uint8Array;
  /** What a datagram means; null if it does not answer any of the datagrams sent. */
  parse(datagram: Uint8Array): T | null;
}

/** Fails like `receive`: with `timeout` only if the last attempt has no answer either. */
export async function sendWithRetry<T>(
  datagrams: Datagrams,
  wire: Wire,
  options: RetryOptions<T>,
): Promise<T> {
  const attempts = options.attempts * datagrams.addressCount;
  const partMs = wire.remainingMs() / attempts;
  for (let left = attempts; ; left -= 1) {
    datagrams.send(options.message());
    const retryAtMs = left > 1 ? wire.remainingMs() - partMs : null;
    const answer = await receiveUntil(datagrams, wire, retryAtMs, options.parse);
    if (answer !== null) return answer;
  }
}

/** Null once `retryAtMs` or less remains and the next attempt is due. */
async function receiveUntil<T>(
  datagrams: Datagrams,
  wire: Wire,
  retryAtMs: number | null,
  parse: RetryOptions<T>['parse'],
): Promise<T | null> {
  for (;;) {
    const timeoutMs = retryAtMs === null ? undefined : wire.remainingMs() - retryAtMs;
    if (timeoutMs !== undefined && timeoutMs <= 0) return null;
    try {
      const answer = parse(await datagrams.receive(timeoutMs));
      if (answer !== null) return answer;
    } catch (error) {
      const isEarly = error instanceof WireError && error.code === 'timeout' && wire.remainingMs() > 0;
      if (!isEarly || retryAtMs === null) throw error;
      return null;
    }
  }
}

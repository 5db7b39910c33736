// Asks over UDP and asks again, since one lost datagram is no failure; reads what comes until something is an answer.
import { type Datagrams, type Wire, WireError } from '../check.ts';

export interface RetryOptions<T> {
  /** So many datagrams go out before the time is up, evenly spread over what is left of it. */
  readonly times: number;
  message(): string | Uint8Array;
  /** What a datagram means; null when it is no answer to any question. */
  take(datagram: Uint8Array): T | null;
}

/** Fails like `receive`: with `timeout` only when the last question has gone unanswered as well. */
export async function sendWithRetry<T>(
  datagrams: Datagrams,
  wire: Wire,
  asking: RetryOptions<T>,
): Promise<T> {
  const partMs = wire.remainingMs() / asking.times;
  for (let left = asking.times; ; left -= 1) {
    datagrams.send(asking.message());
    const againAt = left > 1 ? wire.remainingMs() - partMs : null;
    const answer = await receiveUntil(datagrams, wire, againAt, asking.take);
    if (answer !== null) return answer;
  }
}

/** Null when no more than `againAt` ms remain, and it is time to ask again. */
async function receiveUntil<T>(
  datagrams: Datagrams,
  wire: Wire,
  againAt: number | null,
  take: RetryOptions<T>['take'],
): Promise<T | null> {
  for (;;) {
    const patienceMs = againAt === null ? undefined : wire.remainingMs() - againAt;
    if (patienceMs !== undefined && patienceMs <= 0) return null;
    try {
      const answer = take(await datagrams.receive(patienceMs));
      if (answer !== null) return answer;
    } catch (error) {
      const isEarly = error instanceof WireError && error.code === 'timeout' && wire.remainingMs() > 0;
      if (!isEarly || againAt === null) throw error;
      return null;
    }
  }
}

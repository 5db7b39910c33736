// Owns what a response of a receiver means: its beginning, and the outcome by its channel or by its status.
import type { Channel, ChannelResponse, Outcome } from '../channels/channel.ts';
import { retryAfterMs } from './retry-policy.ts';

const MAX_BODY_BYTES = 4_096;
/** A receiver that accepted the message may take this long for the rest of its response. */
const MAX_ACCEPTED_MS = 1_000;

/** Refusals of this message that no later attempt changes: bad request, too large, unprocessable. */
const REFUSES_MESSAGE: ReadonlySet<number> = new Set([400, 413, 422]);

/** A response that breaks off or never ends has an empty body. */
export async function readResponse(response: Response, channel: Channel): Promise<ChannelResponse> {
  const { status, headers } = response;
  const needsBody = channel.outcomeOf !== undefined || channel.receiptOf !== undefined;
  const body = await readBeginning(response, response.ok && !needsBody ? MAX_ACCEPTED_MS : null);
  return { status, headers, body };
}

export function outcomeOf(response: ChannelResponse, channel: Channel, now: number): Outcome {
  const own = channel.outcomeOf?.(response) ?? null;
  const outcome = own ?? byStatus(response.status);
  if (outcome.result !== 'retry' || outcome.afterMs !== undefined) return outcome;
  const afterMs = retryAfterMs(response.headers.get('retry-after'), now);
  return afterMs === null ? outcome : { ...outcome, afterMs };
}

function byStatus(status: number): Outcome {
  if (status >= 200 && status < 300) return { result: 'delivered' };
  if (status === 410) return { result: 'gone' };
  return { result: REFUSES_MESSAGE.has(status) ? 'dead' : 'retry' };
}

/** Reads the beginning only, because a receiver may send without end. `withinMs`: then it is left. */
async function readBeginning(response: Response, withinMs: number | null): Promise<string> {
  if (!response.body) return '';
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const late = withinMs === null ? null : after(withinMs);
  let text = '';
  let isWhole = true;
  try {
    for (let size = 0; size < MAX_BODY_BYTES; ) {
      const read = reader.read();
      // If it is left, its end is of no interest.
      read.catch(() => undefined);
      const next = await (late === null ? read : Promise.race([read, late.passed]));
      isWhole = next !== null;
      if (next === null || next.done) break;
      const part = next.value.subarray(0, MAX_BODY_BYTES - size);
      size += part.length;
      text += decoder.decode(part, { stream: true });
    }
  } catch {
    // The response has arrived: its status counts.
    isWhole = false;
  }
  late?.clear();
  // Releases the connection. It may wait for a receiver that sends nothing.
  reader.cancel().catch(() => undefined);
  return isWhole ? text : '';
}

function after(ms: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  return { passed, clear: () => clearTimeout(timer) };
}

// What a check finds when it was answered, and not as it had to be. Pure.
import type { CapturedResponse } from '../../contract/index.ts';
import type { CheckOutcome } from '../check.ts';

export type Failed = Extract<CheckOutcome, { outcome: 'failed' }>;

/** `response` is what came instead, where it says more than the sentence. */
export const unexpectedReply = (detail: string, response?: CapturedResponse): Failed => ({
  outcome: 'failed',
  code: 'unexpected_reply',
  phase: 'reply',
  detail,
  ...(response === undefined ? {} : { response }),
});

// What a check finds when it was answered, and not as it had to be. Pure.
import type { Reply } from '../../contract/index.ts';
import type { Finding } from '../check.ts';

export type Failed = Extract<Finding, { outcome: 'failed' }>;

/** `reply` is what came instead, where it says more than the sentence. */
export const unexpectedReply = (detail: string, reply?: Reply): Failed => ({
  outcome: 'failed',
  code: 'unexpected_reply',
  phase: 'reply',
  detail,
  ...(reply === undefined ? {} : { reply }),
});

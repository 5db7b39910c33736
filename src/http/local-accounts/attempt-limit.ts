// Owns the limit of sign-ins with a password or a code from one network, before anything is verified: a hash costs CPU time.
// A browser in which a person has signed in before does not share the limit with its network: it has its own.
import type { Context } from 'hono';
import { log } from '../../log.ts';
import type { Device } from '../../services/local-accounts/failure-limit.ts';
import { clientNetwork } from '../access/failed-tokens.ts';
import type { HttpEnv } from '../context.ts';

/** `device` may be of any account: its cookie must not allow more guesses of other accounts than a network has. */
export async function isAttemptLimited(c: Context<HttpEnv>, device: Device | null): Promise<boolean> {
  const source = device === null ? clientNetwork(c) : `device ${device.id}`;
  try {
    const { success } = await c.var.config.authLimit.limit({ key: `sign-in ${source}` });
    return !success;
  } catch (error) {
    // The limit of the account counts in D1, so guessing stays slow.
    log.warn('auth.limit_failed', { error });
    return false;
  }
}

// Owns the limit of sign-ups from one network, before an address is read.
import type { Context } from 'hono';
import { log } from '../../../log.ts';
import { clientNetwork } from '../../access/failed-tokens.ts';
import type { HttpEnv } from '../../context.ts';

export async function isSignUpLimited(c: Context<HttpEnv>): Promise<boolean> {
  try {
    const { success } = await c.var.config.authLimit.limit({ key: `subscribe ${clientNetwork(c)}` });
    return !success;
  } catch (error) {
    // The limits of receiver and mesh count in D1.
    log.warn('auth.limit_failed', { error });
    return false;
  }
}

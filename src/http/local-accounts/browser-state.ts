// Owns what a sign-in of a local person keeps in the browser: the flow in progress, and the cookies of a finished one.
import type { Context } from 'hono';
import { FLOW_SECONDS, type Flow, openFlow, sealFlow } from '../../services/sign-in/flow.ts';
import { clearCookie, readCookie, writeCookie } from '../access/cookies.ts';
import type { HttpEnv } from '../context.ts';
import { rememberDevice } from './device-cookie.ts';

/** A flow of one kind does not open as another. */
export type FlowKind = 'passkey' | 'code' | 'enrolment' | 'new_passkey' | 'new_password';

/** Replaces a sign-in that this browser has begun before. */
export async function writeFlow<T extends object>(
  c: Context<HttpEnv>,
  kind: FlowKind,
  data: T,
): Promise<void> {
  const { config, now } = c.var;
  writeCookie(c, 'flow', await sealFlow(config, kind, data, now), FLOW_SECONDS);
}

/** Null if it is missing, too old, or of another kind. */
export const readFlow = <T extends object>(c: Context<HttpEnv>, kind: FlowKind): Promise<(T & Flow) | null> =>
  openFlow<T>(c.var.config, kind, readCookie(c, 'flow'), c.var.now);

/** `token` is the new session's. */
export async function finishSignIn(c: Context<HttpEnv>, token: string, personId: string): Promise<void> {
  clearCookie(c, 'flow');
  writeCookie(c, 'session', token);
  await rememberDevice(c, personId);
}

/** The session goes on under a new id. */
export const replaceSession = (c: Context<HttpEnv>, token: string): void => writeCookie(c, 'session', token);

/** The session of this browser, which a new sign-in ends. */
export const currentSessionId = (c: Context<HttpEnv>): string | null =>
  c.var.authenticated?.session?.id ?? null;

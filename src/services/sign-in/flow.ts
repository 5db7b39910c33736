// Owns a sign-in that is in progress, as the browser keeps it between two requests: sealed, for some minutes, and good for one
// completion. Does not read or write the cookie, and does not know what a sign-in needs.
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Statement } from '../../store/database.ts';
import { flowPlace, seal, unseal } from '../../store/encryption.ts';
import { isUsed, useToken } from '../../store/used-tokens.ts';
import { hashToken, newToken } from '../tokens.ts';

export const FLOW_SECONDS = 600;

/** What every sign-in in progress has. */
export interface Flow {
  /** Random. It is used up when the sign-in completes. */
  readonly id: string;
  readonly expiresAt: number;
}

/** The value of the cookie. A value of one kind does not open as another. */
export const sealFlow = <T extends object>(
  keys: EncryptionKeys,
  kind: string,
  data: T,
  now: number,
): Promise<string> =>
  seal(keys, flowPlace(kind), { ...data, id: newToken('flow'), expiresAt: now + FLOW_SECONDS * 1000 });

/** Null if the value is missing, was changed, is of another kind, or has expired. */
export async function openFlow<T extends object>(
  keys: EncryptionKeys,
  kind: string,
  sealed: string | null,
  now: number,
): Promise<(T & Flow) | null> {
  if (sealed === null) return null;
  try {
    const flow = await unseal<T & Flow>(keys, flowPlace(kind), sealed);
    return flow.expiresAt > now ? flow : null;
  } catch {
    // The browser can send anything.
    return null;
  }
}

export const isFlowUsed = async (db: D1Database, { id }: Flow): Promise<boolean> =>
  isUsed(db, await hashToken(id));

/**
 * For the batch that completes the sign-in, which fails if it was completed before. A list, because drizzle's statements are
 * thenable: a promise of one alone would run it.
 */
export const useFlow = async (
  db: D1Database,
  { id, expiresAt }: Flow,
  now: number,
): Promise<readonly [Statement]> => [useToken(db, await hashToken(id), 'sign_in', now, expiresAt)];

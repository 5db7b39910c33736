// Starts a session of a person who has proved who they are. Does not verify credentials, and sets no cookie.
import type { Origin } from '../../access/caller.ts';
import type { Statement } from '../../store/database.ts';
import { ABSOLUTE_MS, insertSession } from '../../store/sessions.ts';
import { hashToken, newId, newToken } from '../tokens.ts';

export interface SessionRequest {
  readonly personId: string;
  /** How the person signed in: `passkey`, `password`, or the id of an identity provider. */
  readonly method: string;
  readonly origin: Origin;
  readonly now: number;
  /** When the person signed in, if the session goes on under a new id. Default: now. */
  readonly since?: number;
  /** Encrypts the ID token for the session with this hash. */
  readonly sealIdToken?: (hash: string) => Promise<string | null>;
}

export interface StartedSession {
  /** The value of the cookie. It is returned once and not stored. */
  readonly token: string;
  /** Names the session in the audit log. */
  readonly id: string;
  readonly statement: Statement;
}

/** The statement belongs into the batch of the sign-in, with its entry of the audit log. */
export async function startSession(
  db: D1Database,
  { personId, method, origin, now, since = now, sealIdToken }: SessionRequest,
): Promise<StartedSession> {
  const token = newToken('pms');
  const hash = await hashToken(token);
  const id = newId('ses');
  const statement = insertSession(db, {
    hash,
    id,
    personId,
    method,
    idToken: (await sealIdToken?.(hash)) ?? null,
    address: origin.address,
    userAgent: origin.userAgent,
    createdAt: since,
    lastUsedAt: now,
    expiresAt: since + ABSOLUTE_MS,
  });
  return { token, id, statement };
}

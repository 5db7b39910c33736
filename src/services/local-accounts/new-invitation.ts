// Makes the link with which a local person sets a passkey or a password. Does not send it, and does not create people.
import { deleteInvitations, insertInvitation } from '../../store/invitations.ts';
import type { Statement } from '../../store/database.ts';
import { hashToken, newToken } from '../tokens.ts';

export const INVITATION_HOURS = 72;

export interface NewInvitation {
  /** Part of the link. It is returned once and not stored. */
  readonly token: string;
  readonly expiresAt: number;
  /** They belong into the batch of the change. An earlier link of the person does not work any more. */
  readonly statements: readonly Statement[];
}

export async function newInvitation(db: D1Database, personId: string, now: number): Promise<NewInvitation> {
  const token = newToken('pmi');
  const expiresAt = now + INVITATION_HOURS * 3_600_000;
  const row = { hash: await hashToken(token), personId, createdAt: now, expiresAt };
  return { token, expiresAt, statements: [deleteInvitations(db, personId), insertInvitation(db, row)] };
}

/** Path and query of the link. The token is in the query, so that the page can be opened from a message. */
export const invitationPath = (token: string): string => `/invitation?token=${token}`;

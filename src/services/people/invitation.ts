// Makes invitations: links with which a local person sets a passkey or a password. Only the newest link of a person works.
// Does not use them up: the sign-in does.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import { deleteInvitations, insertInvitation } from '../../store/invitations.ts';
import { findPerson, type PersonRow } from '../../store/people.ts';
import { hashToken, newToken } from '../tokens.ts';
import { isLocal, personTarget, unknownPerson } from './person.ts';

export const INVITATION_HOURS = 72;

export interface Invitation {
  /** The part of the link that is secret. It is returned once and not stored. */
  readonly token: string;
  /** Ms since the epoch. */
  readonly expiresAt: number;
}

/** The path of the link. The caller puts its own origin in front. */
export const invitationPath = ({ token }: Pick<Invitation, 'token'>): string => `/invitation?token=${token}`;

/** The statements replace earlier invitations of the person. */
export async function newInvitation(
  { db }: Pick<Config, 'db'>,
  personId: string,
  now: number,
): Promise<{ invitation: Invitation; statements: Statement[] }> {
  const token = newToken('pmi');
  const hash = await hashToken(token);
  const expiresAt = now + INVITATION_HOURS * 3_600_000;
  const statements = [
    deleteInvitations(db, personId),
    insertInvitation(db, { hash, personId, createdAt: now, expiresAt }),
  ];
  return { invitation: { token, expiresAt }, statements };
}

/** For a person who lost a device or a password, or did not use the first link. Credentials stay until the link is used. */
export async function invitePerson(
  config: Config,
  caller: Caller,
  id: string,
): Promise<Result<{ row: PersonRow; invitation: Invitation }, ValidationError>> {
  const { db } = config;
  const { invitation, statements } = await newInvitation(config, id, caller.now);
  let row: PersonRow | null = null;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    row = await findPerson(db, id);
    if (row === null) return err(unknownPerson(id));
    const refused = invitationError(row);
    if (refused !== null) return err({ kind: 'conflict', path: [], message: refused });
    return ok({
      statements,
      record: {
        action: 'invitation.created',
        target: personTarget(row),
        before: null,
        after: { expiresAt: new Date(invitation.expiresAt).toISOString() },
      },
    });
  });
  return written.ok ? ok({ row: row!, invitation }) : written;
}

function invitationError(row: PersonRow): string | null {
  if (!isLocal(row))
    return `${row.name} signs in at ${row.issuer}, so an invitation has no use. Manage the account there.`;
  return row.disabled ? `${row.name} is disabled. Enable the person first.` : null;
}

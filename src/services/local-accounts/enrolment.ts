// Owns who may set the first credential of an account: the holder of an invitation, and the holder of the setup token, which
// creates the first admin. Both work once, when the credential is set. Does not verify the credential.
import type { Caller, Origin } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result } from '../../result.ts';
import { type AuditRecord, runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import { deleteInvitations, findInvitation } from '../../store/invitations.ts';
import { deletePasskeys } from '../../store/passkeys.ts';
import { findPerson, findPersonByUsername, insertPerson, updatePerson } from '../../store/people.ts';
import { deleteRecoveryCodes } from '../../store/recovery-codes.ts';
import { deleteSession, deleteSessions } from '../../store/sessions.ts';
import { isUseConflict, isUsed, useToken } from '../../store/used-tokens.ts';
import { localPersonRow } from '../people/create-person.ts';
import { auditedPerson, personTarget } from '../people/person.ts';
import { startSession } from '../sessions/start-session.ts';
import { hashToken } from '../tokens.ts';
import { asLocalPerson, personAsCaller } from './local-person.ts';
import type { NewCredential } from './new-credential.ts';

/** What the browser keeps while a person sets a credential. */
export interface Enrolment {
  readonly kind: 'setup' | 'invitation';
  /** SHA-256 of the token that allows it. */
  readonly tokenHash: string;
  readonly personId: string;
  readonly username: string;
  readonly name: string;
  /** Base32, in case the person chooses a password. */
  readonly totpSecret: string;
  /** Of the registration of a passkey that is in progress. */
  readonly challenge?: string;
}

type Deps = Pick<Config, 'db' | 'encryptionKey' | 'previousEncryptionKey' | 'setupTokenSha256'>;

/** Whether this token creates the first admin. It works until it is used. */
export const isSetupToken = async (config: Deps, token: string): Promise<boolean> =>
  isSetupHash(config, await hashToken(token));

const isSetupHash = async ({ db, setupTokenSha256 }: Deps, hash: string): Promise<boolean> =>
  // The hash of a request is not a secret of this side: comparing it reveals nothing of the token.
  hash === setupTokenSha256 && !(await isUsed(db, hash));

/** The person whom this token invites. Null if it is unknown, used or over, or the person may not sign in. */
export async function findInvited(db: D1Database, token: string, now: number) {
  const tokenHash = await hashToken(token);
  const person = await invitedBy(db, tokenHash, now);
  return person && { tokenHash, person };
}

async function invitedBy(db: D1Database, tokenHash: string, now: number) {
  const invitation = await findInvitation(db, tokenHash);
  if (invitation === null || invitation.expiresAt <= now) return null;
  return asLocalPerson(await findPerson(db, invitation.personId));
}

export interface Enrolled {
  /** The value of the session's cookie. */
  readonly token: string;
  readonly personId: string;
}

/** `over`: the token does not work any more. `username_taken`: only at the setup. */
export type EnrolmentProblem = 'over' | 'username_taken';

export interface EnrolmentRequest {
  readonly origin: Origin;
  readonly now: number;
  /** The session that this browser had. It ends. */
  readonly replacedSessionId: string | null;
}

interface Draft {
  readonly statements: readonly Statement[];
  readonly record: AuditRecord;
}

/** Sets the credential, uses the token up, and signs the person in. All earlier credentials and sessions end. */
export async function completeEnrolment(
  config: Deps,
  enrolment: Enrolment,
  credential: NewCredential,
  { origin, now, replacedSessionId }: EnrolmentRequest,
): Promise<Result<Enrolled, EnrolmentProblem>> {
  const { kind, personId, name } = enrolment;
  const { db } = config;
  const session = await startSession(db, { personId, method: kind, origin, now });
  const caller: Caller =
    kind === 'setup'
      ? {
          ...personAsCaller({ id: '', name: 'setup token', role: 'admin', tags: null }, origin, now),
          actor: SETUP,
        }
      : personAsCaller({ id: personId, name, role: 'viewer', tags: null }, origin, now);
  const draft = kind === 'setup' ? draftSetup : draftInvitation;
  try {
    const written = await runAudited<EnrolmentProblem>(db, config, caller, async () => {
      const drafted = await draft(config, enrolment, credential, now);
      if (!drafted.ok) return drafted;
      const { statements, record } = drafted.value;
      const replaced = replacedSessionId === null ? [] : [deleteSession(db, replacedSessionId)];
      return ok({
        statements: [...statements, ...credential.statements, ...replaced, session.statement],
        record,
      });
    });
    return written.ok ? ok({ token: session.token, personId }) : written;
  } catch (error) {
    if (isUseConflict(error)) return err('over');
    throw error;
  }
}

const SETUP = { type: 'setup', id: '', name: 'setup token' } as const;

async function draftSetup(
  config: Deps,
  { tokenHash, personId, name, username }: Enrolment,
  { values, details }: NewCredential,
  now: number,
): Promise<Result<Draft, EnrolmentProblem>> {
  const { db } = config;
  if (!(await isSetupHash(config, tokenHash))) return err('over');
  if ((await findPersonByUsername(db, username)) !== null) return err('username_taken');
  const row = {
    ...localPersonRow({ name, username, role: 'admin', tags: null }, now),
    ...{ id: personId, subject: personId, lastSignInAt: now, ...values },
  };
  return ok({
    statements: [useToken(db, tokenHash, 'setup', now, null), insertPerson(db, row)],
    record: {
      action: 'person.created',
      target: personTarget(row),
      before: null,
      after: { ...auditedPerson(row), ...details },
    },
  });
}

async function draftInvitation(
  { db }: Deps,
  { tokenHash, personId }: Enrolment,
  { values, details, method }: NewCredential,
  now: number,
): Promise<Result<Draft, EnrolmentProblem>> {
  const person = await invitedBy(db, tokenHash, now);
  if (person === null || person.id !== personId) return err('over');
  return ok({
    statements: [
      deleteInvitations(db, personId),
      deletePasskeys(db, personId),
      deleteRecoveryCodes(db, personId),
      deleteSessions(db, personId),
      updatePerson(db, person, { ...values, lastSignInAt: now, updatedAt: now }),
    ],
    record: {
      action: 'invitation.used',
      target: { type: 'invitation', id: personId, name: person.name },
      before: null,
      after: { method, ...details },
    },
  });
}

// Creates local accounts, each with an invitation. People of an identity provider are created when they sign in.
import type { Caller } from '../../access/caller.ts';
import type { Restriction } from '../../access/restriction.ts';
import type { Role } from '../../access/role.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import {
  findPersonByUsername,
  insertPerson,
  LOCAL_ISSUER,
  type NewPersonRow,
  type PersonRow,
} from '../../store/people.ts';
import { adminTagsError } from '../api-keys/api-key.ts';
import { newId } from '../tokens.ts';
import { writeContacts } from './contacts.ts';
import { type Invitation, newInvitation } from './invitation.ts';
import { auditedPerson, personTarget } from './person.ts';

export interface NewPerson {
  readonly name: string;
  /** In lower case. */
  readonly username: string;
  readonly role: Role;
  readonly tags: Restriction;
  /** Ids of the channels that reach the person while on call. */
  readonly channels?: readonly string[];
}

/** The row of a local account without credentials. */
export const localPersonRow = ({ name, username, role, tags, channels = [] }: NewPerson, now: number) => {
  const id = newId('per');
  return {
    ...{ id, issuer: LOCAL_ISSUER, subject: id, name, email: null, username, role },
    ...{ tags: tags === null ? null : [...tags], passwordHash: null, totpSecret: null, totpStep: 0 },
    channels: [...channels],
    ...{ disabled: false, lastSignInAt: null, version: 1, createdAt: now, updatedAt: now },
  } satisfies NewPersonRow;
};

export async function createPerson(
  config: Config,
  caller: Caller,
  person: NewPerson,
): Promise<Result<{ row: PersonRow; invitation: Invitation }, ValidationError>> {
  const { db } = config;
  const restricted = adminTagsError(person.role, person.tags);
  if (restricted) return err(restricted);
  const contacts = await writeContacts(db, caller, person.channels ?? [], []);
  if (!contacts.ok) return contacts;
  const row = localPersonRow(person, caller.now);
  const { invitation, statements } = await newInvitation(config, row.id, caller.now);
  const written = await runAudited(db, config, caller, async () => {
    if ((await findPersonByUsername(db, person.username)) !== null)
      return err(usernameTaken(person.username));
    return ok({
      statements: [insertPerson(db, row), ...statements],
      record: {
        action: 'person.created',
        target: personTarget(row),
        before: null,
        after: { ...auditedPerson(row), invitationExpiresAt: new Date(invitation.expiresAt).toISOString() },
      },
    });
  });
  return written.ok ? ok({ row, invitation }) : written;
}

export const usernameTaken = (username: string): ValidationError => ({
  kind: 'conflict',
  path: ['username'],
  message: `A person with the username "${username}" exists. Choose another username.`,
});

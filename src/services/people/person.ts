// Owns what a person is to admins and to the audit log: the fields without credentials, and the state. Pure.
import type { Restriction } from '../../access/restriction.ts';
import type { Role } from '../../access/role.ts';
import type { NotFoundError } from '../../result.ts';
import type { Credentials } from '../../store/credentials.ts';
import { LOCAL_ISSUER, type NewPersonRow, type PersonRow } from '../../store/people.ts';

/** What an admin decides about a person. */
export interface PersonDefinition {
  readonly name: string;
  /** Null: the person may not sign in. Only an identity provider sets that. */
  readonly role: Role | null;
  /** Restriction. Null: everything. */
  readonly tags: Restriction;
  readonly disabled: boolean;
  /** Ids of the channels that reach the person while on call. */
  readonly channels: readonly string[];
}

export const definitionOf = ({
  name,
  role,
  tags,
  disabled,
  channels,
}: Pick<PersonRow, 'name' | 'role' | 'tags' | 'disabled' | 'channels'>): PersonDefinition => ({
  ...{ name, role, tags, disabled, channels },
});

/** Local accounts are managed here, others by the groups of their identity provider. */
export const isLocal = ({ issuer }: Pick<PersonRow, 'issuer'>): boolean => issuer === LOCAL_ISSUER;

/**
 * `invited`: has a link and nothing to sign in with. `locked_out`: has neither. `no_role`: the identity provider gives no
 * group with a role.
 */
export type PersonState = 'active' | 'invited' | 'locked_out' | 'no_role' | 'disabled';

export function personState(
  person: Pick<PersonRow, 'issuer' | 'role' | 'disabled' | 'passwordHash'>,
  { passkeys, invitationExpiresAt }: Credentials,
): PersonState {
  if (person.disabled) return 'disabled';
  if (person.role === null) return 'no_role';
  if (!isLocal(person) || person.passwordHash !== null || passkeys > 0) return 'active';
  return invitationExpiresAt === null ? 'locked_out' : 'invited';
}

/** As the audit log keeps it. */
export const auditedPerson = (
  row: Pick<
    NewPersonRow,
    'name' | 'username' | 'issuer' | 'subject' | 'role' | 'tags' | 'disabled' | 'channels'
  >,
) => ({
  name: row.name,
  username: row.username ?? null,
  issuer: row.issuer,
  subject: row.subject,
  role: row.role ?? null,
  tags: row.tags ?? null,
  disabled: row.disabled ?? false,
  channels: row.channels ?? [],
});

export const personTarget = ({ id, name }: Pick<PersonRow, 'id' | 'name'>) => ({ type: 'person', id, name });

export const unknownPerson = (id: string): NotFoundError => ({
  kind: 'not_found',
  message: `Unknown person "${id}". GET /api/v1/people lists all people.`,
});

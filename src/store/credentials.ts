// Owns reading what people can sign in with, for display and to know which admins remain. Does not read any secret.
import { and, count, eq, gt, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { database } from './database.ts';
import { apiKeys, identityProviders, invitations, passkeys, people } from './schema.ts';

/** What a local person can sign in with. */
export interface Credentials {
  readonly passkeys: number;
  /** The newest link that sets a passkey or a password. Null: there is none that works. */
  readonly invitationExpiresAt: number | null;
}

export const NO_CREDENTIALS: Credentials = { passkeys: 0, invitationExpiresAt: null };

/** By id of the person, those without any left out. `personId` undefined: of all people. */
export async function listCredentials(
  db: D1Database,
  now: number,
  personId?: string,
): Promise<ReadonlyMap<string, Credentials>> {
  const from = database(db);
  const isOf = (column: typeof passkeys.personId | typeof invitations.personId) =>
    personId === undefined ? undefined : eq(column, personId);
  const [counts, ends] = await from.batch([
    from
      .select({ personId: passkeys.personId, passkeys: count() })
      .from(passkeys)
      .where(isOf(passkeys.personId))
      .groupBy(passkeys.personId),
    from
      .select({ personId: invitations.personId, expiresAt: invitations.expiresAt })
      .from(invitations)
      .where(and(isOf(invitations.personId), gt(invitations.expiresAt, now))),
  ]);
  const found = new Map<string, Credentials>();
  for (const { personId: id, passkeys: number } of counts)
    found.set(id, { ...NO_CREDENTIALS, passkeys: number });
  for (const { personId: id, expiresAt } of ends)
    found.set(id, { ...(found.get(id) ?? NO_CREDENTIALS), invitationExpiresAt: expiresAt });
  return found;
}

/** An admin who can sign in, or a key that acts as one. */
export interface Admin {
  readonly kind: 'person' | 'key';
  readonly id: string;
  readonly issuer: string | null;
}

/**
 * Admins that last: keys without an end, people with a passkey or a password, and people of an enabled identity provider.
 * An unused invitation is not a way in yet.
 */
export async function listLastingAdmins(db: D1Database): Promise<readonly Admin[]> {
  const from = database(db);
  const hasPasskey = sql`exists (select 1 from ${passkeys} where ${passkeys.personId} = ${people.id})`;
  const hasProvider = sql`exists (select 1 from ${identityProviders} where rtrim(${identityProviders.issuer}, '/') = rtrim(${people.issuer}, '/') and ${identityProviders.enabled} = 1)`;
  const [persons, keys] = await from.batch([
    from
      .select({ id: people.id, issuer: people.issuer })
      .from(people)
      .where(
        and(
          eq(people.role, 'admin'),
          eq(people.disabled, false),
          or(isNotNull(people.passwordHash), hasPasskey, hasProvider),
        ),
      ),
    from
      .select({ id: apiKeys.id })
      .from(apiKeys)
      .where(and(eq(apiKeys.role, 'admin'), isNull(apiKeys.revokedAt), isNull(apiKeys.expiresAt))),
  ]);
  return [
    ...persons.map(({ id, issuer }): Admin => ({ kind: 'person', id, issuer })),
    ...keys.map(({ id }): Admin => ({ kind: 'key', id, issuer: null })),
  ];
}

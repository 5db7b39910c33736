// Owns reading how people can sign in now: enabled providers, and whether any local account has a passkey or a password.
// Does not read accounts one by one: the answer is the same for every visitor.
import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import { database } from './database.ts';
import { identityProviders, passkeys, people } from './schema.ts';

export interface SignInOptions {
  readonly providers: readonly { readonly id: string; readonly name: string }[];
  readonly hasPasskeys: boolean;
  readonly hasPasswords: boolean;
}

export async function readSignInOptions(db: D1Database): Promise<SignInOptions> {
  const from = database(db);
  const maySignIn = and(eq(people.disabled, false), isNotNull(people.role));
  const [providers, withPasskey, withPassword] = await from.batch([
    from
      .select({ id: identityProviders.id, name: identityProviders.name })
      .from(identityProviders)
      .where(and(eq(identityProviders.type, 'oidc'), eq(identityProviders.enabled, true)))
      .orderBy(asc(identityProviders.name), asc(identityProviders.id)),
    from
      .select({ found: sql`1` })
      .from(passkeys)
      .innerJoin(people, eq(people.id, passkeys.personId))
      .where(maySignIn)
      .limit(1),
    from
      .select({ found: sql`1` })
      .from(people)
      .where(and(maySignIn, isNotNull(people.passwordHash)))
      .limit(1),
  ]);
  return { providers, hasPasskeys: withPasskey.length > 0, hasPasswords: withPassword.length > 0 };
}

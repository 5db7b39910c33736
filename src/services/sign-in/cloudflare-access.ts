// Finds the person of a request that Cloudflare Access has let through, by its signed assertion, and synchronises what the
// groups allow. Access keeps the session, so there is none here. Does not read headers.
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import type { Origin } from '../../access/caller.ts';
import { isAtLeast } from '../../access/role.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { err, ok } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { listEnabledProviders, type ProviderRow } from '../../store/identity-providers.ts';
import {
  findPersonByIdentity,
  isIdentityConflict,
  type PersonRow,
  recordSignIn,
} from '../../store/people.ts';
import type { ActiveSession } from '../sessions/find-session.ts';
import { accessOf, type GrantedAccess } from './group-rules.ts';
import { changePerson, type Identity, identityOf, personCaller } from './person-changes.ts';
import { isAllowedUrl, keysAt } from './provider-requests.ts';
import { withdrawAccess } from './sign-in-person.ts';

/** The header in which Access sends its JWT (developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json). */
export const ACCESS_HEADER = 'cf-access-jwt-assertion';

const CLOCK_TOLERANCE_SECONDS = 60;
/** A client can send any key id, so an unknown one leads to a request this often at most. */
const KEYS_COOLDOWN_MS = 30_000;

/** Null if no provider of this type is enabled, the assertion is not valid, or no group of the person has a role. */
export async function findAccessPerson(
  config: Config,
  assertion: string,
  origin: Origin,
  now: number,
): Promise<ActiveSession['person'] | null> {
  const providers = await listEnabledProviders(config.db, 'cloudflare_access');
  const provider = providers.find(({ issuer }) => issuer === issuerOf(assertion));
  if (provider === undefined) return null;
  const claims = await verify(config, provider, assertion, now);
  if (claims === null) return null;
  const identity = identityOf(provider.issuer, claims.sub, claims);
  const access = accessOf(provider, claims);
  const signedInAt = claims.iat * 1000;
  try {
    return await synchronise(config, provider, identity, access, signedInAt, origin, now);
  } catch (error) {
    // Another request of the same page has stored the new person.
    if (!isIdentityConflict(error)) throw error;
    return synchronise(config, provider, identity, access, signedInAt, origin, now);
  }
}

/** Null if the text is not a JWT. Nothing is verified yet. */
const issuerOf = (assertion: string): string | null => {
  try {
    return decodeJwt(assertion).iss ?? null;
  } catch {
    return null;
  }
};

type AccessClaims = JWTPayload & { readonly sub: string; readonly iat: number };

async function verify(
  config: Config,
  { id, issuer, audience }: ProviderRow,
  assertion: string,
  now: number,
): Promise<AccessClaims | null> {
  if (!isAllowedUrl(issuer, config)) return null;
  try {
    const { payload } = await jwtVerify(
      assertion,
      keysAt(`${issuer}/cdn-cgi/access/certs`, KEYS_COOLDOWN_MS),
      {
        issuer,
        audience,
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: new Date(now),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      },
    );
    // A service token has an empty subject. Programs use API keys.
    return payload.sub ? (payload as AccessClaims) : null;
  } catch (error) {
    log.warn('sign_in.access_refused', { provider: id, error });
    return null;
  }
}

/** Each assertion has the groups of its own sign-in: an older one than the newest changes nothing. */
async function synchronise(
  config: Config,
  provider: ProviderRow,
  identity: Identity,
  access: GrantedAccess | null,
  signedInAt: number,
  origin: Origin,
  now: number,
): Promise<ActiveSession['person'] | null> {
  const { db } = config;
  const { issuer, subject } = identity;
  const stored = await findPersonByIdentity(db, issuer, subject);
  if (stored?.disabled) return null;
  if (stored?.lastSignInAt && signedInAt < stored.lastSignInAt)
    return isSyncedBefore(stored, provider) ? narrowed(active(stored), access) : active(stored);
  if (access === null) {
    await withdrawAccess(config, identity, origin, now);
    // An older assertion must not give the role back.
    if (stored !== null && stored.lastSignInAt !== signedInAt)
      await recordSignIn(db, stored.id, { lastSignInAt: signedInAt });
    return null;
  }
  const first = changePerson(db, stored, identity, access, signedInAt, now);
  if (first.after === null) {
    if (stored!.lastSignInAt !== signedInAt) await recordSignIn(db, stored!.id, { lastSignInAt: signedInAt });
    return active(stored!);
  }
  const caller = personCaller({ id: first.id, name: identity.name }, access, origin, now);
  await runAudited<null>(db, config, caller, async () => {
    const person = await findPersonByIdentity(db, issuer, subject);
    const change = person === null ? first : changePerson(db, person, identity, access, signedInAt, now);
    // Another request of the same page has written it.
    if (change.after === null || person?.disabled) return err(null);
    return ok({
      statements: [change.statement],
      record: {
        action: person === null ? 'person.created' : 'person.updated',
        target: { type: 'person', id: change.id, name: identity.name },
        before: change.before,
        after: change.after,
      },
      options: { ifChanged: true },
    });
  });
  return active(await findPersonByIdentity(db, issuer, subject));
}

/** An admin has changed the provider since, so the stored role may follow from rules that are gone. */
const isSyncedBefore = (
  { updatedAt, lastSignInAt }: Pick<PersonRow, 'updatedAt' | 'lastSignInAt'>,
  provider: Pick<ProviderRow, 'updatedAt'>,
): boolean => Math.max(updatedAt, lastSignInAt ?? 0) < provider.updatedAt;

/**
 * What both allow: what is stored, and what the rules of now give the groups of an older assertion. It is for this request
 * only: the next sign-in synchronises.
 */
function narrowed(
  person: ActiveSession['person'] | null,
  access: GrantedAccess | null,
): ActiveSession['person'] | null {
  if (person === null || access === null) return null;
  const isStoredHigher = isAtLeast(person.role, access.role);
  const tags = bothRestrictions(person.role === 'admin' ? null : person.tags, access.tags);
  return { ...person, role: isStoredHigher ? access.role : person.role, tags };
}

const bothRestrictions = (a: string[] | null, b: GrantedAccess['tags']): string[] | null => {
  if (a === null || b === null) return a ?? (b === null ? null : [...b]);
  return a.filter((tag) => b.includes(tag));
};

function active(person: PersonRow | null): ActiveSession['person'] | null {
  if (person === null || person.disabled || person.role === null) return null;
  return { ...person, role: person.role };
}

// Signs a person in whom an identity provider has identified: what the groups allow is synchronised, and a session starts.
// Does not verify tokens.
import type { Origin } from '../../access/caller.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Config } from '../../env.ts';
import { log } from '../../log.ts';
import { err, ok, type Result } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { seal, sessionPlace } from '../../store/encryption.ts';
import { findProvider, type ProviderRow } from '../../store/identity-providers.ts';
import { findPersonByIdentity, isIdentityConflict } from '../../store/people.ts';
import { deleteSession, deleteSessions } from '../../store/sessions.ts';
import { isUseConflict } from '../../store/used-tokens.ts';
import { startSession } from '../sessions/start-session.ts';
import { type Flow, useFlow } from './flow.ts';
import { accessOf, type Claims, type GrantedAccess } from './group-rules.ts';
import { changePerson, type Identity, identityOf, personCaller } from './person-changes.ts';
import type { SignInProblem } from './problem.ts';

export interface ProvedIdentity {
  readonly provider: ProviderRow;
  /** The sign-in in progress. It completes once. */
  readonly flow: Flow;
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Claims;
  readonly idToken: string;
}

export interface SignInRequest {
  readonly origin: Origin;
  readonly now: number;
  /** The session that this browser had before. It ends. */
  readonly previousSessionId: string | null;
}

/** Returns the value of the session's cookie. */
export async function signInPerson(
  config: Config,
  proved: ProvedIdentity,
  request: SignInRequest,
): Promise<Result<string, SignInProblem>> {
  const identity = identityOf(proved.issuer, proved.subject, proved.claims);
  const access = accessOf(proved.provider, proved.claims);
  if (access === null) return refuse(config, identity, request);
  try {
    return await start(config, proved, identity, access, request);
  } catch (error) {
    if (isUseConflict(error)) return err({ kind: 'expired' });
    // The same person signs in for the first time in two windows: the other one has stored the person.
    if (!isIdentityConflict(error)) throw error;
    return start(config, proved, identity, access, request);
  }
}

async function start(
  config: Config,
  { provider, flow, idToken }: ProvedIdentity,
  identity: Identity,
  access: GrantedAccess,
  { origin, now, previousSessionId }: SignInRequest,
): Promise<Result<string, SignInProblem>> {
  const { db } = config;
  let cookie = '';
  const stored = await findPersonByIdentity(db, identity.issuer, identity.subject);
  // One person keeps one id through all attempts: the caller of the entry names it.
  const first = changePerson(db, stored, identity, access, now, now);
  const caller = personCaller({ id: first.id, name: identity.name }, access, origin, now);
  const written = await runAudited<SignInProblem>(db, config, caller, async () => {
    // An admin may have changed the rules while the issuer was asked: the sessions of before have ended.
    if ((await findProvider(db, provider.id))?.version !== provider.version) return err({ kind: 'expired' });
    const person = await findPersonByIdentity(db, identity.issuer, identity.subject);
    if (person?.disabled) return err({ kind: 'disabled' });
    const change = person === null ? first : changePerson(db, person, identity, access, now, now);
    const { token, id, statement } = await startSession(db, {
      personId: change.id,
      method: provider.id,
      origin,
      now,
      sealIdToken: (hash) => sealIdToken(config, hash, idToken),
    });
    cookie = token;
    return ok({
      statements: [
        ...(await useFlow(db, flow, now)),
        change.statement,
        ...(change.isAccessChanged ? [deleteSessions(db, change.id)] : []),
        ...(previousSessionId === null ? [] : [deleteSession(db, previousSessionId)]),
        statement,
      ],
      record: {
        action: 'session.created',
        target: { type: 'session', id, name: identity.name },
        before: change.before === null ? null : { person: change.before },
        after: { method: provider.id, ...(change.after === null ? {} : { person: change.after }) },
      },
    });
  });
  return written.ok ? ok(cookie) : written;
}

/** A longer one does not fit into the address of a sign-out. */
const MAX_ID_TOKEN = 4_000;

const sealIdToken = async (keys: EncryptionKeys, hash: string, idToken: string): Promise<string | null> =>
  idToken.length > MAX_ID_TOKEN ? null : seal(keys, sessionPlace(hash), idToken);

/** A person who had a role loses it, and every session. A stranger changes nothing. */
async function refuse(
  config: Config,
  identity: Identity,
  { origin, now }: SignInRequest,
): Promise<Result<never, SignInProblem>> {
  await withdrawAccess(config, identity, origin, now);
  return err({ kind: 'no_role' });
}

/** No group of the person has a role any more. Writes nothing if the person has none already. */
export async function withdrawAccess(
  config: Config,
  identity: Identity,
  origin: Origin,
  now: number,
): Promise<void> {
  const { db } = config;
  const { issuer, subject } = identity;
  const person = await findPersonByIdentity(db, issuer, subject);
  if (person === null || person.role === null) {
    log.warn('sign_in.without_role', { issuer });
    return;
  }
  const caller = personCaller(person, null, origin, now);
  await runAudited<null>(db, config, caller, async () => {
    const current = await findPersonByIdentity(db, issuer, subject);
    if (current === null || current.role === null) return err(null);
    const { id, statement, before, after } = changePerson(db, current, identity, null, now, now);
    return ok({
      statements: [deleteSessions(db, id), statement],
      record: {
        action: 'person.updated',
        target: { type: 'person', id, name: identity.name },
        before,
        after,
      },
      options: { ifChanged: true },
    });
  });
}

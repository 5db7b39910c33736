// Changes what a signed-in person signs in with: adds and removes passkeys, sets the password, makes recovery codes.
// What takes something away ends all other sessions of the person, and gives this one a new id. Does not verify credentials.
import type { Caller } from '../../access/caller.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import { err, ok, type Result } from '../../result.ts';
import { type AuditRecord, runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import { deletePasskey, insertPasskey, isPasskeyConflict, listPasskeys } from '../../store/passkeys.ts';
import { findPerson, type NewPersonRow, updatePerson } from '../../store/people.ts';
import { deleteSessions, type SessionRow } from '../../store/sessions.ts';
import { isUseConflict } from '../../store/used-tokens.ts';
import { personTarget } from '../people/person.ts';
import { startSession } from '../sessions/start-session.ts';
import { type Flow, useFlow } from '../sign-in/flow.ts';
import { asLocalPerson, type LocalPerson } from './local-person.ts';
import { makeRecoveryCodes, type NewCredential } from './new-credential.ts';
import { hashPassword } from './password.ts';
import type { VerifiedPasskey } from './webauthn.ts';

type Deps = EncryptionKeys & { readonly db: D1Database };

/** A session that began longer ago does not allow a change: a device that is left unlocked gives nothing away for good. */
export const RECENT_MINUTES = 15;

export const isRecent = ({ createdAt }: Pick<SessionRow, 'createdAt'>, now: number): boolean =>
  now - createdAt <= RECENT_MINUTES * 60_000;

/** Who changes, in which session. */
export interface Changing {
  readonly caller: Caller;
  readonly personId: string;
  readonly session: SessionRow;
}

export const MAX_PASSKEYS = 20;

/** `registered`: the authenticator is registered already. `too_many`: remove one first. */
export type AddProblem = 'registered' | 'too_many' | 'gone';

export async function addPasskey(
  config: Deps,
  { caller, personId }: Changing,
  passkey: VerifiedPasskey & { readonly name: string },
  flow: Flow,
): Promise<Result<null, AddProblem>> {
  const { db } = config;
  const { now } = caller;
  try {
    const written = await runAudited<AddProblem>(db, config, caller, async () => {
      if ((await localPerson(db, personId)) === null) return err('gone');
      if ((await listPasskeys(db, personId)).length >= MAX_PASSKEYS) return err('too_many');
      return ok({
        statements: [
          ...(await useFlow(db, flow, now)),
          insertPasskey(db, { ...passkey, personId, createdAt: now, lastUsedAt: null }),
        ],
        record: {
          action: 'passkey.created',
          target: { type: 'passkey', id: passkey.id, name: passkey.name },
          before: null,
          after: { personId, name: passkey.name },
        },
      });
    });
    return written.ok ? ok(null) : written;
  } catch (error) {
    if (isPasskeyConflict(error)) return err('registered');
    if (isUseConflict(error)) return err('gone');
    throw error;
  }
}

/** `last`: without it, the person could not sign in. */
export type RemoveProblem = 'unknown' | 'last' | 'gone';

export const removePasskey = (
  config: Deps,
  changing: Changing,
  id: string,
): Promise<Result<string, RemoveProblem>> =>
  inNewSession<RemoveProblem>(config, changing, async (person) => {
    const passkeys = await listPasskeys(config.db, person.id);
    const passkey = passkeys.find((one) => one.id === id);
    if (passkey === undefined) return err('unknown');
    if (passkeys.length === 1 && person.passwordHash === null) return err('last');
    return ok({
      statements: [deletePasskey(config.db, person.id, id)],
      record: {
        action: 'passkey.deleted',
        target: { type: 'passkey', id, name: passkey.name },
        before: { personId: person.id, name: passkey.name },
        after: null,
      },
    });
  });

/** Sets the password, the authenticator app and recovery codes together. */
export const setPassword = (
  config: Deps,
  changing: Changing,
  { values, statements, details }: NewCredential,
): Promise<Result<string, 'gone'>> =>
  inNewSession<'gone'>(config, changing, async (person) =>
    ok({
      statements: [updated(config.db, person, values, changing.caller.now), ...statements],
      record: passwordRecord(person, details),
    }),
  );

/** Sets another password. The authenticator app and the recovery codes stay. */
export async function changePassword(
  config: Deps,
  changing: Changing,
  password: string,
): Promise<Result<string, 'gone'>> {
  const passwordHash = await hashPassword(password);
  return inNewSession<'gone'>(config, changing, async (person) => {
    if (person.totpSecret === null) return err('gone');
    return ok({
      statements: [updated(config.db, person, { passwordHash }, changing.caller.now)],
      record: passwordRecord(person, { password: 'set' }),
    });
  });
}

/** New codes in place of all earlier ones. Without an authenticator app there is nothing that they could replace. */
export async function renewRecoveryCodes(
  config: Deps,
  { caller, personId }: Changing,
): Promise<Result<readonly string[], 'no_authenticator'>> {
  const { db } = config;
  const { statements, recoveryCodes } = await makeRecoveryCodes(db, personId, caller.now);
  const written = await runAudited<'no_authenticator'>(db, config, caller, async () => {
    const person = await localPerson(db, personId);
    if (person === null || person.totpSecret === null) return err('no_authenticator');
    return ok({
      statements,
      record: {
        action: 'recovery_codes.created',
        target: { ...personTarget(person), type: 'recovery_codes' },
        before: null,
        after: { personId, recoveryCodes: recoveryCodes.length },
      },
    });
  });
  return written.ok ? ok(recoveryCodes) : written;
}

const passwordRecord = (person: LocalPerson, details: Readonly<Record<string, unknown>>): AuditRecord => ({
  action: person.passwordHash === null ? 'password.created' : 'password.updated',
  target: { ...personTarget(person), type: 'password' },
  before: null,
  after: { personId: person.id, ...details },
});

const localPerson = async (db: D1Database, id: string) => asLocalPerson(await findPerson(db, id));

const updated = (
  db: D1Database,
  person: LocalPerson,
  values: Partial<NewPersonRow>,
  now: number,
): Statement => updatePerson(db, person, { ...values, updatedAt: now });

interface Draft {
  readonly statements: readonly Statement[];
  readonly record: AuditRecord;
}

/** Returns the cookie of the session that replaces all sessions of the person. */
async function inNewSession<E>(
  config: Deps,
  { caller, personId, session }: Changing,
  draft: (person: LocalPerson) => Promise<Result<Draft, E | 'gone'>>,
): Promise<Result<string, E | 'gone'>> {
  const { db } = config;
  const { method, createdAt: since } = session;
  const { origin, now } = caller;
  const next = await startSession(db, { personId, method, origin, now, since });
  const written = await runAudited<E | 'gone'>(db, config, caller, async () => {
    const person = await localPerson(db, personId);
    if (person === null) return err('gone' as const);
    const drafted = await draft(person);
    if (!drafted.ok) return drafted;
    const { statements, record } = drafted.value;
    return ok({ statements: [...statements, deleteSessions(db, personId), next.statement], record });
  });
  return written.ok ? ok(next.token) : written;
}

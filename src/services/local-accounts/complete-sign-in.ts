// Completes the sign-in of a local person: what proved it is used up, and a new session begins, in one transaction with its
// entry of the audit log. Does not verify anything.
import type { Origin } from '../../access/caller.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import { err, ok, type Result } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import { findPerson, recordSignIn } from '../../store/people.ts';
import { deleteSession } from '../../store/sessions.ts';
import { isUseConflict } from '../../store/used-tokens.ts';
import { startSession } from '../sessions/start-session.ts';
import { type Flow, useFlow } from '../sign-in/flow.ts';
import { asLocalPerson, type LocalPerson, personAsCaller } from './local-person.ts';

export interface SignIn {
  readonly personId: string;
  readonly method: 'passkey' | 'password';
  readonly flow: Flow;
  /** Whether the proof still counts when it is written: a request that is answered at the same time may take it away. */
  readonly isStillValid: (person: LocalPerson) => Promise<boolean>;
  /** What else changes, such as the counter of the passkey. */
  readonly statements: readonly Statement[];
  /** Of the code of the authenticator app. */
  readonly totpStep?: number;
  /** For the audit log, beside the method. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The session that this browser had. It ends. */
  readonly replacedSessionId: string | null;
  readonly origin: Origin;
  readonly now: number;
}

export interface SignedIn {
  /** The value of the session's cookie. */
  readonly token: string;
  readonly person: LocalPerson;
}

/** `refused`: the person may not sign in any more, or a proof was used before. */
export async function completeSignIn(
  config: EncryptionKeys & { readonly db: D1Database },
  {
    personId,
    method,
    flow,
    isStillValid,
    statements,
    totpStep,
    details,
    replacedSessionId,
    origin,
    now,
  }: SignIn,
): Promise<Result<SignedIn, 'refused'>> {
  const { db } = config;
  const person = asLocalPerson(await findPerson(db, personId));
  if (person === null) return err('refused');
  const session = await startSession(db, { personId, method, origin, now });
  try {
    const done = await runAudited(db, config, personAsCaller(person, origin, now), async () => {
      const current = asLocalPerson(await findPerson(db, personId));
      if (current === null || !(await isStillValid(current))) return err('refused' as const);
      return ok({
        statements: [
          ...(await useFlow(db, flow, now)),
          ...statements,
          recordSignIn(db, personId, {
            lastSignInAt: now,
            ...(totpStep === undefined ? {} : { totpStep }),
          }),
          ...(replacedSessionId === null ? [] : [deleteSession(db, replacedSessionId)]),
          session.statement,
        ],
        record: {
          action: 'session.created',
          target: { type: 'session', id: session.id, name: person.name },
          before: null,
          after: { personId, method, ...details },
        },
      });
    });
    return done.ok ? ok({ token: session.token, person }) : err('refused');
  } catch (error) {
    if (isUseConflict(error)) return err('refused');
    throw error;
  }
}

// Ends sessions before their time: one, or all others of a person. Does not end the session of a sign-out.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import { deleteSession, deleteSessions, findSessionById, listSessions } from '../../store/sessions.ts';
import { isSessionOver } from './find-session.ts';

export const unknownSession = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown session "${id}". GET /api/v1/sessions lists your sessions.`,
});

/** `ownerId` is whose session it must be. Null: of any person. Another person's session does not exist. */
export async function revokeSession(
  config: Config,
  caller: Caller,
  id: string,
  ownerId: string | null,
): Promise<Result<null, ValidationError>> {
  const { db } = config;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const found = await findSessionById(db, id);
    if (found === null || (ownerId !== null && found.session.personId !== ownerId))
      return err(unknownSession(id));
    const { session, personName } = found;
    return ok({
      statements: [deleteSession(db, id)],
      record: {
        action: 'session.deleted',
        target: { type: 'session', id, name: personName },
        before: {
          personId: session.personId,
          method: session.method,
          createdAt: new Date(session.createdAt).toISOString(),
          address: session.address,
          userAgent: session.userAgent,
        },
        after: null,
      },
      options: { ifChanged: true },
    });
  });
  return written.ok ? ok(null) : written;
}

/** Ends all sessions of the caller but one. Returns how many. Without another one, nothing changes. */
export async function revokeOtherSessions(
  config: Config,
  caller: Caller,
  person: { readonly id: string; readonly name: string },
  keptId: string,
): Promise<number> {
  const { db } = config;
  let ids: string[] = [];
  await runAudited<'none'>(db, config, caller, async () => {
    const all = await listSessions(db, person.id);
    ids = all.filter((one) => one.id !== keptId && !isSessionOver(one, caller.now)).map(({ id }) => id);
    if (ids.length === 0) return err('none' as const);
    return ok({
      statements: [deleteSessions(db, person.id, keptId)],
      record: {
        action: 'session.deleted',
        target: { type: 'person', id: person.id, name: person.name },
        before: { sessions: ids },
        after: null,
      },
    });
  });
  return ids.length;
}

// Updates and deletes people. A change of what a person may do ends the sessions of that person: the next one has a new id.
// Does not set credentials.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { changedFields, runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import { deleteInvitations } from '../../store/invitations.ts';
import * as store from '../../store/people.ts';
import { deleteViewsOf } from '../../store/saved-views.ts';
import { setPeopleOfSchedules } from '../../store/schedules.ts';
import { deleteSessions } from '../../store/sessions.ts';
import { adminTagsError } from '../api-keys/api-key.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import { lastAdminError } from '../last-admin.ts';
import { type Reference, type ReferencedError, referencedError } from '../references/reference.ts';
import { schedulesWithout } from '../schedules/without-person.ts';
import { writeContacts } from './contacts.ts';
import {
  auditedPerson,
  definitionOf,
  isLocal,
  type PersonDefinition,
  personTarget,
  unknownPerson,
} from './person.ts';

/** Applies `patch` to the stored person. Fails with `precondition_failed` if it has another version than the expected one. */
export async function updatePerson<E = never>(
  config: Config,
  caller: Caller,
  id: string,
  patch: (stored: PersonDefinition) => Result<PersonDefinition, E>,
  expectedVersion?: number,
): Promise<Result<store.PersonRow, ValidationError | VersionError | E>> {
  const { db } = config;
  let current: store.PersonRow | null = null;
  let expected = 0;
  type Refusal = ValidationError | VersionError | E | 'unchanged';
  const written = await runAudited<Refusal>(db, config, caller, async () => {
    const row = await store.findPerson(db, id);
    current = row;
    if (row === null) return err(unknownPerson(id));
    const outdated = versionError(`The person "${row.name}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    const patched = patch(definitionOf(row));
    if (!patched.ok) return patched;
    const next = patched.value;
    const isRewired = JSON.stringify(next.channels) !== JSON.stringify(row.channels);
    const contacts = isRewired
      ? await writeContacts(db, caller, next.channels, row.channels)
      : ok(row.channels);
    if (!contacts.ok) return contacts;
    const tags = next.tags === null ? null : [...next.tags];
    const values = { ...next, tags, channels: contacts.value };
    const { before, after } = changedFields(auditedPerson(row), auditedPerson({ ...row, ...values }));
    const changed = Object.keys(after as object);
    if (changed.length === 0) return err('unchanged' as const);
    const refused = await changeError(config, row, next, changed);
    if (refused) return err(refused);
    expected = row.version + 1;
    return ok({
      statements: [
        ...endings(db, id, next, changed),
        store.updatePerson(db, row, { ...values, updatedAt: caller.now }),
      ],
      record: {
        action: 'person.updated',
        target: personTarget({ id, name: next.name }),
        before,
        after,
      },
    });
  });
  if (!written.ok)
    return written.error === 'unchanged'
      ? ok(current!)
      : (written as Result<never, ValidationError | VersionError | E>);
  const row = await store.findPerson(db, id);
  if (row !== null && row.version >= expected) return ok(row);
  return err(changedMeanwhile('the person'));
}

/** What ends with the change. */
function endings(
  db: D1Database,
  id: string,
  { disabled }: PersonDefinition,
  changed: readonly string[],
): Statement[] {
  const losesSessions = ['role', 'tags', 'disabled'].some((field) => changed.includes(field));
  return [
    ...(losesSessions ? [deleteSessions(db, id)] : []),
    ...(disabled && changed.includes('disabled') ? [deleteInvitations(db, id)] : []),
  ];
}

interface DeletePersonOptions {
  readonly expectedVersion?: number | undefined;
  /** Removes the person from the schedules that name the person, instead of a refusal. */
  readonly detach?: boolean;
}

/** Fields that the identity provider of a person decides. */
const PROVIDED: readonly string[] = ['name', 'role', 'tags'];

async function changeError(
  config: Config,
  row: store.PersonRow,
  next: PersonDefinition,
  changed: readonly string[],
): Promise<ValidationError | null> {
  const provided = isLocal(row) ? undefined : changed.find((field) => PROVIDED.includes(field));
  if (provided !== undefined)
    return {
      kind: 'conflict',
      path: [provided],
      message: `The identity provider ${row.issuer} decides the ${provided} of ${row.name}. Change the groups of the person there, or the rules of the provider here.`,
    };
  const restricted =
    changed.includes('role') || changed.includes('tags') ? adminTagsError(next.role, next.tags) : null;
  if (restricted) return restricted;
  const leaves = row.role === 'admin' && !row.disabled && (next.role !== 'admin' || next.disabled);
  return leaves
    ? lastAdminError(config, { personId: row.id }, [next.role === 'admin' ? 'disabled' : 'role'])
    : null;
}

/**
 * Deletes a person with everything to sign in with, and all sessions. The audit log keeps the name. Without `detach`, a
 * schedule that names the person is a refusal. Returns the schedules that named the person.
 */
export async function deletePerson(
  config: Config,
  caller: Caller,
  id: string,
  { expectedVersion, detach = false }: DeletePersonOptions = {},
): Promise<Result<readonly Reference[], ValidationError | VersionError | ReferencedError>> {
  const { db } = config;
  let references: readonly Reference[] = [];
  type Refusal = ValidationError | VersionError | ReferencedError;
  const written = await runAudited<Refusal>(db, config, caller, async () => {
    const row = await store.findPerson(db, id);
    if (row === null) return err(unknownPerson(id));
    const outdated = versionError(`The person "${row.name}"`, row, expectedVersion);
    if (outdated) return err(outdated);
    const isAdmin = row.role === 'admin' && !row.disabled;
    const last = isAdmin ? await lastAdminError(config, { personId: id }) : null;
    if (last) return err(last);
    const schedules = await schedulesWithout(db, id);
    references = schedules.references;
    if (references.length > 0 && !detach) return err(referencedError(`The person "${row.name}"`, references));
    return ok({
      statements: [
        ...setPeopleOfSchedules(db, schedules.rows, caller.now),
        deleteViewsOf(db, id),
        ...store.deletePerson(db, id),
      ],
      record: {
        action: 'person.deleted',
        target: personTarget(row),
        before: { ...auditedPerson(row), ...(references.length === 0 ? {} : { references }) },
        after: null,
      },
    });
  });
  return written.ok ? ok(references) : written;
}

// Owns the frame of every change of a public incident: it is read, decided and written with its audit entry in one
// transaction. Changes with an audit entry never cross, so of two people who publish a draft at once the second sees the first.
import type { Caller } from '../../access/caller.ts';
import { enqueueOverdue } from '../../delivery/queue.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { type AuditRecord, runAudited } from '../../store/audit.ts';
import type { Statement } from '../../store/database.ts';
import {
  findMeasured,
  findPublicIncidentById,
  type IncidentUpdateRow,
  type MeasuredIncident,
  type PublicIncident,
  replacePublicIncident,
} from '../../store/public-incidents.ts';
import { versionError } from '../expected-version.ts';
import { isShown, type Naming, readNaming, readShown, shownIncident } from './naming.ts';

/** Without a queue, a tick delivers what is new. */
export type ChangeConfig = Pick<Config, 'db' | 'encryptionKey' | 'previousEncryptionKey'> &
  Partial<Pick<Config, 'deliveries'>>;

/** A public incident as a caller sees it. */
export interface ReadIncident {
  readonly incident: PublicIncident;
  /** The measured incidents that it is about, as far as they are stored. */
  readonly measured: readonly MeasuredIncident[];
}

export const unknownPublicIncident = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown public incident "${id}". GET /api/v1/public-incidents lists all public incidents.`,
});

/** The same statements for every id. Null: it does not exist, or is outside the restriction. */
export async function readIncident(
  db: D1Database,
  id: string,
  caller: Pick<Caller, 'restriction'>,
  nameable = readShown,
): Promise<(ReadIncident & { readonly naming: Naming }) | null> {
  const [found, naming] = await Promise.all([
    findPublicIncidentById(db, id),
    nameable(db, caller.restriction),
  ]);
  const measured = await findMeasured(db, found?.incidents ?? []);
  return isShown(caller, found) ? { incident: found, measured, naming } : null;
}

export interface IncidentChange {
  /** The row as it will be, with its updates. Its version is set here. */
  readonly next: PublicIncident;
  readonly record: AuditRecord;
  /** Rows of updates, mailings and notifications. */
  readonly statements: readonly Statement[];
}

type Refusal<E> = ValidationError | VersionError | E;

/** Writes what `decide` makes of the stored incident. `next` equal to it writes nothing. */
export async function changeIncident<E = never>(
  config: ChangeConfig,
  id: string,
  caller: Caller,
  expectedVersion: number | undefined,
  decide: (read: ReadIncident & { readonly naming: Naming }) => Promise<Result<IncidentChange, Refusal<E>>>,
): Promise<Result<ReadIncident, Refusal<E>>> {
  const { db } = config;
  let result: ReadIncident | null = null;
  const written = await runAudited<Refusal<E> | 'unchanged'>(db, config, caller, async () => {
    const read = await readIncident(db, id, caller, readNaming);
    if (!read) return err(unknownPublicIncident(id));
    const { incident, measured, naming } = read;
    const outdated = versionError(`The public incident "${id}"`, incident, expectedVersion);
    if (outdated) return err(outdated);
    const decided = await decide(read);
    if (!decided.ok) return decided;
    const { next, record, statements } = decided.value;
    if (JSON.stringify(next) === JSON.stringify(incident)) {
      result = { incident: shownIncident(naming, incident, measured), measured };
      return err('unchanged' as const);
    }
    const row = { ...next, version: incident.version + 1, updatedAt: caller.now };
    result = { incident: shownIncident(naming, row, measured), measured };
    return ok({ statements: [...statements, replacePublicIncident(db, row)], record });
  });
  if (!written.ok) return written.error === 'unchanged' ? ok(result!) : err(written.error as Refusal<E>);
  await deliverNew(config, caller.now);
  return ok(result!);
}

export async function deliverNew({ db, deliveries }: ChangeConfig, now: number): Promise<void> {
  if (deliveries) await enqueueOverdue({ db, deliveries }, now);
}

/** An edit is later than its time: that is how it shows. */
export const newUpdate = (
  fields: Omit<IncidentUpdateRow, 'authorId' | 'authorName' | 'updatedAt'>,
  { actor }: Pick<Caller, 'actor'>,
): IncidentUpdateRow => ({
  ...fields,
  ...{ authorId: actor.id, authorName: actor.name, updatedAt: fields.at },
});

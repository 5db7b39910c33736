// Writes, edits and deletes the updates of public incidents. An edit changes what readers find, and notifies no one again.
import type { Caller } from '../../access/caller.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { currentStatus, inOrder } from '../../status-pages/current-status.ts';
import type { ComponentImpact, UpdateStatus } from '../../status-pages/model.ts';
import {
  type IncidentUpdateRow,
  insertIncidentUpdate,
  type PublicIncident,
  removeIncidentUpdate,
  replaceIncidentUpdate,
} from '../../store/public-incidents.ts';
import { newId } from '../tokens.ts';
import { type ChangeConfig, changeIncident, newUpdate, type ReadIncident } from './change-incident.ts';
import { componentsError, type Naming } from './naming.ts';
import { conflict } from './public-incidents.ts';
import { channelStatements, mailingStatements, updateMailing } from './reader-messages.ts';
import { incidentChanged } from './records.ts';

export interface NewIncidentUpdate {
  readonly status: UpdateStatus;
  readonly body: string;
  /** Only those whose impact changes. */
  readonly components: readonly ComponentImpact[];
  readonly notify: boolean;
  /** Undefined: now. */
  readonly at?: number | undefined;
}

export type IncidentUpdateEdit = Omit<NewIncidentUpdate, 'notify' | 'at'> & { readonly at: number };

type Changed = Result<ReadIncident, ValidationError | VersionError>;

const MAX_UPDATES = 100;
/** Of all updates as JSON: a status page reads them as one value, and a row of D1 has at most 2,000,000 bytes. */
const MAX_BYTES = 1_000_000;

export function addIncidentUpdate(
  config: ChangeConfig,
  id: string,
  wanted: NewIncidentUpdate,
  caller: Caller,
  expectedVersion?: number,
): Promise<Changed> {
  const updateId = newId('upd');
  return changeIncident(config, id, caller, expectedVersion, async ({ incident, naming }) => {
    const { db } = config;
    const { now } = caller;
    const { status, body, components, notify } = wanted;
    // What is written last is the newest, also in the same millisecond.
    const at = wanted.at ?? Math.max(now, incident.updates[0]!.at + 1);
    if (notify && incident.state === 'draft')
      return err({ kind: 'invalid', path: ['notify'], message: 'A draft has no readers. Publish it first.' });
    const fields = { id: updateId, publicIncidentId: id, at, status, body, notify };
    const update = newUpdate({ ...fields, components: [...components] }, caller);
    const updates = newestFirst([...incident.updates, update]);
    const refused = updatesError(naming, incident, update, updates, wanted.at === undefined ? at : now);
    if (refused) return err(refused);
    const next = takenOver({ ...incident, ...currentStatus(updates), updates });
    const isPublished = next.state === 'published';
    return ok({
      next,
      record: incidentChanged('incident_update.created', incident, next, { before: null, after: update }),
      statements: [
        insertIncidentUpdate(db, update),
        ...mailingStatements(db, notify ? updateMailing(next, update, now) : null),
        ...(isPublished ? await channelStatements(db, next, update, now) : []),
      ],
    });
  });
}

export const editIncidentUpdate = <E>(
  config: ChangeConfig,
  id: string,
  updateId: string,
  patch: (stored: IncidentUpdateRow) => Result<IncidentUpdateEdit, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<ReadIncident, ValidationError | VersionError | E>> =>
  changeIncident<E>(config, id, caller, expectedVersion, async ({ incident, naming }) => {
    const before = incident.updates.find((update) => update.id === updateId);
    if (!before) return err(unknownUpdate(id, updateId));
    const patched = patch(before);
    if (!patched.ok) return patched;
    const { status, body, components, at } = patched.value;
    const edited = { ...before, status, body, components: [...components], at };
    if (JSON.stringify(edited) === JSON.stringify(before))
      return ok({ next: incident, record: incidentChanged('', incident, incident), statements: [] });
    const after = { ...edited, updatedAt: caller.now };
    const updates = newestFirst(incident.updates.map((one) => (one === before ? after : one)));
    const refused = updatesError(naming, incident, after, updates, caller.now);
    if (refused) return err(refused);
    const next = { ...incident, ...currentStatus(updates), updates };
    return ok({
      next,
      record: incidentChanged('incident_update.updated', incident, next, { before, after }),
      statements: [replaceIncidentUpdate(config.db, after)],
    });
  });

export const deleteIncidentUpdate = (
  config: ChangeConfig,
  id: string,
  updateId: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Changed> =>
  changeIncident(config, id, caller, expectedVersion, async ({ incident }) => {
    const before = incident.updates.find((update) => update.id === updateId);
    if (!before) return err(unknownUpdate(id, updateId));
    const updates = incident.updates.filter((update) => update !== before);
    if (updates.length === 0)
      return err(conflict('A public incident has at least one update. Delete the incident instead.'));
    const next = { ...incident, ...currentStatus(updates), updates };
    return ok({
      next,
      record: incidentChanged('incident_update.deleted', incident, next, { before, after: null }),
      statements: [removeIncidentUpdate(config.db, updateId)],
    });
  });

/** A person who writes an update of what the coordinator published is its author from then on, on every page. */
function takenOver(incident: PublicIncident): PublicIncident {
  const { updates, origin, state } = incident;
  const isFirst = updates.filter(({ authorId }) => authorId !== '').length === 1;
  return origin === 'probes' && state === 'published' && isFirst ? { ...incident, pages: 'all' } : incident;
}

const newestFirst = (updates: readonly IncidentUpdateRow[]): IncidentUpdateRow[] =>
  inOrder(updates).toReversed();

const unknownUpdate = (id: string, updateId: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown update "${updateId}". GET /api/v1/public-incidents/${id} lists all updates.`,
});

function updatesError(
  naming: Naming,
  incident: PublicIncident,
  update: IncidentUpdateRow,
  updates: readonly IncidentUpdateRow[],
  latest: number,
): ValidationError | null {
  if (update.at > latest || update.at < incident.startedAt)
    return {
      ...{ kind: 'invalid', path: ['at'] },
      message: '`at` must be between the start of the incident and now.',
    };
  const bytes = new TextEncoder().encode(JSON.stringify(updates)).length;
  if (updates.length > MAX_UPDATES || bytes > MAX_BYTES)
    return conflict(
      `An incident has at most ${MAX_UPDATES} updates, of ${MAX_BYTES} bytes together. Delete some first.`,
    );
  const before = new Set(
    incident.updates.flatMap(({ components }) => components.map(({ component }) => component)),
  );
  return componentsError(naming, update.components, before, ['components']);
}

// Creates, changes, publishes and deletes public incidents, and writes their postmortems. Does not write updates: see
// incident-updates.ts. Does not open drafts by itself: see src/services/public-incidents/follow-outages.ts.

import type { Caller } from '../../access/caller.ts';
import { isAtLeast } from '../../access/role.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { currentStatus } from '../../status-pages/current-status.ts';
import type { ComponentImpact, UpdateStatus } from '../../status-pages/model.ts';
import { monitorRef } from '../../status-pages/shown-on.ts';
import { runAudited } from '../../store/audit.ts';
import {
  findMeasured,
  insertIncidentUpdate,
  insertPublicIncident,
  type MeasuredIncident,
  type PublicIncident,
  removePublicIncident,
  replaceIncidentUpdate,
  replacePublicIncident,
} from '../../store/public-incidents.ts';
import type { Tags } from '../../tags.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { versionError } from '../expected-version.ts';
import { newId } from '../tokens.ts';
import {
  type ChangeConfig,
  changeIncident,
  deliverNew,
  newUpdate,
  type ReadIncident,
  readIncident,
  unknownPublicIncident,
} from './change-incident.ts';
import {
  componentsError,
  needsComponentError,
  readNaming,
  writtenIncidents,
  writtenPages,
} from './naming.ts';
import { channelStatements, mailingStatements, postmortemMailing, updateMailing } from './reader-messages.ts';
import { incidentChanged, incidentCreated, incidentDeleted } from './records.ts';

export interface NewPublicIncident {
  readonly title: string;
  readonly state: 'draft' | 'published';
  readonly status: UpdateStatus;
  readonly body: string;
  readonly components: readonly ComponentImpact[];
  /** Undefined: the open incidents of the monitors that `components` names. */
  readonly incidents?: readonly string[] | undefined;
  readonly pages: 'all' | readonly string[];
  /** Undefined: the start of the first incident that it is about, else now. */
  readonly startedAt?: number | undefined;
  /** Time of its first update. Undefined: now. */
  readonly at?: number | undefined;
  readonly notify: boolean;
  readonly tags: Tags;
}

export interface PublicIncidentPatch {
  readonly title: string;
  readonly pages: 'all' | readonly string[];
  readonly incidents: readonly string[];
  readonly startedAt: number;
  readonly tags: Tags;
}

const MAX_LINKED = 20;

const draftNotifies: ValidationError = {
  kind: 'invalid',
  path: ['notify'],
  message: 'A draft has no readers. Set `notify` to false, and notify subscribers when you publish it.',
};

/** `firstAt` is the time of the first update. */
function timeError(startedAt: number, firstAt: number, now: number): ValidationError | null {
  if (startedAt > now) {
    const message = '`startedAt` must not be in the future. Plan work ahead as a maintenance.';
    return { kind: 'invalid', path: ['startedAt'], message };
  }
  if (firstAt > now) return { kind: 'invalid', path: ['at'], message: '`at` must not be in the future.' };
  if (startedAt <= firstAt) return null;
  const message = '`startedAt` must not be after the first update.';
  return { kind: 'invalid', path: ['startedAt'], message };
}

export async function createPublicIncident(
  config: ChangeConfig,
  wanted: NewPublicIncident,
  caller: Caller,
): Promise<Result<ReadIncident, ValidationError>> {
  const { db } = config;
  const { now } = caller;
  if (wanted.state === 'draft' && wanted.notify) return err(draftNotifies);
  const at = wanted.at ?? now;
  const refused =
    timeError(wanted.startedAt ?? 0, at, now) ??
    restrictingTagsError(caller, wanted.tags, null, await readRestrictingNames(db, caller));
  if (refused) return err(refused);
  const [id, updateId] = [newId('pub'), newId('upd')];
  let result: ReadIncident | null = null;
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const [naming, found] = await Promise.all([
      readNaming(db, caller.restriction),
      findMeasured(db, wanted.incidents ?? []),
    ]);
    const invalid =
      needsComponentError(naming, wanted.components.length, ['components']) ??
      componentsError(naming, wanted.components, new Set(), ['components']);
    if (invalid) return err(invalid);
    const pages = writtenPages(naming, wanted.pages, null, ['pages']);
    if ('error' in pages) return err(pages.error);
    const measured = wanted.incidents === undefined ? openOf(wanted.components, naming.open) : found;
    const linked = writtenIncidents(naming, wanted.incidents ?? measured.map((one) => one.id), [], measured);
    if ('error' in linked) return err(linked.error);
    const startedAt = wanted.startedAt ?? Math.min(at, ...measured.map((one) => one.startedAt));
    const { status, body, components, notify, title, state, tags } = wanted;
    const update = newUpdate(
      { id: updateId, publicIncidentId: id, at, status, body, components: [...components], notify },
      caller,
    );
    const incident: PublicIncident = {
      ...{ id, title, state, ...currentStatus([update]), incidents: linked.list, pages: pages.list },
      ...{ origin: 'people', startedAt, postmortem: null, postmortemAt: null, tags: { ...tags } },
      ...{ version: 1, createdAt: now, updatedAt: now, updates: [update] },
    };
    result = { incident, measured };
    return ok({
      statements: [
        insertPublicIncident(db, incident),
        insertIncidentUpdate(db, update),
        ...mailingStatements(db, notify ? updateMailing(incident, update, now) : null),
        ...(state === 'published' ? await channelStatements(db, incident, update, now) : []),
      ],
      record: incidentCreated(incident, update),
    });
  });
  if (!written.ok) return written;
  await deliverNew(config, now);
  return ok(result!);
}

function openOf(
  components: readonly ComponentImpact[],
  open: readonly MeasuredIncident[],
): readonly MeasuredIncident[] {
  const named = new Set(components.map(({ component }) => component));
  return open.filter(({ monitorId }) => named.has(monitorRef(monitorId))).slice(0, MAX_LINKED);
}

/** Applies `patch` to the fields that are not those of an update. */
export async function updatePublicIncident<E>(
  config: ChangeConfig,
  id: string,
  patch: (stored: PublicIncidentPatch) => Result<PublicIncidentPatch, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<ReadIncident, ValidationError | VersionError | E>> {
  const { db } = config;
  const names = await readRestrictingNames(db, caller);
  return changeIncident<E>(config, id, caller, expectedVersion, async ({ incident, naming }) => {
    const patched = patch(incident);
    if (!patched.ok) return patched;
    const { title, startedAt, tags, incidents } = patched.value;
    const refused =
      restrictingTagsError(caller, tags, incident.tags, names) ??
      timeError(startedAt, incident.updates.at(-1)!.at, caller.now);
    if (refused) return err(refused);
    const pages = writtenPages(naming, patched.value.pages, incident.pages, ['pages']);
    if ('error' in pages) return err(pages.error);
    const linked = writtenIncidents(naming, incidents, incident.incidents, await findMeasured(db, incidents));
    if ('error' in linked) return err(linked.error);
    const next = {
      ...incident,
      title,
      startedAt,
      tags: { ...tags },
      pages: pages.list,
      incidents: linked.list,
    };
    return ok({ next, record: incidentChanged('public_incident.updated', incident, next), statements: [] });
  });
}

export interface Publication {
  /** Undefined: every page. */
  readonly pages?: 'all' | readonly string[] | undefined;
  /** The text of the newest update as readers get it. Undefined: as it is. */
  readonly body?: string | undefined;
  readonly notify: boolean;
}

/** Whoever publishes a draft of the coordinator is the author of its words. */
export const publishIncident = (
  config: ChangeConfig,
  id: string,
  { pages = 'all', body, notify }: Publication,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<ReadIncident, ValidationError | VersionError>> =>
  changeIncident(config, id, caller, expectedVersion, async ({ incident, naming }) => {
    const { db } = config;
    if (incident.state === 'published')
      return err(
        conflict(
          `The public incident "${id}" is published already. Write an update: it is on every page then.`,
        ),
      );
    const listed = writtenPages(naming, pages, incident.pages, ['pages']);
    if ('error' in listed) return err(listed.error);
    const [newest] = incident.updates;
    const { actor, now } = caller;
    const author = { authorId: actor.id, authorName: actor.name };
    const updates = incident.updates.map((update) => ({
      ...update,
      ...(update.authorId === '' ? author : {}),
      ...(update.id === newest!.id ? { notify } : {}),
      ...(update.id === newest!.id && body !== undefined ? { body, updatedAt: now } : {}),
    }));
    const next: PublicIncident = { ...incident, state: 'published', pages: listed.list, updates };
    const change = { before: newest!, after: updates[0]! };
    return ok({
      next,
      record: incidentChanged('public_incident.published', incident, next, change),
      statements: [
        ...updates.map((update) => replaceIncidentUpdate(db, update)),
        ...mailingStatements(db, notify ? updateMailing(next, updates[0]!, now) : null),
        ...(await channelStatements(db, next, updates[0]!, now)),
      ],
    });
  });

export const conflict = (message: string): ValidationError => ({ kind: 'conflict', path: [], message });

/** Null removes it. Readers find it on the page of the incident from then on. */
export const writePostmortem = (
  config: ChangeConfig,
  id: string,
  written: { readonly body: string; readonly notify: boolean } | null,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<ReadIncident, ValidationError | VersionError>> =>
  changeIncident(config, id, caller, expectedVersion, async ({ incident }) => {
    if (incident.state === 'draft' && written?.notify) return err(draftNotifies);
    const postmortem = written?.body ?? null;
    if (postmortem === null && incident.postmortem === null)
      return err({ kind: 'not_found', message: `The public incident "${id}" has no postmortem.` });
    const { now } = caller;
    // The day of the first publication stays.
    const postmortemAt = postmortem === null ? null : (incident.postmortemAt ?? now);
    const next = { ...incident, postmortem, postmortemAt };
    const mailing = written?.notify ? postmortemMailing(incident, written.body, now) : null;
    return ok({
      next,
      record: incidentChanged(
        postmortem === null ? 'postmortem.deleted' : 'postmortem.written',
        incident,
        next,
      ),
      statements: mailingStatements(config.db, mailing),
    });
  });

/**
 * A draft goes with a responder's decision. What readers have seen is deleted by editors only. A draft that the coordinator
 * opened stays as a hidden row, so that the same outage opens no other one.
 */
export async function deletePublicIncident(
  config: ChangeConfig,
  id: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<null, ValidationError | VersionError>> {
  const { db } = config;
  const written = await runAudited<ValidationError | VersionError>(db, config, caller, async () => {
    const read = await readIncident(db, id, caller);
    if (!read) return err(unknownPublicIncident(id));
    const { incident } = read;
    const outdated = versionError(`The public incident "${id}"`, incident, expectedVersion);
    if (outdated) return err(outdated);
    if (incident.state === 'published' && !isAtLeast(caller.role, 'editor')) {
      const message = 'Only editors delete what readers have seen. Write an update, or ask an editor.';
      return err({ kind: 'forbidden', path: [], message });
    }
    const discarded = { ...incident, state: 'discarded' as const, version: incident.version + 1 };
    const resolvedAt = incident.resolvedAt ?? caller.now;
    return ok({
      statements:
        incident.origin === 'probes'
          ? [replacePublicIncident(db, { ...discarded, resolvedAt, updatedAt: caller.now })]
          : removePublicIncident(db, id),
      record: incidentDeleted(incident),
    });
  });
  return written.ok ? ok(null) : written;
}

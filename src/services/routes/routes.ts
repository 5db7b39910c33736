// Creates, updates, orders and deletes routes. Does not define what a route may be: route-rules.ts does.
import type { Caller } from '../../access/caller.ts';
import { isInside } from '../../access/restriction.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { type AuditRecord, changedFields, runAudited } from '../../store/audit.ts';
import type { RouteRow } from '../../store/routes.ts';
import * as store from '../../store/routes.ts';
import { listRouteTargets } from '../../store/tagged.ts';
import { ifInside, takenId } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { changedFields as differingFields } from '../config/entries.ts';
import { freeDerivedId } from '../derived-id.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import { type RouteDefinition, validateRoute } from './route-rules.ts';
import { namesOutside, shownRoute } from './shown-route.ts';

/** The route as people read it. */
export const definitionOf = ({
  id,
  name,
  match,
  continues,
  steps,
  repeatMinutes,
  quietHours,
  enabled,
  tags,
}: RouteRow): RouteDefinition & { readonly id: string } => ({
  ...{ id, name, match, continues, steps, repeatMinutes, quietHours, enabled, tags },
});

export const routeRow = (
  definition: RouteDefinition & { readonly id: string },
  existing: Pick<RouteRow, 'position' | 'version' | 'createdAt'>,
  now: number,
): RouteRow => {
  const { id, name, match, continues, steps, repeatMinutes, quietHours, enabled, tags } = definition;
  return {
    ...{
      id,
      name,
      match,
      continues,
      steps: [...steps],
      repeatMinutes,
      quietHours,
      enabled,
      tags: { ...tags },
    },
    ...{
      position: existing.position,
      version: existing.version,
      createdAt: existing.createdAt,
      updatedAt: now,
    },
  };
};

type Action = 'created' | 'updated' | 'deleted';

function routeRecord(action: Action, before: RouteRow | null, after: RouteRow): AuditRecord {
  const target = { type: 'route', id: after.id, name: after.name };
  const sides =
    before === null
      ? { before: null, after: definitionOf(after) }
      : action === 'deleted'
        ? { before: definitionOf(before), after: null }
        : changedFields({ ...definitionOf(before) }, { ...definitionOf(after) });
  return { action: `route.${action}`, target, ...sides };
}

async function validated(
  config: Config,
  definition: RouteDefinition,
  stored: RouteRow | null,
  caller: Caller,
): Promise<ValidationError | null> {
  const [names, known] = await Promise.all([
    readRestrictingNames(config.db, caller),
    listRouteTargets(config.db),
  ]);
  const refused = restrictingTagsError(caller, definition.tags, stored?.tags ?? null, names);
  if (refused) return refused;
  if (stored !== null && namesOutside(caller.restriction, stored, known)) return partlyOutside(stored.id);
  const valid = validateRoute(caller, definition, known);
  return valid.ok ? null : valid.error;
}

/** An update would drop what the caller does not see. */
const partlyOutside = (id: string): ValidationError => ({
  kind: 'conflict',
  path: [],
  message: `The route "${id}" names entries outside your access. Ask an admin to change it.`,
});

/** The rows as the caller sees them. */
export async function showRoutes(
  { db }: Pick<Config, 'db'>,
  rows: readonly RouteRow[],
  { restriction }: Pick<Caller, 'restriction'>,
): Promise<readonly RouteRow[]> {
  if (restriction === null) return rows;
  const known = await listRouteTargets(db);
  return rows.map((row) => shownRoute(restriction, row, known));
}

export async function createRoute(
  config: Config,
  definition: RouteDefinition,
  caller: Caller,
): Promise<Result<RouteRow, ValidationError>> {
  const { db } = config;
  const id = definition.id ?? freeDerivedId(definition.name, 'route', await store.listRoutes(db));
  const row = routeRow({ ...definition, id }, { position: 0, version: 1, createdAt: caller.now }, caller.now);
  // In the draft: a channel that is deleted in between makes this start again.
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const invalid = await validated(config, definition, null, caller);
    if (invalid) return err(invalid);
    const record = routeRecord('created', null, row);
    return ok({ statements: [store.insertRoute(db, row)], record, options: { ifChanged: true } });
  });
  if (!written.ok) return written;
  const created = changedRow(written);
  if (created) return ok(created);
  const isShown = ifInside(caller.restriction, await store.findRoute(db, id)) !== null;
  return err({ kind: 'conflict', path: ['id'], message: takenId('route', id, isShown) });
}

/** An update that changes nothing writes nothing. */
export async function updateRoute<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: RouteDefinition) => Result<RouteDefinition, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<RouteRow, ValidationError | VersionError | E>> {
  const { db } = config;
  const row = ifInside(caller.restriction, await store.findRoute(db, id));
  if (!row) return err(unknownRoute(id));
  const outdated = versionError(`The route "${id}"`, row, expectedVersion);
  if (outdated) return err(outdated);
  const patched = patch(definitionOf(row));
  if (!patched.ok) return patched;
  const next = routeRow({ ...patched.value, id }, row, caller.now);
  if (differingFields(definitionOf(row), definitionOf(next)).length === 0) return ok(row);
  const written = await runAudited<ValidationError>(db, config, caller, async () => {
    const invalid = await validated(config, patched.value, row, caller);
    if (invalid) return err(invalid);
    const record = routeRecord('updated', row, next);
    const statements = [store.replaceRoute(db, next, row.version)];
    return ok({ statements, record, options: { ifChanged: true } });
  });
  if (!written.ok) return written;
  const updated = changedRow(written);
  return updated ? ok(updated) : err(routeChanged(id, expectedVersion));
}

export async function deleteRoute(
  config: Config,
  id: string,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<null, ValidationError | VersionError>> {
  const { db } = config;
  const row = ifInside(caller.restriction, await store.findRoute(db, id));
  if (!row) return err(unknownRoute(id));
  const outdated = versionError(`The route "${id}"`, row, expectedVersion);
  if (outdated) return err(outdated);
  const written = await runAudited<never>(db, config, caller, async () =>
    ok({
      statements: [store.removeRoute(db, row)],
      record: routeRecord('deleted', row, row),
      options: { ifChanged: true },
    }),
  );
  return changedRow(written) ? ok(null) : err(routeChanged(id, expectedVersion));
}

/**
 * Puts the routes that the caller sees into the given order. Routes outside keep their places. Returns all routes that the
 * caller sees.
 */
export async function orderRoutes(
  config: Config,
  ids: readonly string[],
  caller: Caller,
): Promise<Result<readonly RouteRow[], ValidationError>> {
  const { db } = config;
  const readShown = async () =>
    (await store.listRoutes(db))
      .map((row, index) => ({ row, position: index + 1 }))
      .filter(({ row }) => isInside(caller.restriction, row));
  const written = await runAudited<ValidationError | 'unchanged'>(db, config, caller, async () => {
    const shown = await readShown();
    const known = new Set(shown.map(({ row }) => row.id));
    const unknown = ids.findIndex((id) => !known.has(id));
    if (unknown >= 0) return err({ ...unknownRoute(ids[unknown]!), path: ['routes', unknown] });
    const missing = shown.find(({ row }) => !ids.includes(row.id));
    if (missing) {
      const message = `The order lacks the route "${missing.row.id}". List every route.`;
      return err({ kind: 'invalid', path: ['routes'], message });
    }
    const before = shown.map(({ row }) => row.id);
    if (JSON.stringify(before) === JSON.stringify(ids)) return err('unchanged');
    // Every route gets a place of its own: two that were written at the same time may share one.
    const all = (await store.listRoutes(db)).map(({ id }, index) => [id, index + 1] as const);
    const positions = new Map([...all, ...ids.map((id, index) => [id, shown[index]!.position] as const)]);
    const target = { type: 'route', id: 'order', name: 'Order of routes' };
    return ok({
      statements: [store.orderRoutes(db, positions, caller.now)],
      record: { action: 'route.ordered', target, before: { routes: before }, after: { routes: ids } },
    });
  });
  if (!written.ok && written.error !== 'unchanged') return err(written.error);
  return ok((await readShown()).map(({ row }) => row));
}

const changedRow = (written: Result<readonly unknown[], unknown>): RouteRow | undefined =>
  written.ok ? (written.value[0] as RouteRow[])[0] : undefined;

function routeChanged(id: string, expectedVersion: number | undefined): ValidationError | VersionError {
  const conflict = changedMeanwhile(`the route "${id}"`);
  return expectedVersion === undefined
    ? conflict
    : { kind: 'precondition_failed', message: conflict.message };
}

export const unknownRoute = (id: string): Extract<ValidationError, { readonly kind: 'not_found' }> => ({
  kind: 'not_found',
  message: `Unknown route "${id}". GET /api/v1/routes lists all routes.`,
});

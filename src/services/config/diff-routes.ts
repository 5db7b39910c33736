// Owns the difference between the routes and settings of a configuration and the stored ones, and what loses an entry that
// the configuration deletes. Does not commit.
import type { Caller } from '../../access/caller.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { changedFields as changedAuditFields } from '../../store/audit.ts';
import { listRoutes, type RouteRow, removeRoute, replaceRoute, upsertRoute } from '../../store/routes.ts';
import { readDefaultChannels, writeDefaultChannels } from '../../store/settings.ts';
import { listRouteTargets } from '../../store/tagged.ts';
import type { Tags } from '../../tags.ts';
import { unknownReference } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { detachDefaults, detachRoutes, type Gone } from '../references/detach-routes.ts';
import { leftOutError, type Reference, type ReferencedError } from '../references/reference.ts';
import { type RouteDefinition, validateRoute } from '../routes/route-rules.ts';
import { definitionOf, routeRow } from '../routes/routes.ts';
import type { SettingsUpdate } from '../settings/settings.ts';
import type { EntryDifference } from './audit-config.ts';
import {
  changedFields,
  type KindPlan,
  NO_CHANGES,
  type PlannedUpdate,
  prefixPath,
  type Statements,
  withIds,
} from './entries.ts';

/** Ids of the entries that exist afterwards, and of those that the configuration deletes. */
interface RemainingKind {
  readonly ids: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
}

export interface Remaining {
  readonly monitors: RemainingKind;
  readonly channels: RemainingKind;
  /** Null: those that are stored. */
  readonly schedules: readonly { readonly id: string; readonly tags: Tags }[] | null;
  readonly deletedSchedules: ReadonlySet<string>;
}

export interface RoutingDiff {
  readonly statements: Statements;
  readonly plan: KindPlan;
  readonly storedCount: number;
  /** The settings that change. */
  readonly settings: readonly string[];
  readonly references: readonly Reference[];
  readonly differences: {
    readonly routes: readonly EntryDifference[];
    readonly settings: readonly EntryDifference[];
  };
}

interface Wanted {
  readonly routes?: readonly RouteDefinition[] | undefined;
  readonly settings?: SettingsUpdate | undefined;
}

type Failure = ValidationError | ReferencedError;

export async function diffRouting(
  config: Config,
  wanted: Wanted,
  remaining: Remaining,
  caller: Caller,
  detach: boolean,
): Promise<Result<RoutingDiff, Failure>> {
  const rows = await listRoutes(config.db);
  const gone: Gone = {
    channel: (id) => remaining.channels.deleted.has(id),
    monitor: (id) => remaining.monitors.deleted.has(id),
    schedule: (id) => remaining.deletedSchedules.has(id),
  };
  const routes =
    wanted.routes === undefined
      ? detachStored(config, rows, gone, caller, detach)
      : await diffRoutes(config, rows, wanted.routes, remaining, caller);
  if (!routes.ok) return routes;
  const settings = await diffSettings(
    config,
    wanted.settings,
    { gone, channelIds: remaining.channels.ids },
    caller,
    detach,
  );
  if (!settings.ok) return settings;
  return ok({
    storedCount: rows.length,
    plan: routes.value.plan,
    settings: settings.value.fields,
    statements: [...routes.value.statements, ...settings.value.statements],
    references: [...routes.value.references, ...settings.value.references],
    differences: { routes: routes.value.differences, settings: settings.value.differences },
  });
}

type RoutesDiff = Pick<RoutingDiff, 'statements' | 'plan' | 'references'> & {
  readonly differences: readonly EntryDifference[];
};

/** The stored routes stay, without what goes. */
function detachStored(
  { db }: Config,
  rows: readonly RouteRow[],
  gone: Gone,
  { now }: Caller,
  detach: boolean,
): Result<RoutesDiff, ReferencedError> {
  const cut = detachRoutes(rows, gone, now);
  const references = cut.flatMap((one) => one.references);
  const [first] = cut;
  if (first && !detach) {
    const { kind, id } = first.missing;
    const sentence = `The route "${first.before.id}" names the ${kind} "${id}", which this configuration deletes.`;
    const keep = `Keep the ${kind}, or remove it from the route first.`;
    return err(leftOutError([`${kind}s`], { first: sentence, keep }, references));
  }
  return ok({
    references,
    plan: NO_CHANGES,
    statements: cut.map(({ before, after }) =>
      after === null ? removeRoute(db, before) : replaceRoute(db, after, before.version),
    ),
    differences: cut.map(({ before, after }) => differenceOf(before, after)),
  });
}

const differenceOf = (before: RouteRow | null, after: RouteRow | null): EntryDifference => {
  const { id } = (after ?? before)!;
  if (before === null) return { id, before: null, after: definitionOf(after!) };
  if (after === null) return { id, before: definitionOf(before), after: null };
  const placed = (row: RouteRow) => ({ ...definitionOf(row), position: row.position });
  return { id, ...changedAuditFields(placed(before), placed(after)) };
};

/** Their order in the document is the order in which they apply. */
async function diffRoutes(
  { db }: Config,
  rows: readonly RouteRow[],
  definitions: readonly RouteDefinition[],
  remaining: Remaining,
  caller: Caller,
): Promise<Result<RoutesDiff, ValidationError>> {
  const schedules = remaining.schedules ?? (await listRouteTargets(db)).schedules;
  const entriesOf = (ids: ReadonlySet<string>) => [...ids].map((id) => ({ id, tags: {} }));
  const known = {
    ...{
      schedules,
      monitors: entriesOf(remaining.monitors.ids),
      channels: entriesOf(remaining.channels.ids),
    },
  };
  const names = await readRestrictingNames(db, caller);
  const stored = new Map(rows.map((row) => [row.id, row]));
  const created: string[] = [];
  const updated: PlannedUpdate[] = [];
  const written: RouteRow[] = [];
  const differences: EntryDifference[] = [];
  for (const [index, definition] of withIds(definitions, 'route').entries()) {
    const valid = validateRoute(caller, definition, known);
    if (!valid.ok) return err(prefixPath(['routes', index], valid.error));
    const existing = stored.get(definition.id) ?? null;
    stored.delete(definition.id);
    const base = existing ?? { version: 1, createdAt: caller.now };
    const row = routeRow(definition, { ...base, position: index + 1 }, caller.now);
    const placed = (one: RouteRow) => ({ ...definitionOf(one), position: one.position });
    const fields = existing ? changedFields(placed(existing), placed(row)) : [];
    if (existing && fields.length === 0) continue;
    const refused = restrictingTagsError(caller, row.tags, existing?.tags ?? null, names);
    if (refused) return err(prefixPath(['routes', index], refused));
    if (existing) updated.push({ id: row.id, fields });
    else created.push(row.id);
    written.push(row);
    differences.push(differenceOf(existing, row));
  }
  const deleted = [...stored.values()];
  return ok({
    references: [],
    plan: { create: created, update: updated, delete: deleted.map(({ id }) => id) },
    statements: [
      ...deleted.map((row) => removeRoute(db, row)),
      ...written.map((row) => upsertRoute(db, row)),
    ],
    differences: [...differences, ...deleted.map((row) => differenceOf(row, null))],
  });
}

interface SettingsDiff extends Pick<RoutingDiff, 'statements' | 'references'> {
  readonly fields: readonly string[];
  readonly differences: readonly EntryDifference[];
}

async function diffSettings(
  { db }: Config,
  wanted: SettingsUpdate | undefined,
  { gone, channelIds }: { readonly gone: Gone; readonly channelIds: ReadonlySet<string> },
  caller: Caller,
  detach: boolean,
): Promise<Result<SettingsDiff, Failure>> {
  const { ids, version } = await readDefaultChannels(db);
  const nothing = { statements: [], references: [], fields: [], differences: [] };
  const write = (next: readonly string[], references: readonly Reference[]): Result<SettingsDiff, never> =>
    ok({
      references,
      fields: ['defaultChannels'],
      statements: [writeDefaultChannels(db, next, version, caller.now)],
      differences: [{ id: 'settings', before: { defaultChannels: ids }, after: { defaultChannels: next } }],
    });
  if (wanted?.defaultChannels === undefined) {
    const cut = detachDefaults(ids, gone.channel);
    if (cut === null) return ok(nothing);
    const { kept, reference, missing } = cut;
    if (detach) return write(kept, [reference]);
    const first = `The default channels include "${missing}", which this configuration deletes.`;
    const keep = 'Keep the channel, or write `settings.defaultChannels` without it.';
    return err(leftOutError(['channels'], { first, keep }, [reference]));
  }
  const { defaultChannels } = wanted;
  const unknown = defaultChannels.findIndex((id) => !channelIds.has(id));
  if (unknown >= 0) {
    const message = unknownReference('channel', defaultChannels[unknown]!);
    return err({ kind: 'not_found', path: ['settings', 'defaultChannels', unknown], message });
  }
  if (JSON.stringify(defaultChannels) === JSON.stringify(ids)) return ok(nothing);
  if (caller.role !== 'admin') {
    const message = 'Only admins change the settings. Leave `settings` out, or ask an admin.';
    return err({ kind: 'forbidden', path: ['settings', 'defaultChannels'], message });
  }
  return write(defaultChannels, []);
}

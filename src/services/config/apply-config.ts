// Applies a whole configuration in one commit: what it names is created or replaced by id, the rest is deleted.
import { sql } from 'drizzle-orm';
import type { MonitorRow } from '../../channels/webhook-body.ts';
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { syncLocations } from '../../scheduler/sync-locations.ts';
import { type ChannelRow, listChannels, type NewChannelRow } from '../../store/channels.ts';
import { commitIfValid, type PendingCommit } from '../../store/commit.ts';
import { unseal } from '../../store/encryption.ts';
import { channels } from '../../store/schema.ts';
import { type Database, loadState } from '../../store/shard.ts';
import { type ChannelDefinition, channelRefusal, channelRow } from '../channels/channels.ts';
import { apiContext, loadMonitorContext, planDelete, planWrite, uniqueSlug } from '../monitors/monitors.ts';
import type { MonitorDefinition } from '../monitors/validate-monitor.ts';

export interface Configuration {
  readonly monitors: readonly MonitorDefinition[];
  readonly channels: readonly ChannelDefinition[];
}

/** How many monitors and channels changed; what was already so is not counted. */
export interface ChangeCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

type Statements = NonNullable<PendingCommit['statements']>[number][];

/** Either everything is applied or nothing is; a refusal's path begins with `monitors` or `channels`. */
export async function applyConfiguration(
  config: Config,
  wanted: Configuration,
  now: number,
): Promise<Result<ChangeCounts, ValidationError>> {
  const channelPart = await diffChannels(config, wanted.channels, now);
  if (!channelPart.ok) return channelPart;
  const context = apiContext(config, now);
  const base = await syncLocations(context, await loadState(config.db), config.locations);
  let applied: ChangeCounts = channelPart.value.counts;
  const committed = await commitIfValid(context, base, async (state, orm) => {
    const planned = await planMonitors(config, wanted.monitors, channelPart.value.ids, state, orm, now);
    if (!planned.ok) return planned;
    applied = add(channelPart.value.counts, planned.value.counts);
    const statements = [...channelPart.value.statements(orm), ...planned.value.statements];
    return ok({ entry: { kind: 'change', changes: planned.value.changes }, statements });
  });
  return committed.ok ? ok(applied) : committed;
}

const add = (a: ChangeCounts, b: ChangeCounts): ChangeCounts => ({
  created: a.created + b.created,
  updated: a.updated + b.updated,
  deleted: a.deleted + b.deleted,
});

/** Gives every entry its id: those that name one keep it, the others get a free slug of their name. */
function withIds<T extends { readonly id?: string | undefined; readonly name: string }>(
  entries: readonly T[],
): (T & { id: string })[] {
  const taken = entries.flatMap(({ id }) => (id === undefined ? [] : [{ id }]));
  return entries.map((entry) => {
    if (entry.id !== undefined) return { ...entry, id: entry.id };
    const id = uniqueSlug(entry.name, taken);
    taken.push({ id });
    return { ...entry, id };
  });
}

interface ChannelPart {
  readonly ids: ReadonlySet<string>;
  readonly counts: ChangeCounts;
  statements(orm: Database): Statements;
}

async function diffChannels(
  config: Config,
  definitions: readonly ChannelDefinition[],
  now: number,
): Promise<Result<ChannelPart, ValidationError>> {
  const stored = new Map((await listChannels(config.db)).map((row) => [row.id, row]));
  const rows: NewChannelRow[] = [];
  for (const [index, definition] of withIds(definitions).entries()) {
    const refusal = channelRefusal(definition, config);
    if (refusal) return err(prefixPath(['channels', index], refusal));
    const known = stored.get(definition.id);
    if (known && (await isSameChannel(config, known, definition))) continue;
    rows.push(await channelRow(config, definition, now));
  }
  const ids = new Set(withIds(definitions).map(({ id }) => id));
  const created = rows.filter((row) => !stored.has(row.id)).length;
  const deleted = [...stored.keys()].filter((id) => !ids.has(id)).length;
  return ok({
    ids,
    counts: { created, updated: rows.length - created, deleted },
    statements: (orm) => [
      ...(deleted > 0
        ? [
            orm
              .delete(channels)
              .where(sql`${channels.id} not in (select value from json_each(${JSON.stringify([...ids])}))`),
          ]
        : []),
      ...rows.map(({ createdAt, ...row }) =>
        orm
          .insert(channels)
          .values({ ...row, createdAt })
          .onConflictDoUpdate({
            target: channels.id,
            set: { ...row, version: sql`${channels.version} + 1` },
          }),
      ),
    ],
  });
}

async function isSameChannel(
  config: Config,
  row: ChannelRow,
  definition: ChannelDefinition,
): Promise<boolean> {
  const { type, name, enabled } = row;
  const opened = await decryptOrNull(config, row);
  const wanted = [definition.type, definition.name, definition.enabled, definition.config];
  return JSON.stringify([type, name, enabled, opened]) === JSON.stringify(wanted);
}

/** Null with a key that was lost: the document has every secret, so what cannot be opened is written anew. */
async function decryptOrNull({ encryptionKey }: Config, { sealedConfig }: ChannelRow): Promise<unknown> {
  try {
    return await unseal<unknown>(encryptionKey, sealedConfig);
  } catch {
    // Where the key itself is no key, sealing the new config says so.
    return null;
  }
}

interface MonitorPart {
  readonly changes: readonly Change[];
  readonly statements: Statements;
  readonly counts: ChangeCounts;
}

async function planMonitors(
  config: Config,
  definitions: readonly MonitorDefinition[],
  channelIds: ReadonlySet<string>,
  state: State,
  orm: Database,
  now: number,
): Promise<Result<MonitorPart, ValidationError>> {
  const entries = withIds(definitions);
  const stored = await loadMonitorContext(config, state, orm, now);
  // Entries may name each other in any order: all of them are numbered before the first one is judged.
  const numbers = new Map(stored.numbers);
  let next = state.nextMonitor;
  for (const { id } of entries) {
    if (numbers.has(id)) continue;
    numbers.set(id, next);
    next += 1;
  }
  const dependencies = new Map(entries.map(({ id, dependsOn }) => [id, dependsOn]));
  const scene = { ...stored, channelIds, dependencies, numbers };
  const byId = new Map(scene.rows.map((row) => [row.id, row]));
  const counts = { created: 0, updated: 0, deleted: 0 };
  const changes: Change[] = [];
  const statements: Statements = [];
  for (const [index, definition] of entries.entries()) {
    const existing = byId.get(definition.id) ?? null;
    byId.delete(definition.id);
    const written = await planWrite(scene, orm, definition, existing, numbers.get(definition.id));
    if (!written.ok) return err(prefixPath(['monitors', index], written.error));
    if (existing && isUnchanged(existing, written.value.row)) continue;
    counts[existing ? 'updated' : 'created'] += 1;
    changes.push(...written.value.changes);
    statements.push(...written.value.statements);
  }
  for (const row of byId.values()) {
    const erased = planDelete(orm, row);
    changes.push(...erased.changes);
    statements.push(...erased.statements);
    counts.deleted += 1;
  }
  return ok({ changes, statements, counts });
}

function isUnchanged(before: MonitorRow, after: MonitorRow): boolean {
  const { updatedAt: _before, version: _v, ...a } = before;
  const { updatedAt: _after, version: _w, ...b } = after;
  const sorted = (row: object): string =>
    JSON.stringify(Object.entries(row).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}

const prefixPath = (prefix: (string | number)[], refusal: ValidationError): ValidationError =>
  refusal.kind === 'not_found' ? refusal : { ...refusal, path: [...prefix, ...refusal.path] };

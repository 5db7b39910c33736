// Applies a whole configuration in one commit: creates or replaces its entries by id, and deletes the rest.
// Does not define what a monitor or a channel may be.
import type { Change } from '../../engine/model/journal.ts';
import type { State } from '../../engine/model/state.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import {
  type ChannelRow,
  listChannels,
  type NewChannelRow,
  removeChannelsExcept,
  upsertChannel,
} from '../../store/channels.ts';
import { commitIfValid, type PendingCommit } from '../../store/commit.ts';
import { unseal } from '../../store/encryption.ts';
import type { MonitorRow } from '../../store/monitors.ts';
import { loadState } from '../../store/shard.ts';
import { apiContext } from '../api-context.ts';
import { type ChannelDefinition, channelRow, validateChannel } from '../channels/channels.ts';
import { syncLocations } from '../locations/sync-locations.ts';
import { loadMonitorContext, planDelete, planWrite } from '../monitors/plan-monitor.ts';
import type { MonitorDefinition } from '../monitors/validate-monitor.ts';
import { uniqueSlug } from '../slug.ts';

export interface Configuration {
  readonly monitors: readonly MonitorDefinition[];
  readonly channels: readonly ChannelDefinition[];
}

/** Numbers of monitors and channels that changed. Entries that are already stored so do not count. */
export interface ChangeCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
}

type Statements = NonNullable<PendingCommit['statements']>[number][];

/** Applies everything or nothing. The path of an error begins with `monitors` or `channels`. */
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
  const committed = await commitIfValid(context, base, async (state) => {
    const planned = await planMonitors(config, wanted.monitors, channelPart.value.ids, state, now);
    if (!planned.ok) return planned;
    applied = add(channelPart.value.counts, planned.value.counts);
    const statements = [...channelPart.value.statements, ...planned.value.statements];
    return ok({ entry: { kind: 'change', changes: planned.value.changes }, statements });
  });
  return committed.ok ? ok(applied) : committed;
}

const add = (a: ChangeCounts, b: ChangeCounts): ChangeCounts => ({
  created: a.created + b.created,
  updated: a.updated + b.updated,
  deleted: a.deleted + b.deleted,
});

/** Gives every entry an id: its own, or a free slug of its name. */
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
  readonly statements: Statements;
}

async function diffChannels(
  config: Config,
  definitions: readonly ChannelDefinition[],
  now: number,
): Promise<Result<ChannelPart, ValidationError>> {
  const stored = new Map((await listChannels(config.db)).map((row) => [row.id, row]));
  const rows: NewChannelRow[] = [];
  for (const [index, definition] of withIds(definitions).entries()) {
    const invalid = validateChannel(definition, config);
    if (invalid) return err(prefixPath(['channels', index], invalid));
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
    statements: [
      ...(deleted > 0 ? [removeChannelsExcept(config.db, ids)] : []),
      ...rows.map((row) => upsertChannel(config.db, row)),
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

/** Null if the key was lost. The document has every secret, so the channel is written again. */
async function decryptOrNull({ encryptionKey }: Config, { sealedConfig }: ChannelRow): Promise<unknown> {
  try {
    return await unseal<unknown>(encryptionKey, sealedConfig);
  } catch {
    // If the key itself is malformed, encrypting the new config throws.
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
  now: number,
): Promise<Result<MonitorPart, ValidationError>> {
  const entries = withIds(definitions);
  const stored = await loadMonitorContext(config, state, now);
  // Entries may depend on each other in any order, so all of them get a number before the first is validated.
  const numbers = new Map(stored.numbers);
  let next = state.nextMonitor;
  for (const { id } of entries) {
    if (numbers.has(id)) continue;
    numbers.set(id, next);
    next += 1;
  }
  const dependencies = new Map(entries.map(({ id, dependsOn }) => [id, dependsOn]));
  const context = { ...stored, channelIds, dependencies, numbers };
  const byId = new Map(context.rows.map((row) => [row.id, row]));
  const counts = { created: 0, updated: 0, deleted: 0 };
  const changes: Change[] = [];
  const statements: Statements = [];
  for (const [index, definition] of entries.entries()) {
    const existing = byId.get(definition.id) ?? null;
    byId.delete(definition.id);
    const written = await planWrite(context, definition, existing, numbers.get(definition.id));
    if (!written.ok) return err(prefixPath(['monitors', index], written.error));
    if (existing && isUnchanged(existing, written.value.row)) continue;
    counts[existing ? 'updated' : 'created'] += 1;
    changes.push(...written.value.changes);
    statements.push(...written.value.statements);
  }
  for (const row of byId.values()) {
    const removal = planDelete(context, row);
    changes.push(...removal.changes);
    statements.push(...removal.statements);
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

const prefixPath = (prefix: (string | number)[], error: ValidationError): ValidationError =>
  'path' in error ? { ...error, path: [...prefix, ...error.path] } : error;

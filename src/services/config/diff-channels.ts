// Owns the difference between the channels of a configuration and the stored ones. Does not commit.
import type { Caller } from '../../access/caller.ts';
import { MAX_AGE_MS } from '../../delivery/retry-policy.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { changedFields as changedAuditFields } from '../../store/audit.ts';
import { enablingStatements } from '../../store/channel-enabling.ts';
import {
  type ChannelRow,
  listChannels,
  type NewChannelRow,
  removeChannelsExcept,
  upsertChannel,
} from '../../store/channels.ts';
import { resumeChannel } from '../../store/outbox-lines.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import {
  type ChannelDefinition,
  channelRow,
  decryptConfig,
  definitionOf,
  type FilledChannel,
  fillChannel,
  storedTemplates,
} from '../channels/channels.ts';
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

export interface ChannelDiff {
  /** Of the channels that exist afterwards. */
  readonly ids: ReadonlySet<string>;
  readonly plan: KindPlan;
  readonly storedCount: number;
  readonly statements: Statements;
  /** Stored channels that changed and are enabled now: what waits for them is due. */
  readonly resumed: readonly string[];
  /** Queues what is open for those that were disabled. Goes after the monitors' statements, which decide who uses a channel. */
  readonly resuming: Statements;
  readonly differences: readonly EntryDifference[];
}

/** Undefined definitions: all channels stay. */
export async function diffChannels(
  config: Config,
  definitions: readonly ChannelDefinition[] | undefined,
  caller: Caller,
): Promise<Result<ChannelDiff, ValidationError>> {
  const { now } = caller;
  const stored = new Map((await listChannels(config.db)).map((row) => [row.id, row]));
  const storedCount = stored.size;
  if (definitions === undefined) {
    const ids = new Set(stored.keys());
    const nothing = { statements: [], resumed: [], resuming: [], differences: [] };
    return ok({ ids, plan: NO_CHANGES, storedCount, ...nothing });
  }
  const names = await readRestrictingNames(config.db, caller);
  const entries = withIds(definitions, 'channel');
  const rows: NewChannelRow[] = [];
  const updates: PlannedUpdate[] = [];
  const differences: EntryDifference[] = [];
  for (const [index, definition] of entries.entries()) {
    const known = stored.get(definition.id) ?? null;
    const filled = await fillChannel(config, definition, known);
    if (!filled.ok) return err(prefixPath(['channels', index], filled.error));
    const fields = known ? await differentFields(config, known, filled.value) : [];
    if (known && fields.length === 0) continue;
    const row = await channelRow(config, { ...filled.value, id: definition.id }, now);
    const refused = restrictingTagsError(caller, row.tags ?? {}, known?.tags ?? null, names);
    if (refused) return err(prefixPath(['channels', index], refused));
    if (known) updates.push({ id: definition.id, fields });
    differences.push({ id: definition.id, ...channelDifference(known, row, fields) });
    rows.push(row);
  }
  const ids = new Set(entries.map(({ id }) => id));
  const created = rows.flatMap(({ id }) => (stored.has(id) ? [] : [id]));
  const deleted = [...stored.keys()].filter((id) => !ids.has(id));
  for (const id of deleted) differences.push({ id, before: definitionOf(stored.get(id)!), after: null });
  const resumed = rows.filter(({ id, enabled }) => enabled && stored.has(id)).map(({ id }) => id);
  return ok({
    ids,
    resumed,
    storedCount,
    differences,
    plan: { create: created, update: updates, delete: deleted },
    statements: [
      ...(deleted.length > 0 ? [removeChannelsExcept(config.db, ids)] : []),
      ...rows.map((row) => upsertChannel(config.db, row)),
    ],
    resuming: resumed.flatMap((id) =>
      stored.get(id)?.enabled
        ? resumeChannel(config.db, id)
        : enablingStatements(config.db, id, now, MAX_AGE_MS),
    ),
  });
}

/** Secrets are not in it: a config of which only those differ is marked. */
function channelDifference(
  known: ChannelRow | null,
  row: NewChannelRow,
  fields: readonly string[],
): Pick<EntryDifference, 'before' | 'after'> {
  const written = { ...definitionOf(row) };
  if (known === null) return { before: null, after: written };
  const { before, after } = changedAuditFields({ ...definitionOf(known) }, written);
  const isHidden = fields.includes('config') && !Object.hasOwn(after as object, 'config');
  return { before, after: isHidden ? { ...(after as object), secretsChanged: true } : after };
}

/** The fields that differ, with the config as one: its values may be secret. */
async function differentFields(
  config: Config,
  row: ChannelRow,
  definition: FilledChannel,
): Promise<string[]> {
  // If the key was lost, the document has every secret, and the channel is written again.
  const opened = await decryptConfig(config, row);
  const { type, name, tags, enabled } = definition;
  const templates = storedTemplates(definition);
  const { type: oldType, name: oldName, tags: oldTags, enabled: wasEnabled, templates: old } = row;
  return changedFields(
    { type: oldType, name: oldName, tags: oldTags, enabled: wasEnabled, templates: old, config: opened },
    { type, name, tags, enabled, templates, config: definition.config },
  );
}

// Owns the difference between the channels of a configuration and the stored ones. Does not commit.
import { MAX_AGE_MS } from '../../delivery/retry-policy.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import { enablingStatements } from '../../store/channel-enabling.ts';
import {
  type ChannelRow,
  listChannels,
  type NewChannelRow,
  removeChannelsExcept,
  upsertChannel,
} from '../../store/channels.ts';
import { resumeChannel } from '../../store/outbox-lines.ts';
import {
  type ChannelDefinition,
  channelRow,
  decryptConfig,
  type FilledChannel,
  fillChannel,
} from '../channels/channels.ts';
import { type ChangeCounts, prefixPath, type Statements, withIds } from './entries.ts';

interface ChannelDiff {
  readonly ids: ReadonlySet<string>;
  readonly counts: ChangeCounts;
  readonly statements: Statements;
  /** Stored channels that changed and are enabled now: what waits for them is due. */
  readonly resumed: readonly string[];
  /** Queues what is open for those that were disabled. Goes after the monitors' statements, which decide who uses a channel. */
  readonly resuming: Statements;
}

export async function diffChannels(
  config: Config,
  definitions: readonly ChannelDefinition[],
  now: number,
): Promise<Result<ChannelDiff, ValidationError>> {
  const stored = new Map((await listChannels(config.db)).map((row) => [row.id, row]));
  const entries = withIds(definitions);
  const rows: NewChannelRow[] = [];
  for (const [index, definition] of entries.entries()) {
    const known = stored.get(definition.id) ?? null;
    const filled = await fillChannel(config, definition, known);
    if (!filled.ok) return err(prefixPath(['channels', index], filled.error));
    if (known && (await isSameChannel(config, known, filled.value))) continue;
    rows.push(await channelRow(config, { ...filled.value, id: definition.id }, now));
  }
  const ids = new Set(entries.map(({ id }) => id));
  const created = rows.filter((row) => !stored.has(row.id)).length;
  const deleted = [...stored.keys()].filter((id) => !ids.has(id)).length;
  const resumed = rows.filter(({ id, enabled }) => enabled && stored.has(id)).map(({ id }) => id);
  return ok({
    ids,
    resumed,
    counts: { created, updated: rows.length - created, deleted },
    statements: [
      ...(deleted > 0 ? [removeChannelsExcept(config.db, ids)] : []),
      ...rows.map((row) => upsertChannel(config.db, row)),
    ],
    resuming: resumed.flatMap((id) =>
      stored.get(id)?.enabled
        ? resumeChannel(config.db, id)
        : enablingStatements(config.db, id, now, MAX_AGE_MS),
    ),
  });
}

async function isSameChannel(config: Config, row: ChannelRow, definition: FilledChannel): Promise<boolean> {
  const { type, name, enabled } = row;
  // If the key was lost, the document has every secret, and the channel is written again.
  const opened = await decryptConfig(config, row);
  const wanted = [definition.type, definition.name, definition.enabled, definition.config];
  return JSON.stringify([type, name, enabled, opened]) === JSON.stringify(wanted);
}

// Applies a whole configuration in one commit: creates or replaces its entries by id, and deletes the rest.
// Does not define what a monitor or a channel may be.
import { enqueueDelivery } from '../../delivery/queue.ts';
import type { Config } from '../../env.ts';
import { ok, type Result, type ValidationError } from '../../result.ts';
import { commitIfValid } from '../../store/commit.ts';
import { loadState } from '../../store/shard.ts';
import { apiContext } from '../api-context.ts';
import type { ChannelDefinition } from '../channels/channels.ts';
import { syncLocations } from '../locations/sync-locations.ts';
import type { MonitorDefinition } from '../monitors/validate-monitor.ts';
import { diffChannels } from './diff-channels.ts';
import { diffMonitors } from './diff-monitors.ts';
import type { ChangeCounts } from './entries.ts';

export interface Configuration {
  readonly monitors: readonly MonitorDefinition[];
  readonly channels: readonly ChannelDefinition[];
}

/** Applies everything or nothing. The path of an error begins with `monitors` or `channels`. */
export async function applyConfiguration(
  config: Config,
  wanted: Configuration,
  now: number,
): Promise<Result<ChangeCounts, ValidationError>> {
  const diffed = await diffChannels(config, wanted.channels, now);
  if (!diffed.ok) return diffed;
  const channels = diffed.value;
  const context = apiContext(config, now);
  const base = await syncLocations(context, await loadState(config.db), config.locations);
  let applied = channels.counts;
  const committed = await commitIfValid(context, base, async (state) => {
    const monitors = await diffMonitors(config, wanted.monitors, channels.ids, state, now);
    if (!monitors.ok) return monitors;
    const { changes, statements, counts } = monitors.value;
    applied = add(channels.counts, counts);
    return ok({
      entry: { kind: 'change', changes },
      statements: [...channels.statements, ...statements, ...channels.resuming],
    });
  });
  if (!committed.ok) return committed;
  await Promise.all(channels.resumed.map((id) => enqueueDelivery(config, id, 0)));
  return ok(applied);
}

const add = (a: ChangeCounts, b: ChangeCounts): ChangeCounts => ({
  created: a.created + b.created,
  updated: a.updated + b.updated,
  deleted: a.deleted + b.deleted,
});

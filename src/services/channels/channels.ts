// Creates, changes and deletes channels. Seals the config on its way in; only the deliverer and a change open it again.
import { type ChannelType, channelTypes, shownConfig } from '../../channels/catalogue.ts';
import { validateReceiverUrl } from '../../channels/receiver-url.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError } from '../../result.ts';
import type { ChannelRow } from '../../store/channels.ts';
import * as store from '../../store/channels.ts';
import { seal, unseal } from '../../store/encryption.ts';
import { uniqueSlug } from '../monitors/monitors.ts';

/** A channel as a person wrote it, defaults applied: secrets in the clear. */
export interface ChannelDefinition {
  readonly id?: string | undefined;
  readonly type: ChannelType;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly enabled: boolean;
}

/** Where the channel points to somewhere that must not be called; null when it does not. */
export function channelRefusal(
  definition: ChannelDefinition,
  config: Pick<Config, 'allowLoopback'>,
): ValidationError | null {
  for (const field of channelTypes[definition.type].urlFields) {
    const message = validateReceiverUrl(String(definition.config[field]), config);
    if (message !== null) return { kind: 'invalid', path: ['config', field], message };
  }
  return null;
}

/** The row of a channel: its config encrypted whole, and the part that may be shown. */
export async function channelRow(
  config: Pick<Config, 'encryptionKey'>,
  definition: ChannelDefinition & { readonly id: string },
  now: number,
): Promise<store.NewChannelRow> {
  const { id, type, name, enabled } = definition;
  const sealedConfig = await seal(config.encryptionKey, definition.config);
  const publicConfig = shownConfig(type, definition.config);
  return { id, type, name, sealedConfig, publicConfig, enabled, createdAt: now, updatedAt: now };
}

export async function createChannel(
  config: Config,
  definition: ChannelDefinition,
  now: number,
): Promise<Result<ChannelRow, ValidationError>> {
  const refusal = channelRefusal(definition, config);
  if (refusal) return err(refusal);
  const id = definition.id ?? uniqueSlug(definition.name, await store.listChannels(config.db));
  const row = await store.insertChannel(config.db, await channelRow(config, { ...definition, id }, now));
  if (row) return ok(row);
  const message = `A channel with the id "${id}" exists. Choose another id, or change that one.`;
  return err({ kind: 'conflict', path: ['id'], message });
}

/** A stored channel with its secrets, ready to be changed. */
export async function openChannel(
  config: Config,
  id: string,
): Promise<Result<{ row: ChannelRow; definition: ChannelDefinition }, ValidationError>> {
  const row = await store.findChannel(config.db, id);
  if (!row) return err(unknownChannel(id));
  const { type, name, enabled } = row;
  let opened: Record<string, unknown>;
  try {
    opened = await unseal<Record<string, unknown>>(config.encryptionKey, row.sealedConfig);
  } catch {
    // Whatever is wrong with key or text, this is what can be done about it.
    return err({ kind: 'conflict', path: ['config'], message: CLOSED });
  }
  return ok({ row, definition: { id, type: type as ChannelType, name, config: opened, enabled } });
}

export async function updateChannel(
  config: Config,
  read: ChannelRow,
  definition: ChannelDefinition,
  now: number,
): Promise<Result<ChannelRow, ValidationError>> {
  const refusal = channelRefusal(definition, config);
  if (refusal) return err(refusal);
  const next = await channelRow(config, { ...definition, id: read.id }, now);
  const row = await store.updateChannel(config.db, read, next);
  if (row) return ok(row);
  const message = `The channel "${read.id}" was changed by somebody else just now. Read it again, and repeat.`;
  return err({ kind: 'conflict', path: [], message });
}

/** A channel that monitors name stays: they would be told of an outage that nobody hears. */
export async function deleteChannel(config: Config, id: string): Promise<Result<void, ValidationError>> {
  if (await store.deleteUnusedChannel(config.db, id)) return ok(undefined);
  const named = await store.monitorsUsing(config.db, id);
  if (named.length === 0) return err(unknownChannel(id));
  const list = named.slice(0, 20).join(', ');
  const message = `These monitors name the channel "${id}": ${list}. Take it out of their channels first.`;
  return err({ kind: 'conflict', path: ['channels'], message });
}

const CLOSED =
  'What is stored cannot be opened with this ENCRYPTION_KEY. Restore the key, or write the channel anew: with ' +
  'PUT /api/v1/configuration, or by deleting and creating it.';

const unknownChannel = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `There is no channel "${id}". GET /api/v1/channels lists them.`,
});

// Creates, changes and deletes channels. Seals the config on its way in; only the deliverer and a change open it again.
import { type ChannelType, channelTypes, shownConfig } from '../../channels/catalogue.ts';
import { urlRefusal } from '../../channels/receiver-url.ts';
import type { Config } from '../../env.ts';
import { done, type Refusal, type Result, refuse } from '../../result.ts';
import type { ChannelRow } from '../../store/channels.ts';
import * as store from '../../store/channels.ts';
import { seal, unseal } from '../../store/encryption.ts';
import { freeSlug } from '../monitors/monitors.ts';

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
): Refusal | null {
  for (const field of channelTypes[definition.type].urlFields) {
    const message = urlRefusal(String(definition.config[field]), config);
    if (message !== null) return { kind: 'invalid', path: ['config', field], message };
  }
  return null;
}

/** The row of a channel: its config sealed whole, and what of it may be shown. */
export async function channelRow(
  config: Pick<Config, 'encryptionKey'>,
  definition: ChannelDefinition & { readonly id: string },
  now: number,
): Promise<store.NewChannelRow> {
  const { id, type, name, enabled } = definition;
  const sealed = await seal(config.encryptionKey, definition.config);
  const shown = shownConfig(type, definition.config);
  return { id, type, name, sealed, shown, enabled, createdAt: now, updatedAt: now };
}

export async function createChannel(
  config: Config,
  definition: ChannelDefinition,
  now: number,
): Promise<Result<ChannelRow, Refusal>> {
  const refusal = channelRefusal(definition, config);
  if (refusal) return refuse(refusal);
  const id = definition.id ?? freeSlug(definition.name, await store.listChannels(config.db));
  const row = await store.insertChannel(config.db, await channelRow(config, { ...definition, id }, now));
  if (row) return done(row);
  const message = `A channel with the id "${id}" exists. Choose another id, or change that one.`;
  return refuse({ kind: 'conflict', path: ['id'], message });
}

/** A stored channel with its secrets, ready to be changed. */
export async function openChannel(
  config: Config,
  id: string,
): Promise<Result<{ row: ChannelRow; definition: ChannelDefinition }, Refusal>> {
  const row = await store.findChannel(config.db, id);
  if (!row) return refuse(unknownChannel(id));
  const { type, name, enabled } = row;
  let opened: Record<string, unknown>;
  try {
    opened = await unseal<Record<string, unknown>>(config.encryptionKey, row.sealed);
  } catch {
    // Whatever is wrong with key or text, this is what can be done about it.
    return refuse({ kind: 'conflict', path: ['config'], message: CLOSED });
  }
  return done({ row, definition: { id, type: type as ChannelType, name, config: opened, enabled } });
}

export async function updateChannel(
  config: Config,
  read: ChannelRow,
  definition: ChannelDefinition,
  now: number,
): Promise<Result<ChannelRow, Refusal>> {
  const refusal = channelRefusal(definition, config);
  if (refusal) return refuse(refusal);
  const next = await channelRow(config, { ...definition, id: read.id }, now);
  const row = await store.updateChannel(config.db, read, next);
  if (row) return done(row);
  const message = `The channel "${read.id}" was changed by somebody else just now. Read it again, and repeat.`;
  return refuse({ kind: 'conflict', path: [], message });
}

/** A channel that monitors name stays: they would be told of an outage that nobody hears. */
export async function deleteChannel(config: Config, id: string): Promise<Result<void, Refusal>> {
  if (await store.deleteUnnamedChannel(config.db, id)) return done(undefined);
  const named = await store.monitorsNaming(config.db, id);
  if (named.length === 0) return refuse(unknownChannel(id));
  const list = named.slice(0, 20).join(', ');
  const message = `These monitors name the channel "${id}": ${list}. Take it out of their channels first.`;
  return refuse({ kind: 'conflict', path: ['channels'], message });
}

const CLOSED =
  'What is stored cannot be opened with this ENCRYPTION_KEY. Restore the key, or write the channel anew: with ' +
  'PUT /api/v1/configuration, or by deleting and creating it.';

const unknownChannel = (id: string): Refusal => ({
  kind: 'not_found',
  message: `There is no channel "${id}". GET /api/v1/channels lists them.`,
});

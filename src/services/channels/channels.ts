// Creates and updates channels. Encrypts the config on its way in. Only a delivery and a write that keeps a
// stored value decrypt it. Does not delete one: delete-channel.ts does.
import type { Caller } from '../../access/caller.ts';
import type { Templates } from '../../channels/apply-templates.ts';
import { type ChannelType, findChannelType, shownConfig } from '../../channels/catalogue.ts';
import { templateProblem } from '../../channels/check-templates.ts';
import { validateReceiverUrl } from '../../channels/receiver-url.ts';
import { addressFields, fillConfig, isComplete, readConfig } from '../../channels/written-config.ts';
import { enqueueDelivery } from '../../delivery/queue.ts';
import { MAX_AGE_MS } from '../../delivery/retry-policy.ts';
import type { EncryptionKeys } from '../../encryption-key.ts';
import type { Config } from '../../env.ts';
import { err, ok, type Result, type ValidationError, type VersionError } from '../../result.ts';
import { runAudited } from '../../store/audit.ts';
import type { ChannelRow } from '../../store/channels.ts';
import * as store from '../../store/channels.ts';
import { runBatch } from '../../store/database.ts';
import { channelPlace, seal, unseal } from '../../store/encryption.ts';
import { resumeChannel } from '../../store/outbox-lines.ts';
import type { Tags } from '../../tags.ts';
import { ifInside, takenId } from '../access/references.ts';
import { readRestrictingNames, restrictingTagsError } from '../access/restricting-tags.ts';
import { freeDerivedId } from '../derived-id.ts';
import { changedMeanwhile, versionError } from '../expected-version.ts';
import { changedChannel, channelRecord } from './channel-record.ts';

/** A channel as a person writes it, with defaults applied. In `config`, null keeps a stored secret or address. */
export interface ChannelDefinition {
  readonly id?: string | undefined;
  readonly type: ChannelType;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly tags: Tags;
  readonly enabled: boolean;
  /** Null or absent: the default texts. */
  readonly templates?: Templates | null | undefined;
}

/** The same with every value in plain text, ready to be sealed. */
export interface FilledChannel extends ChannelDefinition {
  readonly filled: true;
}

/**
 * Puts the stored values in place of nulls, and rejects a receiver address that the coordinator must not call. `row` is
 * the stored channel, if there is one.
 */
export async function fillChannel(
  config: Pick<Config, 'allowLoopback' | keyof EncryptionKeys>,
  definition: ChannelDefinition,
  row: ChannelRow | null,
): Promise<Result<FilledChannel, ValidationError>> {
  const channel = findChannelType(definition.type)!;
  const stored = row?.type === definition.type ? await decryptConfig(config, row) : null;
  if (stored === 'undecryptable' && !isComplete(channel, definition.config))
    return err({ kind: 'conflict', path: ['config'], message: UNDECRYPTABLE });
  const filled = fillConfig(channel, definition.config, stored === 'undecryptable' ? null : stored);
  if (!('config' in filled))
    return err({ kind: 'invalid', path: ['config', ...filled.path], message: filled.message });
  const complete: FilledChannel = { ...definition, config: filled.config, filled: true };
  const invalid = validateChannel(complete, config);
  return invalid ? err(invalid) : ok(complete);
}

function validateChannel(
  definition: FilledChannel,
  config: Pick<Config, 'allowLoopback'>,
): ValidationError | null {
  const channel = findChannelType(definition.type)!;
  for (const field of addressFields(channel)) {
    const url = definition.config[field];
    const message = url === undefined ? null : validateReceiverUrl(String(url), config);
    if (message !== null) return { kind: 'invalid', path: ['config', field], message };
  }
  const problem = templateProblem(channel, definition.config, storedTemplates(definition));
  return problem && { kind: 'invalid', path: [...problem.path], message: problem.message };
}

/** Null if no template is left. */
export function storedTemplates({ templates }: Pick<ChannelDefinition, 'templates'>): Templates | null {
  const { title, body } = templates ?? {};
  return title || body ? { ...(title && { title }), ...(body && { body }) } : null;
}

/** The row of a channel: the whole config encrypted, and the public part of it. */
export async function channelRow(
  keys: EncryptionKeys,
  definition: FilledChannel & { readonly id: string },
  now: number,
): Promise<store.NewChannelRow> {
  const { id, type, name, tags, enabled } = definition;
  const templates = storedTemplates(definition);
  const sealedConfig = await seal(keys, channelPlace(id), definition.config);
  const publicConfig = shownConfig(type, definition.config);
  const times = { createdAt: now, updatedAt: now };
  return { id, type, name, sealedConfig, publicConfig, templates, tags, enabled, ...times };
}

export async function createChannel(
  config: Config,
  definition: ChannelDefinition,
  caller: Caller,
): Promise<Result<ChannelRow, ValidationError>> {
  const { db } = config;
  const names = await readRestrictingNames(db, caller);
  const refused = restrictingTagsError(caller, definition.tags, null, names);
  if (refused) return err(refused);
  const filled = await fillChannel(config, definition, null);
  if (!filled.ok) return filled;
  const id = definition.id ?? freeDerivedId(definition.name, 'channel', await store.listChannels(db));
  const row = await channelRow(config, { ...filled.value, id }, caller.now);
  const written = await runAudited<never>(db, config, caller, async () =>
    ok({
      statements: [store.insertChannel(db, row)],
      record: channelRecord('created', row),
      options: { ifChanged: true },
    }),
  );
  const created = newRow(written);
  if (created) return ok(created);
  const isShown = ifInside(caller.restriction, await store.findChannel(db, id)) !== null;
  return err({ kind: 'conflict', path: ['id'], message: takenId('channel', id, isShown) });
}

/**
 * Applies `patch` to the stored channel, as a read returns it. Fails with `precondition_failed` if the row has another
 * version than the expected one, and with `conflict` if it changes while this update runs. An update that changes nothing
 * only makes due what waits.
 */
export async function updateChannel<E = ValidationError>(
  config: Config,
  id: string,
  patch: (stored: ChannelDefinition) => Result<ChannelDefinition, E>,
  caller: Caller,
  expectedVersion?: number,
): Promise<Result<ChannelRow, ValidationError | VersionError | E>> {
  const { db } = config;
  const row = ifInside(caller.restriction, await store.findChannel(db, id));
  if (!row) return err(unknownChannel(id));
  const outdated = versionError(`The channel "${id}"`, row, expectedVersion);
  if (outdated) return err(outdated);
  const patched = patch(definitionOf(row));
  if (!patched.ok) return patched;
  const names = await readRestrictingNames(db, caller);
  const refused = restrictingTagsError(caller, patched.value.tags, row.tags, names);
  if (refused) return err(refused);
  const filled = await fillChannel(config, patched.value, row);
  if (!filled.ok) return filled;
  const next = await channelRow(config, { ...filled.value, id }, caller.now);
  const changes = changedChannel(
    { row, config: await decryptConfig(config, row) },
    { row: next, config: filled.value.config },
  );
  if (changes === null) {
    if (row.enabled) await runBatch(db, resumeChannel(db, id));
    return queued(config, row);
  }
  const written = await runAudited<never>(db, config, caller, async () => {
    const { update, following } = store.updateChannel(db, row, next, MAX_AGE_MS);
    const record = { ...channelRecord('updated', next), ...changes };
    return ok({ statements: [update], record, options: { ifChanged: true }, following });
  });
  const updated = newRow(written);
  return updated ? queued(config, updated) : err(channelChanged(id, expectedVersion));
}

/** What waits for the channel is due. */
async function queued(config: Config, row: ChannelRow): Promise<Result<ChannelRow, never>> {
  if (row.enabled) await enqueueDelivery(config, row.id, 0);
  return ok(row);
}

/** What the first statement of a change returned. Undefined if it changed nothing. */
const newRow = (written: Result<readonly unknown[], never>): ChannelRow | undefined =>
  written.ok ? (written.value[0] as ChannelRow[])[0] : undefined;

/** Another change came between the read and the write. */
export function channelChanged(
  id: string,
  expectedVersion: number | undefined,
): ValidationError | VersionError {
  const conflict = changedMeanwhile(`the channel "${id}"`);
  return expectedVersion === undefined
    ? conflict
    : { kind: 'precondition_failed', message: conflict.message };
}

/** The stored channel without secrets. Its type may be newer than this version: the schema then rejects it. */
export function definitionOf({
  id,
  type,
  name,
  tags = {},
  enabled,
  publicConfig,
  templates,
}: Pick<
  store.NewChannelRow,
  'id' | 'type' | 'name' | 'tags' | 'enabled' | 'publicConfig' | 'templates'
>): ChannelDefinition {
  const channel = findChannelType(type);
  const config = channel ? readConfig(channel, publicConfig) : publicConfig;
  return { id, type: type as ChannelType, name, config, tags, enabled, templates: templates ?? null };
}

/** The config in plain text. */
export async function decryptConfig(
  keys: EncryptionKeys,
  { id, sealedConfig }: Pick<ChannelRow, 'id' | 'sealedConfig'>,
): Promise<Readonly<Record<string, unknown>> | 'undecryptable'> {
  try {
    return await unseal<Record<string, unknown>>(keys, channelPlace(id), sealedConfig);
  } catch {
    // The fix is the same for a wrong key and for a damaged text.
    return 'undecryptable';
  }
}

const UNDECRYPTABLE =
  'The stored config cannot be decrypted with this ENCRYPTION_KEY. Restore the key, or write the channel again, with ' +
  'its address and its secrets.';

export const unknownChannel = (id: string): ValidationError => ({
  kind: 'not_found',
  message: `Unknown channel "${id}". GET /api/v1/channels lists all channels.`,
});

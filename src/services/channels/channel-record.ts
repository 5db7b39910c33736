// Owns what the audit log keeps of a channel: its readable part, and the names of secrets that changed. Never a secret or
// an address. Does not write the log.
import { type AuditRecord, changedFields } from '../../store/audit.ts';
import type { NewChannelRow } from '../../store/channels.ts';
import { changedFields as differingFields } from '../config/entries.ts';

type Shown = Pick<NewChannelRow, 'id' | 'type' | 'name' | 'publicConfig' | 'templates' | 'tags' | 'enabled'>;
type Content = Pick<AuditRecord, 'before' | 'after'>;

/** The channel as people read it. */
const shownChannel = ({ id, type, name, publicConfig, templates = null, tags = {}, enabled }: Shown) => ({
  ...{ id, type, name, config: publicConfig, templates, tags, enabled },
});

/** Of a deletion, `before` is the channel; otherwise `after` is. */
export const channelRecord = (
  action: 'created' | 'updated' | 'deleted' | 'tested',
  row: Shown,
): AuditRecord => ({
  action: `channel.${action}`,
  target: { type: 'channel', id: row.id, name: row.name },
  before: action === 'deleted' ? shownChannel(row) : null,
  after: action === 'created' ? shownChannel(row) : null,
});

/** A channel and its config in plain text. */
interface OpenChannel {
  readonly row: Shown;
  readonly config: Readonly<Record<string, unknown>> | 'undecryptable';
}

/** The fields that differ. Null if nothing does. */
export function changedChannel(before: OpenChannel, after: OpenChannel): Content | null {
  const [old, next] = [shownChannel(before.row), shownChannel(after.row)];
  const secrets = changedSecrets(before, after);
  if (secrets.length === 0 && differingFields(old, next).length === 0) return null;
  const shown = changedFields(old, next);
  return secrets.length === 0
    ? shown
    : { before: shown.before, after: { ...(shown.after as object), changedSecrets: secrets } };
}

/** Names of the fields that no read shows and that have another value. */
function changedSecrets(before: OpenChannel, after: OpenChannel): string[] {
  const valuesOf = ({ config }: OpenChannel) => (config === 'undecryptable' ? {} : config);
  return differingFields(valuesOf(before), valuesOf(after))
    .filter((field) => (after.row.publicConfig[field] ?? null) === null)
    .toSorted();
}

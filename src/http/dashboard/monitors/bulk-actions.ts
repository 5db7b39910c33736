// Owns what can be done with many monitors at once: the inputs of each action, and the update of each monitor that follows.
// Does not draw forms. The API validates.
import { shownIds } from '../../../services/access/references.ts';
import type { MonitorRow } from '../../../store/monitors.ts';
import type { MonitorPatch } from '../../api/monitors/schema.ts';

export const BULK_ACTIONS = {
  pause: { label: 'Pause', done: 'paused' },
  resume: { label: 'Resume', done: 'resumed' },
  addTags: { label: 'Add tags', done: 'changed' },
  removeTags: { label: 'Remove tags', done: 'changed' },
  group: { label: 'Group', done: 'changed' },
  channels: { label: 'Channels', done: 'changed' },
  interval: { label: 'Interval', done: 'changed' },
  locations: { label: 'Locations', done: 'changed' },
  delete: { label: 'Delete', done: 'deleted' },
} as const;
export type BulkAction = keyof typeof BULK_ACTIONS;

/** What was typed, by name of the input. */
export interface BulkValues {
  readonly tags: string;
  readonly group: string;
  readonly channelMode: string;
  readonly channels: readonly string[];
  readonly interval: string;
  readonly locationMode: string;
  readonly locations: readonly string[];
  readonly detach: boolean;
}

export const CHANNEL_MODES = {
  add: 'Also notify these',
  remove: 'No longer notify these',
  set: 'Notify exactly these',
  default: 'By the routes, or the default channels',
} as const;

export function readValues(params: URLSearchParams): BulkValues {
  const text = (name: string): string => (params.get(name) ?? '').trim();
  const texts = (name: string): string[] => [...new Set(params.getAll(name))];
  return {
    ...{ tags: text('tags'), group: text('group'), interval: text('interval') },
    ...{ channelMode: text('channelMode') || 'add', channels: texts('channel') },
    ...{ locationMode: text('locationMode') || 'all', locations: texts('location') },
    detach: text('detach') === 'yes',
  };
}

/** These need nothing more to be previewed. */
export const isComplete = (action: BulkAction): boolean => ['pause', 'resume', 'delete'].includes(action);

/** Why no update follows from the inputs, by name of the input. */
export function valueErrors(action: BulkAction, values: BulkValues): Readonly<Record<string, string>> {
  if ((action === 'addTags' || action === 'removeTags') && tagsOf(values.tags).length === 0)
    return {
      tags:
        action === 'addTags' ? 'Write a tag, such as team:shop.' : 'Write the name of a tag, such as team.',
    };
  if (action === 'channels' && !Object.hasOwn(CHANNEL_MODES, values.channelMode))
    return { channelMode: 'Choose what to do with the channels.' };
  if (action === 'channels' && ['add', 'remove'].includes(values.channelMode) && values.channels.length === 0)
    return { channels: 'Choose a channel.' };
  if (action === 'locations' && values.locationMode !== 'all' && values.locations.length === 0)
    return { locations: 'Choose a location, or all.' };
  return {};
}

/** `team:shop, stage` as names with values. A tag without a colon has an empty value. */
export const tagsOf = (text: string): [name: string, value: string][] =>
  text
    .split(/[\n,]+/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
    .map((tag) => {
      const [name = ''] = tag.split(':', 1);
      return [name.trim(), tag.slice(name.length + 1).trim()];
    });

/** What the update of one monitor is. `inside`: ids of the channels that the person sees. */
export function patchOf(
  action: Exclude<BulkAction, 'delete'>,
  values: BulkValues,
  row: Pick<MonitorRow, 'channels' | 'tags'>,
  restriction: readonly string[] | null,
  inside: ReadonlySet<string>,
): MonitorPatch {
  switch (action) {
    case 'pause':
      return { paused: true };
    case 'resume':
      return { paused: false };
    case 'addTags':
      return { tags: Object.fromEntries(tagsOf(values.tags)) };
    case 'removeTags': {
      // One that the monitor does not have, or with another value, stays as it is.
      const removed = tagsOf(values.tags).filter(
        ([name, value]) => Object.hasOwn(row.tags, name) && (value === '' || row.tags[name] === value),
      );
      return { tags: Object.fromEntries(removed.map(([name]) => [name, null])) };
    }
    case 'group':
      return { group: values.group === '' ? null : values.group };
    case 'channels': {
      if (values.channelMode === 'default') return { channels: 'default' };
      if (values.channelMode === 'set') return { channels: [...values.channels] };
      const shown = shownIds(restriction, row.channels, inside);
      const listed = shown === 'default' ? [] : shown;
      if (values.channelMode === 'add') return { channels: [...new Set([...listed, ...values.channels])] };
      return shown === 'default' ? {} : { channels: listed.filter((id) => !values.channels.includes(id)) };
    }
    case 'interval':
      return { intervalSeconds: Number(values.interval) as NonNullable<MonitorPatch['intervalSeconds']> };
    case 'locations':
      return { locations: values.locationMode === 'all' ? 'all' : [...values.locations] };
    default:
      return action satisfies never;
  }
}

// Owns what the form of a monitor offers to one person: locations and their names, channels, defaults. Does not draw.
import type { Context } from 'hono';
import { isInside, type Restriction } from '../../../access/restriction.ts';
import type { LocationNames } from '../../../status-pages/location-names.ts';
import { readEditorChoices } from '../../../store/editor-choices.ts';
import type { HttpEnv } from '../../context.ts';

export interface EditorData {
  readonly restriction: Restriction;
  /** Ids. */
  readonly locations: readonly string[];
  readonly locationNames: LocationNames;
  /** Those that the person may see, by name. */
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly defaultChannelNames: readonly string[];
  readonly newMonitorsPublic: boolean;
  /** The mesh has no monitor yet: this is the first run. */
  readonly isFirst: boolean;
}

export async function readEditorData(c: Context<HttpEnv>): Promise<EditorData> {
  const { config, caller } = c.var;
  const { restriction } = caller;
  const choices = await readEditorChoices(config.db);
  const channels = choices.channels.filter((channel) => isInside(restriction, channel));
  return {
    ...{ restriction, channels, locationNames: choices.locationNames },
    locations: config.locations,
    defaultChannelNames: channels
      .filter(({ id }) => choices.defaultChannels.includes(id))
      .map(({ name }) => name),
    newMonitorsPublic: config.newMonitorsPublic,
    isFirst: restriction === null && !choices.hasMonitors,
  };
}

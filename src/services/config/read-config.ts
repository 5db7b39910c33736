// Owns the configuration that is stored, in the form in which a person writes it. Secrets are null, which keeps them when
// the document is written back. Does not open a secret.
import { findChannelType } from '../../channels/catalogue.ts';
import { readConfig } from '../../channels/written-config.ts';
import type { Config } from '../../env.ts';
import { listChannels } from '../../store/channels.ts';
import { listMonitors } from '../../store/monitors.ts';
import { listRoutes } from '../../store/routes.ts';
import { readDefaultChannels } from '../../store/settings.ts';
import { definitionOf } from '../routes/routes.ts';

export async function readConfiguration({ db }: Pick<Config, 'db'>) {
  const [monitors, channels, routes, { ids }] = await Promise.all([
    ...([listMonitors(db), listChannels(db), listRoutes(db), readDefaultChannels(db)] as const),
  ]);
  return {
    monitors: monitors.map(
      ({ number: _, secrets: _s, version: _v, createdAt: _c, updatedAt: _u, ...written }) => written,
    ),
    channels: channels.map(({ id, type, name, publicConfig, tags, enabled }) => {
      const channel = findChannelType(type);
      const config = channel ? readConfig(channel, publicConfig) : publicConfig;
      return { id, type, name, config, tags, enabled };
    }),
    routes: routes.map(definitionOf),
    settings: { defaultChannels: ids },
  };
}

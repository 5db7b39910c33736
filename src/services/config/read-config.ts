// Owns the configuration that is stored, in the form in which a person writes it. Secrets are null, which keeps them when
// the document is written back. Does not open a secret.
import { findChannelType } from '../../channels/catalogue.ts';
import { readConfig } from '../../channels/written-config.ts';
import type { Config } from '../../env.ts';
import { listChannels } from '../../store/channels.ts';
import { listMonitors } from '../../store/monitors.ts';
import { listReportSchedules } from '../../store/report-schedules.ts';
import { listRoutes } from '../../store/routes.ts';
import { listSchedules } from '../../store/schedules.ts';
import { readDefaultChannels } from '../../store/settings.ts';
import { listStatusPages } from '../../store/status-pages.ts';
import { withoutHeartbeatDefaults } from '../monitors/heartbeat-definition.ts';
import { reportScheduleDefinition } from '../report-schedules/report-schedule-record.ts';
import { definitionOf } from '../routes/routes.ts';
import { scheduleDefinition } from '../schedules/schedule-record.ts';
import { pageDefinition } from '../status-pages/page-record.ts';

export async function readConfiguration({ db }: Pick<Config, 'db'>) {
  const [monitors, channels, schedules, routes, pages, reportSchedules, { ids }] = await Promise.all([
    listMonitors(db),
    listChannels(db),
    listSchedules(db),
    listRoutes(db),
    listStatusPages(db),
    listReportSchedules(db),
    readDefaultChannels(db),
  ]);
  return {
    monitors: monitors.map(
      ({ number: _, secrets: _s, version: _v, createdAt: _c, updatedAt: _u, ...written }) =>
        withoutHeartbeatDefaults(written),
    ),
    channels: channels.map(({ id, type, name, publicConfig, templates, tags, enabled }) => {
      const channel = findChannelType(type);
      const config = channel ? readConfig(channel, publicConfig) : publicConfig;
      return { id, type, name, config, tags, enabled, templates };
    }),
    schedules: schedules.map(scheduleDefinition),
    routes: routes.map(definitionOf),
    statusPages: pages.map(pageDefinition),
    reportSchedules: reportSchedules.map(reportScheduleDefinition),
    settings: { defaultChannels: ids },
  };
}

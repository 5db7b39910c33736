// Owns /metrics, which Prometheus scrapes with an API key. Three statements of D1. Does not know what a metric means.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { isInside } from '../../access/restriction.ts';
import { readBars } from '../../store/history/bars.ts';
import { listMonitors } from '../../store/monitors.ts';
import { VERSION } from '../../version.ts';
import type { HttpEnv } from '../context.ts';
import { readMeshView } from '../status-page/mesh-view.ts';
import { PRIVATE_CACHE } from '../ui/page.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';
import { meshMetrics } from './mesh-metrics.ts';
import { measuredMonitor, monitorMetrics } from './monitor-metrics.ts';

export function addMetricsRoute(app: OpenAPIHono<HttpEnv>): void {
  app.get('/metrics', async (c) => {
    const { config, now, comparedClock, caller } = c.var;
    const [mesh, all] = await Promise.all([
      readMeshView(config, now, comparedClock),
      listMonitors(config.db),
    ]);
    const rows = all.filter((row) => isInside(caller.restriction, row));
    const bars = await readBars(
      config.db,
      rows.map(({ number }) => number),
      now,
    );
    const monitors = rows.map((row) => measuredMonitor(mesh, row, bars.get(row.number) ?? []));
    const families = [
      ...meshMetrics(mesh, VERSION, caller.restriction === null),
      ...monitorMetrics(monitors, now),
    ];
    return c.body(exposition(families), 200, {
      'content-type': CONTENT_TYPE,
      'cache-control': PRIVATE_CACHE,
    });
  });
}

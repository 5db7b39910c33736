// Owns the list of the pages of the dashboard. A new section is one line here, one in SECTIONS, and its
// rules in page-rules.ts.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { addAccountPages } from './account-routes.tsx';
import { addAuditPage } from './audit-routes.tsx';
import { addConfigurationPages } from './configuration/routes.tsx';
import { addHeartbeatPages } from './heartbeat/routes.tsx';
import { addIncidentPages } from './incidents/routes.tsx';
import { addKeyPages } from './keys-routes.tsx';
import { addLocationPages } from './locations/routes.tsx';
import { addMonitorPages } from './monitor/routes.tsx';
import { addMonitorEditorPages } from './monitor-editor/routes.tsx';
import { addMonitorListPages } from './monitors/routes.tsx';
import { addNotificationPages } from './notifications/routes.tsx';
import { addOverviewPages } from './overview/routes.tsx';
import { addPeoplePages } from './people-routes.tsx';
import { addReportPage } from './report-routes.tsx';
import { addSearchRoute } from './search/routes.ts';
import { addSettingsPages } from './settings/routes.tsx';
import { addStatusPageEditorPages } from './status-pages/routes.tsx';
import { addWindowPages } from './windows/routes.tsx';

export function addDashboard(app: OpenAPIHono<HttpEnv>): void {
  addAccountPages(app);
  addPeoplePages(app);
  addKeyPages(app);
  addAuditPage(app);
  addReportPage(app);
  addSearchRoute(app);
  addOverviewPages(app);
  addLocationPages(app);
  addMonitorListPages(app);
  addMonitorEditorPages(app);
  addMonitorPages(app);
  addHeartbeatPages(app);
  addIncidentPages(app);
  addNotificationPages(app);
  addWindowPages(app);
  addConfigurationPages(app);
  addSettingsPages(app);
  addStatusPageEditorPages(app);
}

// Owns the list of the pages of the dashboard. A new one is one line here, one in SECTIONS, and its rows in RULES.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { addAccountPages } from './account-routes.tsx';
import { addAuditPage } from './audit-routes.tsx';
import { addKeyPages } from './keys-routes.tsx';
import { addPeoplePages } from './people-routes.tsx';
import { addReportPage } from './report-routes.tsx';

export function addDashboard(app: OpenAPIHono<HttpEnv>): void {
  addAccountPages(app);
  addPeoplePages(app);
  addKeyPages(app);
  addAuditPage(app);
  addReportPage(app);
}

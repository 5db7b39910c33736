// Owns the pages of the list of monitors.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';
import { addMonitorBulkPages } from './bulk-routes.tsx';
import { addMonitorListPage } from './list-routes.tsx';
import { addMonitorViewPages } from './views.tsx';

export function addMonitorListPages(app: OpenAPIHono<HttpEnv>): void {
  addMonitorListPage(app);
  addMonitorViewPages(app);
  addMonitorBulkPages(app);
}

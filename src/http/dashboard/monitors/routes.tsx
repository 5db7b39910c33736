// Owns the pages of the list of monitors.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';
import { addMonitorListPage } from './list-routes.tsx';

export function addMonitorListPages(app: OpenAPIHono<HttpEnv>): void {
  addMonitorListPage(app);
}

// Owns the list of the pages that add, change and delete monitors.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';
import { addDeleteMonitorPages } from './delete-routes.tsx';
import { addEditMonitorPages } from './edit-routes.tsx';
import { addNewMonitorPages } from './new-routes.tsx';

export function addMonitorEditorPages(app: OpenAPIHono<HttpEnv>): void {
  addNewMonitorPages(app);
  addEditMonitorPages(app);
  addDeleteMonitorPages(app);
}

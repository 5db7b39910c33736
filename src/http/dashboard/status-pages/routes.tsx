// Owns the pages of status pages and what people write on them.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';
import { addStatusPagePages } from './page-routes.tsx';
import { addPreviews } from './preview-routes.tsx';

export function addStatusPageEditorPages(app: OpenAPIHono<HttpEnv>): void {
  addStatusPagePages(app);
  addPreviews(app);
}

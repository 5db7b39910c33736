// Owns the pages of adding and editing monitors.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addMonitorEditorPages(_app: OpenAPIHono<HttpEnv>): void {}

// Owns the pages of the list of monitors.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addMonitorListPages(_app: OpenAPIHono<HttpEnv>): void {}

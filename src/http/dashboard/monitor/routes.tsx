// Owns the pages of one monitor.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addMonitorPages(_app: OpenAPIHono<HttpEnv>): void {}

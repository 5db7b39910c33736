// Owns the pages of channels, routes, schedules and deliveries.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addNotificationPages(_app: OpenAPIHono<HttpEnv>): void {}

// Owns the pages of the overview.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addOverviewPages(_app: OpenAPIHono<HttpEnv>): void {}

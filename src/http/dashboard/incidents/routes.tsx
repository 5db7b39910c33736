// Owns the pages of incidents.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addIncidentPages(_app: OpenAPIHono<HttpEnv>): void {}

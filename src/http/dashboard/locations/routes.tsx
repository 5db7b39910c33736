// Owns the pages of locations.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addLocationPages(_app: OpenAPIHono<HttpEnv>): void {}

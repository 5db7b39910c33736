// Owns the pages of maintenances and silences.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addWindowPages(_app: OpenAPIHono<HttpEnv>): void {}

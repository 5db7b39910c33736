// Owns the pages of status pages and what people write on them.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addStatusPageEditorPages(_app: OpenAPIHono<HttpEnv>): void {}

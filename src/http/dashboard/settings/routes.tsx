// Owns the pages of settings.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addSettingsPages(_app: OpenAPIHono<HttpEnv>): void {}

// Owns the pages of the configuration as YAML.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';

export function addConfigurationPages(_app: OpenAPIHono<HttpEnv>): void {}

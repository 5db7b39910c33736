// Which methods a path would have answered: hono tells 404 and 405 apart only with this.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from './context.ts';

/** Empty when no route has this path; HEAD comes with GET. */
export function allowedMethods(app: OpenAPIHono<HttpEnv>, path: string): string[] {
  const methods = new Set<string>();
  for (const route of app.routes) {
    if (route.method === 'ALL' || !matches(route.path, path)) continue;
    methods.add(route.method);
    if (route.method === 'GET') methods.add('HEAD');
  }
  return [...methods].sort();
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part.startsWith(':') || part === given[index])
  );
}

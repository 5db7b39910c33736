// Owns the refusal of query parameters that a route does not know, and of a repeated one that has one value. The routes
// of the OpenAPI document name theirs, so a new route needs nothing more. Does not validate values: schemas do.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { endpointOf } from './access/endpoint.ts';
import { didYouMean } from './api/error-wording.ts';
import { type FieldError, fieldError } from './api/field-errors.ts';
import type { HttpEnv } from './context.ts';
import { invalid } from './problems.ts';

/** A page for people: links to it may have parameters that another site adds. */
const PAGES: ReadonlySet<string> = new Set(['/api/v1/docs']);

type Shape = Readonly<Record<string, z.ZodType>>;

/** Add before the routes of `app`. It reads them at the first request. */
export function rejectUnknownQuery(app: OpenAPIHono<HttpEnv>): MiddlewareHandler<HttpEnv> {
  let routes: ReadonlyMap<string, Shape> | undefined;
  return async (c, next) => {
    const names = [...new URL(c.req.url).searchParams.keys()];
    if (names.length === 0 || PAGES.has(c.req.path)) return next();
    const endpoint = endpointOf(c);
    // The response for an unknown path names the fix.
    if (endpoint === undefined) return next();
    routes ??= shapesOf(app);
    const errors = errorsOf(names, routes.get(endpoint) ?? {});
    return errors.length === 0 ? next() : invalid(errors);
  };
}

function shapesOf({ openAPIRegistry }: OpenAPIHono<HttpEnv>): ReadonlyMap<string, Shape> {
  return new Map(
    openAPIRegistry.definitions.flatMap((definition): [string, Shape][] => {
      if (definition.type !== 'route') return [];
      const { method, path, request } = definition.route;
      const query = request?.query as { readonly shape?: Shape } | undefined;
      return [[`${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`, query?.shape ?? {}]];
    }),
  );
}

function errorsOf(names: readonly string[], known: Shape): FieldError[] {
  return [...new Set(names)].flatMap((name) => {
    if (!Object.hasOwn(known, name)) return [fieldError([name], unknownMessage(name, Object.keys(known)))];
    const times = names.filter((one) => one === name).length;
    if (times === 1 || isRepeatable(known[name]!)) return [];
    return [fieldError([name], `Given ${times} times, but it has one value. Send it once.`)];
  });
}

const isRepeatable = (schema: z.ZodType): boolean => schema.meta()?.type === 'array';

const MAX_SHOWN = 60;

function unknownMessage(name: string, known: readonly string[]): string {
  const shown = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name;
  if (known.length === 0) return `Unknown query parameter "${shown}". This route has none: remove it.`;
  return `Unknown query parameter "${shown}".${didYouMean(name, known)} Use one of: ${known.join(', ')}.`;
}

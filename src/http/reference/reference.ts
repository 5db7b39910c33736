// Owns /api/v1/openapi.json and the page rendered from it at /api/v1/docs. Add after every other route.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { cors } from 'hono/cors';
import { openApiDocument } from '../api/openapi.ts';
import type { HttpEnv } from '../context.ts';
import { page } from '../ui/page.ts';
import { ReferencePage } from './page.tsx';

const CACHE = 'public, max-age=300';

export function addReferenceRoutes(app: OpenAPIHono<HttpEnv>): void {
  const documentFor = openApiDocument(app);

  app.use('/api/v1/openapi.json', cors({ origin: '*', allowMethods: ['GET', 'HEAD'] }));
  app.get('/api/v1/openapi.json', (c) =>
    c.json(documentFor(c.var.config.publicUrl), 200, { 'cache-control': CACHE }),
  );
  app.get('/api/v1/docs', (c) =>
    page(c, ReferencePage({ document: documentFor(c.var.config.publicUrl) }), 200, CACHE),
  );
}

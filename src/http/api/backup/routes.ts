// Owns /api/v1/backup and /api/v1/restore: the steps of `npm run backup` and `npm run restore`, each within the limits of one
// request.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { exportCut, exportPage, startBackup } from '../../../services/backup/export-backup.ts';
import {
  clearForRestore,
  finishRestore,
  restoreRows,
  startRestore,
} from '../../../services/backup/restore.ts';
import type { HttpEnv } from '../../context.ts';
import { toProblem } from '../../problems.ts';
import { streamTexts } from '../../stream.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  notFound,
  security,
  unauthorized,
} from '../responses.ts';
import {
  backupStartSchema,
  clearedSchema,
  cutSchema,
  finishSchema,
  restoredSchema,
  restoreSchema,
  restoreStartedSchema,
  rowsSchema,
  writtenSchema,
} from './schema.ts';

const about = { tags: ['Backup'], security };
const NDJSON = 'application/x-ndjson';
const lines = (description: string, example: string) => ({
  description,
  content: { [NDJSON]: { schema: z.string().meta({ description: 'Lines of JSON.', example }) } },
});
const problems = { ...unauthorized, ...notFound, ...conflict, ...invalidInput };
const writes = { ...badBody, ...problems };

const routes = {
  start: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/backup',
    operationId: 'startBackup',
    summary: 'Begin a backup',
    description:
      'Returns where the tables are. Read the pages of `paged` next, then the cut. `npm run backup` does all of it.',
    responses: {
      200: json(backupStartSchema, 'Where the backup begins.'),
      ...problems,
    },
  }),
  page: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/backup/tables/{table}',
    operationId: 'readBackupPage',
    summary: 'Read a page of a table',
    description:
      'Rows in order of their rowid, one JSON array a line, as they are stored: secrets are encrypted, bytes hexadecimal. The last line is `{"next": …}`: send it as `after`, until it is null.',
    request: {
      params: z.object({
        table: z.string().max(100).meta({ description: 'The table.', example: 'journal' }),
      }),
      query: z.strictObject({
        after: z
          .string()
          .regex(/^-?\d{1,15}$/, { error: 'Must be a rowid.' })
          .default('-1')
          .meta({ description: 'Rows after this rowid.', type: 'integer', example: 4_711 }),
      }),
    },
    responses: {
      200: lines('A page.', '[4712,31,"9f1c…"]\n{"next":4712}\n'),
      ...problems,
    },
  }),
  cut: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/backup/cut',
    operationId: 'readBackupCut',
    summary: 'Complete a backup',
    description:
      'Returns everything that the pages do not have as it is now, from one transaction. Each table begins with a line `{"table": …, "columns": …}`, and its rows replace those of the pages. The last line is `{"end":true}`. A conflict means that the history was compacted meanwhile.',
    request: { body: jsonBody(cutSchema, 'What the pages have.') },
    responses: {
      200: lines('The rest of the backup.', '{"table":"monitors","columns":["number"]}\n[1]\n{"end":true}\n'),
      ...writes,
    },
  }),
  restore: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/restore',
    operationId: 'startRestore',
    summary: 'Begin a restore',
    description:
      'The mesh must be empty, unless `replace` is its host. Until the restore is complete, no tick runs, nothing is sent, and every other change is rejected. Begin again after a restore that was interrupted. `npm run restore` does all of it.',
    request: { body: jsonBody(restoreSchema, 'The backup.') },
    responses: { 200: json(restoreStartedSchema, 'The restore has begun.'), ...writes },
  }),
  clear: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/restore/clear',
    operationId: 'clearForRestore',
    summary: 'Empty the mesh for a restore',
    description: 'Deletes some rows of everything but people and keys. Send it until `done` is true.',
    responses: { 200: json(clearedSchema, 'How far it is.'), ...problems },
  }),
  rows: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/restore/rows',
    operationId: 'restoreRows',
    summary: 'Restore rows',
    description: 'Writes rows of one table in one transaction. A repeat changes nothing. At most 8 MB.',
    request: { body: jsonBody(rowsSchema, 'The rows.') },
    responses: { 200: json(writtenSchema, 'They are written.'), ...writes },
  }),
  finish: createRoute({
    ...about,
    method: 'post',
    path: '/api/v1/restore/finish',
    operationId: 'finishRestore',
    summary: 'Complete a restore',
    description:
      'Compares the numbers of rows, and lets the mesh run. Deliveries that were pending in the backup are not sent. Open alerts wait for ten minutes, so that the mesh measures first.',
    request: { body: jsonBody(finishSchema, 'What the mesh must have.') },
    responses: { 200: json(restoredSchema, 'The mesh runs.'), ...writes },
  }),
};

export function addBackupRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.start, async (c) => {
    const started = await startBackup(c.var.config, c.var.caller);
    if (!started.ok) return toProblem(started.error);
    const { since, compaction, history, migration, version, mesh, keys, paged, tables } = started.value;
    return c.json(
      {
        ...{ mesh, version, migration, createdAt: new Date(c.var.now).toISOString() },
        ...{ since: new Date(since).toISOString(), compaction, keys, historyFrom: history },
        paged: [...paged],
        tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
      },
      200,
    );
  });

  app.openapi(routes.page, async (c) => {
    const page = await exportPage(
      c.var.config,
      c.req.valid('param').table,
      Number(c.req.valid('query').after),
    );
    return (page.ok ? c.body(page.value, 200, { 'content-type': NDJSON }) : toProblem(page.error)) as never;
  });

  app.openapi(routes.cut, async (c) => {
    const { since, compaction, ends } = c.req.valid('json');
    const position = { since: Date.parse(since), compaction };
    const cut = await exportCut(c.var.config, position, ends, c.var.caller);
    return (
      cut.ok ? c.body(streamTexts(cut.value), 200, { 'content-type': NDJSON }) : toProblem(cut.error)
    ) as never;
  });

  app.openapi(routes.restore, async (c) => {
    const { createdAt, ...request } = c.req.valid('json');
    const started = await startRestore(
      c.var.config,
      { ...request, createdAt: Date.parse(createdAt) },
      c.var.caller,
    );
    return started.ok ? c.json({ repeated: started.value }, 200) : toProblem(started.error);
  });

  app.openapi(routes.clear, async (c) => {
    const cleared = await clearForRestore(c.var.config);
    return cleared.ok ? c.json({ done: cleared.value }, 200) : toProblem(cleared.error);
  });

  app.openapi(routes.rows, async (c) => {
    const written = await restoreRows(c.var.config, c.req.valid('json'));
    return written.ok ? c.json({ rows: written.value }, 200) : toProblem(written.error);
  });

  app.openapi(routes.finish, async (c) => {
    const finished = await finishRestore(c.var.config, c.req.valid('json').counts, c.var.caller);
    return finished.ok ? c.json({ restored: true as const }, 200) : toProblem(finished.error);
  });
}

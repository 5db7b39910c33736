// Owns /api/v1/audit-entries: who changed what, newest first, in pages; the export of the whole log; its verification.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { exportAudit } from '../../../services/audit/export-audit.ts';
import { verifyAudit } from '../../../services/audit/verify-audit.ts';
import { listAuditEntries } from '../../../store/audit-log.ts';
import type { HttpEnv } from '../../context.ts';
import { cursorSchema, encodeCursor, limitSchema, nextCursorSchema } from '../cursor.ts';
import { filterId, filterTime } from '../filters.ts';
import { invalidInput, json, security, unauthorized } from '../responses.ts';
import {
  actorTypeSchema,
  auditEntrySchema,
  toAuditEntryResponse,
  toVerificationResponse,
  verificationSchema,
} from './schema.ts';

const about = { tags: ['Audit'], security };

const parseSeq = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);

const routes = {
  list: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/audit-entries',
    operationId: 'listAuditEntries',
    summary: 'List audit entries, newest first',
    description:
      'Lists who changed what, when and from where. Every change has one entry, which is written in the transaction of the change.',
    request: {
      query: z.strictObject({
        actor: filterId('Filter by the id of the person or the API key.', 'bootstrap'),
        actorType: actorTypeSchema.optional().meta({ description: 'Filter by who acts.', example: 'person' }),
        action: filterId('Filter by action.', 'monitor.updated'),
        targetType: filterId('Filter by the kind of the changed entity.', 'monitor'),
        target: filterId('Filter by the id of the changed entity.', 'web-shop', 300),
        file: filterId('Filter by the name of the configuration file.', 'mesh.yaml', 200),
        from: filterTime('Filter by time: at or after.'),
        to: filterTime('Filter by time: before.'),
        limit: limitSchema('entries'),
        cursor: cursorSchema(parseSeq).optional(),
      }),
    },
    responses: {
      200: json(
        z.strictObject({
          auditEntries: z.array(auditEntrySchema).meta({ description: 'The entries of this page.' }),
          nextCursor: nextCursorSchema,
        }),
        'A page of entries.',
      ),
      ...unauthorized,
      ...invalidInput,
    },
  }),
  export: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/audit-entries/export',
    operationId: 'exportAuditEntries',
    summary: 'Export the audit log',
    description:
      'Streams every entry, oldest first, as one JSON object a line, exactly as it is stored. `previousHash` is the hash before the entry, `at` is in ms since the epoch, and `before` and `after` are JSON texts. `npm run audit` verifies the chain from these lines alone.',
    responses: {
      200: {
        description: 'The whole log. The connection ends with an error if it is not complete.',
        content: {
          'application/x-ndjson': {
            schema: z.string().meta({
              description: 'One entry a line.',
              example: '{"seq":1,"action":"api_key.created","hash":"6b86…","previousHash":"0000…"}\n',
            }),
          },
        },
      },
      ...unauthorized,
    },
  }),
  verify: createRoute({
    ...about,
    method: 'get',
    path: '/api/v1/audit-entries/verification',
    operationId: 'verifyAuditEntries',
    summary: 'Verify the audit log',
    description:
      'Recomputes the hash of every entry and verifies the signatures of both ends. `problems` names the first entry that was changed, removed, inserted or moved.',
    responses: { 200: json(verificationSchema, 'What was verified, and what is wrong.'), ...unauthorized },
  }),
};

export function addAuditRoutes(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(routes.list, async (c) => {
    const { actor, actorType, action, targetType, target, file, from, to, limit, cursor } =
      c.req.valid('query');
    const { rows, next } = await listAuditEntries(c.var.config.db, {
      ...{ actorType, action, targetType, file, from, to },
      actorId: actor,
      targetId: target,
      below: cursor,
      limit: Number(limit),
    });
    const nextCursor = next === null ? null : encodeCursor(String(next));
    return c.json({ auditEntries: rows.map(toAuditEntryResponse), nextCursor }, 200);
  });

  app.openapi(routes.export, (c) => {
    const date = new Date(c.var.now).toISOString().slice(0, 10);
    return c.body(exportAudit(c.var.config.db), 200, {
      'content-type': 'application/x-ndjson',
      'content-disposition': `attachment; filename="audit-${date}.ndjson"`,
    }) as never;
  });

  app.openapi(routes.verify, async (c) => {
    const { config } = c.var;
    return c.json(toVerificationResponse(await verifyAudit(config.db, config)), 200);
  });
}

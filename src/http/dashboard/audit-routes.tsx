// Owns the route of the page of the audit log, and its filters as text. Does not own the log: services/audit does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { verifyAudit } from '../../services/audit/verify-audit.ts';
import { type AuditFilter, listAuditEntries } from '../../store/audit-log.ts';
import type { HttpEnv } from '../context.ts';
import { AUDIT_PATH, AuditLog } from './audit-page.tsx';
import { dashboardPage } from './dashboard-layout.tsx';
import type { FormErrors, FormValues } from './form.tsx';
import { Notice } from './notice.tsx';

const ENTRIES_PER_PAGE = 50;
const DAY_MS = 86_400_000;
const FIELDS = ['actor', 'action', 'targetType', 'target', 'file', 'from', 'to'] as const;
const MAX_LENGTH = 300;

export function addAuditPage(app: OpenAPIHono<HttpEnv>): void {
  app.get(AUDIT_PATH, async (c) => {
    const { config } = c.var;
    const values = Object.fromEntries(
      FIELDS.map((name) => [name, c.req.query(name)?.trim().slice(0, MAX_LENGTH)]),
    );
    const { filter, errors } = readFilter(values, c.req.query('below'));
    const isValid = Object.keys(errors).length === 0;
    const { rows, next } = isValid ? await listAuditEntries(config.db, filter) : { rows: [], next: null };
    const verification = c.req.query('verify') === 'yes' ? await verifyAudit(config.db, config) : null;
    return dashboardPage(
      c,
      {
        title: 'Audit log',
        content: (
          <>
            {isValid ? null : <Notice tone="bad" title="A filter is not valid." />}
            <AuditLog rows={rows} next={next} values={values} errors={errors} verification={verification} />
          </>
        ),
      },
      isValid ? 200 : 422,
    );
  });
}

/** Empty fields filter nothing. */
function readFilter(
  values: FormValues,
  position: string | undefined,
): { filter: AuditFilter; errors: FormErrors } {
  const { actor, action, targetType, target, file } = values;
  const from = readDay(values.from);
  const to = readDay(values.to);
  const message = 'Must be a day such as 2026-11-24.';
  return {
    filter: {
      ...{ actorId: actor || undefined, action: action || undefined },
      ...{ targetType: targetType || undefined, targetId: target || undefined, file: file || undefined },
      from,
      to: to === undefined ? undefined : to + DAY_MS,
      below: /^\d{1,15}$/.test(position ?? '') ? Number(position) : undefined,
      limit: ENTRIES_PER_PAGE,
    },
    errors: {
      ...(Number.isNaN(from) ? { from: message } : {}),
      ...(Number.isNaN(to) ? { to: message } : {}),
    },
  };
}

/** The start of a day, UTC. NaN if it is not a day. */
function readDay(text: string | undefined): number | undefined {
  if (!text) return undefined;
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
}

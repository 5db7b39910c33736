// Owns /api/v1/monitors/bulk: updates or deletes many monitors at once. Does not know what a valid change is: services do.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { z } from 'zod';
import { writtenMonitor } from '../../../services/monitors/audit-monitor.ts';
import {
  type ChangedMonitors,
  type ChangeError,
  type ChangesRefused,
  changeMonitors,
  type PlannedChange,
  type WantedChanges,
} from '../../../services/monitors/change-monitors.ts';
import type { HttpEnv } from '../../context.ts';
import { problem } from '../../problems.ts';
import { type FieldError, fieldError, type InvalidFields } from '../field-errors.ts';
import { writePointer } from '../field-path.ts';
import {
  badBody,
  conflict,
  invalidInput,
  json,
  jsonBody,
  preconditionFailed,
  security,
  unauthorized,
} from '../responses.ts';
import { bulkInputSchema, bulkQuery, changedMonitorsSchema } from './bulk-schema.ts';
import { patchMonitor } from './schema.ts';

const change = createRoute({
  tags: ['Monitors'],
  security,
  method: 'post',
  path: '/api/v1/monitors/bulk',
  operationId: 'changeMonitors',
  summary: 'Update or delete many monitors',
  description:
    'Updates up to 1,000 monitors as PATCH would, or deletes them, in one commit. If one of them is refused, nothing changes, and `errors` names each; with `skipRefused=true` the others change. First send `dryRun=true`: the response shows each monitor before and after. Its `revision` makes sure that exactly this is applied. The audit log gets an entry for each monitor. Monitors that are deleted together do not count as references to each other.',
  request: { query: bulkQuery, body: jsonBody(bulkInputSchema, 'The monitors.') },
  responses: {
    200: json(changedMonitorsSchema, 'The monitors are changed, or it is a plan.'),
    ...badBody,
    ...unauthorized,
    ...conflict,
    ...preconditionFailed,
    ...invalidInput,
  },
});

type Refusal = InvalidFields;

export function addMonitorBulkRoute(app: OpenAPIHono<HttpEnv>): void {
  app.openapi(change, async (c) => {
    const { config, caller } = c.var;
    const { dryRun, skipRefused, detach, revision } = c.req.valid('query');
    const input = c.req.valid('json');
    const options = { dryRun: dryRun === 'true', skipRefused: skipRefused === 'true', revision };
    const changed = await changeMonitors(config, wantedOf(input, detach === 'true'), caller, options);
    const place = input.updates === undefined ? 'deletes' : 'updates';
    if (changed.ok) return c.json(toResponse(changed.value, options.dryRun), 200);
    return changed.error.kind === 'changes_refused'
      ? toRefusal(changed.error, place)
      : problem('precondition-failed', changed.error.message);
  });
}

function wantedOf(
  { updates, deletes }: z.output<typeof bulkInputSchema>,
  detach: boolean,
): WantedChanges<Refusal> {
  if (updates === undefined) return { deletes: deletes ?? [], detach };
  return {
    updates: updates.map(({ id, version, patch }) => ({
      id,
      version,
      patch: (row) => patchMonitor(writtenMonitor(row), patch),
    })),
  };
}

function toResponse(
  { monitors, revision, auditEntries }: ChangedMonitors<Refusal>,
  dryRun: boolean,
): z.output<typeof changedMonitorsSchema> {
  const count = (wanted: PlannedChange<Refusal>['outcome']): number =>
    monitors.filter(({ outcome }) => outcome === wanted).length;
  return {
    ...{ dryRun, revision, updated: count('updated'), unchanged: count('unchanged') },
    ...{ deleted: count('deleted'), refused: count('refused'), auditEntries },
    monitors: monitors.map(({ error, before, after, references, ...rest }) => ({
      ...rest,
      before: before as Record<string, unknown> | null,
      after: after as Record<string, unknown> | null,
      errors: error === null ? [] : errorsOf(error),
      references: [...references],
    })),
  };
}

/** By field of the monitor. */
function errorsOf(error: ChangeError<Refusal>): FieldError[] {
  if (error.kind === 'invalid_fields') return [...error.errors];
  return [fieldError('path' in error ? (error.path ?? []) : [], error.message)];
}

/** Every refused monitor, by its place in the request. */
function toRefusal({ monitors }: ChangesRefused<Refusal>, place: 'updates' | 'deletes') {
  const refused = monitors.flatMap(({ error }, index) => (error === null ? [] : [{ error, index }]));
  const errors = refused.flatMap(({ error, index }) =>
    errorsOf(error).map((one) => within(one, place, index)),
  );
  const count = refused.length === 1 ? '1 monitor is' : `${refused.length} monitors are`;
  const detail = `${count} refused, so nothing has changed. ${errors[0]!.message}`;
  const isOutdated = refused.every(({ error }) => error.kind === 'precondition_failed');
  if (isOutdated) return problem('precondition-failed', detail, errors);
  if (refused.every(({ error }) => error.kind === 'forbidden')) return problem('forbidden', detail, errors);
  if (refused.every(({ error }) => error.kind === 'referenced')) return problem('conflict', detail, errors);
  return problem('invalid', detail, errors);
}

function within({ path, pointer, message }: FieldError, place: string, index: number): FieldError {
  const start = place === 'updates' ? [place, index, 'patch'] : [place, index];
  const whole = path === '' ? [place, index] : start;
  const { path: prefix } = fieldError(whole, '');
  const joined = path === '' ? prefix : `${prefix}${path.startsWith('[') ? '' : '.'}${path}`;
  return { path: joined, pointer: writePointer(whole) + pointer, message };
}

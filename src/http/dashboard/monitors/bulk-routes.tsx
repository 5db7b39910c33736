// Owns the routes that change many monitors: the preview, which is a dry run of the API, the change, and its undo.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { hasStopped } from '../../../services/health/stopped.ts';
import { type ListSurroundings, readListSurroundings } from '../../../store/list-surroundings.ts';
import { findMonitorsById } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { type ApiResponse, callApi, readPosted } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { type Flash, redirectWith } from '../flash.ts';
import { Notice } from '../notice.tsx';
import { needsConfirmation } from '../refusal.tsx';
import {
  BULK_ACTIONS,
  type BulkAction,
  isComplete,
  patchOf,
  readValues,
  valueErrors,
} from './bulk-actions.ts';
import { BULK_PATH, BulkContent, type BulkPageProps } from './bulk-page.tsx';
import { findSelected, readSelection, type Selection, toParams } from './bulk-selection.ts';
import { undoChanges } from './bulk-undo.ts';
import { LIST_PATH, listHref } from './list-query.ts';

const BULK_API = '/api/v1/monitors/bulk';

export function addMonitorBulkPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(BULK_PATH, async (c) => {
    const params = new URL(c.req.url).searchParams;
    const request = await readRequest(c, params);
    if ('problem' in request) return showProblem(c, request);
    const { action, values, ids } = request;
    if (params.get('preview') !== 'yes' && !isComplete(action)) return showBulk(c, request, {});
    const errors = valueErrors(action, values);
    if (Object.keys(errors).length > 0) return showBulk(c, request, { errors }, 422);
    const body = await bodyFor(c, request, ids);
    return showPlan(
      c,
      request,
      await callApi(c, 'POST', `${BULK_API}?dryRun=true${detachFlag(request)}`, { body }),
    );
  });

  app.post(BULK_PATH, async (c) => {
    const params = toParams(await readPosted(c));
    const request = await readRequest(c, params);
    if ('problem' in request) return showProblem(c, request);
    const { action, selection, ids } = request;
    const back = { path: listHref(selection.filters), label: 'the list of monitors' };
    if (action === 'delete' && params.get('confirm') !== 'yes') return needsConfirmation(c, back);
    const body = await bodyFor(c, request, ids);
    const revision = encodeURIComponent(params.get('revision') || 'none');
    const query = `?skipRefused=true&revision=${revision}${detachFlag(request)}`;
    const changed = await callApi(c, 'POST', BULK_API + query, { body });
    if (changed.ok) return redirectWith(c, back.path, flashOf(action, changed.body));
    const dryRun = `${BULK_API}?dryRun=true${detachFlag(request)}`;
    return showPlan(c, request, await callApi(c, 'POST', dryRun, { body }), changed);
  });

  app.post(`${BULK_PATH}/undo`, async (c) => {
    const params = toParams(await readPosted(c));
    return redirectWith(c, LIST_PATH, await undoChanges(c, params.get('first'), params.get('last')));
  });
}

interface BulkRequest {
  readonly selection: Selection;
  readonly action: BulkAction;
  readonly values: BulkPageProps['values'];
  readonly around: ListSurroundings;
}

type Found = BulkRequest & { readonly ids: readonly string[] };
type Problem = BulkRequest & { readonly problem: string };

async function readRequest(c: Context<HttpEnv>, params: URLSearchParams): Promise<Found | Problem> {
  const { config, caller, now } = c.var;
  const around = await readListSurroundings(config.db, caller.restriction);
  const wanted = params.getAll('action').at(-1) ?? '';
  const selection = readSelection(params);
  const action = Object.hasOwn(BULK_ACTIONS, wanted) ? (wanted as BulkAction) : 'addTags';
  const request = { selection, action, values: readValues(params), around };
  const known = { channels: around.channels, stopped: hasStopped(around.running, now) };
  return { ...request, ...(await findSelected(c, selection, known)) };
}

const detachFlag = ({ action, values }: BulkRequest): string =>
  action === 'delete' && values.detach ? '&detach=true' : '';

async function bodyFor(c: Context<HttpEnv>, request: BulkRequest, ids: readonly string[]): Promise<object> {
  const { action, values, around } = request;
  const { config, caller } = c.var;
  if (action === 'delete') return { deletes: ids.map((id) => ({ id })) };
  const needsRows = action === 'channels' || action === 'removeTags';
  const rows = needsRows ? await findMonitorsById(config.db, ids) : new Map();
  const inside = new Set(around.channels.map(({ id }) => id));
  const none = { channels: 'default' as const, tags: {} };
  return {
    updates: ids.map((id) => ({
      id,
      patch: patchOf(action, values, rows.get(id) ?? none, caller.restriction, inside),
    })),
  };
}

const showProblem = (c: Context<HttpEnv>, { problem, selection }: Problem) =>
  dashboardPage(
    c,
    {
      title: 'Change monitors',
      above: ABOVE,
      content: (
        <>
          <Notice tone="bad" title={problem} />
          <a class="button" href={listHref(selection.filters)}>
            Back to the list
          </a>
        </>
      ),
    },
    422,
  );

const ABOVE = [{ path: LIST_PATH, label: 'Monitors' }];

/** The plan, or the mistakes of the inputs as the API names them. */
async function showPlan(c: Context<HttpEnv>, request: Found, planned: ApiResponse, refused?: ApiResponse) {
  if (!planned.ok) {
    const message = Object.values(planned.errors).find((text) => text !== undefined) ?? planned.detail;
    const field = { addTags: 'tags', removeTags: 'tags', group: 'group' }[request.action as string];
    return showBulk(c, request, { errors: field ? { [field]: message } : {}, problem: message }, 422);
  }
  const problem =
    refused === undefined
      ? undefined
      : refused.status === 412
        ? 'The monitors have changed since the preview, so nothing was changed. This is what would change now.'
        : refused.detail;
  return showBulk(c, request, { plan: planned.body, ...(problem ? { problem } : {}) }, problem ? 409 : 200);
}

interface Shown {
  readonly errors?: Readonly<Record<string, string | undefined>>;
  readonly plan?: ApiResponse['body'];
  readonly problem?: string;
}

const showBulk = (
  c: Context<HttpEnv>,
  { selection, action, values, around, ids }: Found,
  { errors = {}, plan = null, problem }: Shown,
  status: PageStatus = 200,
) =>
  dashboardPage(
    c,
    {
      title: `Change ${ids.length.toLocaleString('en')} ${ids.length === 1 ? 'monitor' : 'monitors'}`,
      above: ABOVE,
      intro: 'Choose what to do. Nothing changes before you have seen what would become of each monitor.',
      content: (
        <>
          {problem === undefined ? null : <Notice tone="bad" title={problem} />}
          <BulkContent
            {...{ c, selection, action, values, errors, plan, count: ids.length }}
            {...{ names: around.locationNames, channels: around.channels, locations: c.var.config.locations }}
          />
        </>
      ),
    },
    status,
  );

/** What was done, and how to undo it. A deletion cannot be undone. */
function flashOf(
  action: BulkAction,
  { updated, deleted, unchanged, refused, auditEntries }: ApiResponse['body'],
): Flash {
  const count = (updated as number) + (deleted as number);
  const parts = [
    `${count.toLocaleString('en')} ${count === 1 ? 'monitor' : 'monitors'} ${BULK_ACTIONS[action].done}.`,
    ...(unchanged > 0 ? [`${unchanged} stayed the same.`] : []),
    ...(refused > 0 ? [`${refused} ${refused === 1 ? 'was' : 'were'} refused.`] : []),
  ];
  const { first, last } = auditEntries ?? {};
  return {
    text: parts.join(' '),
    tone: 'good',
    ...(action === 'delete' || auditEntries === null
      ? {}
      : { undo: { action: `${BULK_PATH}/undo`, fields: { first: String(first), last: String(last) } } }),
  };
}

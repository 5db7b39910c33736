// Owns the pages of maintenances and silences: lists with a calendar, and one window with its form. Changes go through the
// API. Does not compute occurrences: services/windows does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { timeText } from '../../../channels/time-text.ts';
import { parseSchedule } from '../../../services/windows/schedule.ts';
import {
  findMonitorTags,
  readCovered,
  readGroupIds,
  readWindowList,
  type WindowList,
} from '../../../store/window-list.ts';
import { isCovered } from '../../../store/window-scope.ts';
import type { Schedule, WindowRow } from '../../../store/windows.ts';
import { isTimeZone } from '../../../time-zone.ts';
import { readCookie, writeCookie } from '../../access/cookies.ts';
import { etagOf } from '../../api/etag.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { type ApiResponse, callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { type Flash, redirectWith } from '../flash.ts';
import { type FormErrors, type FormValues, readForm } from '../form.tsx';
import { showRefusal } from '../refusal.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';
import { KINDS, type KindOfPage, WINDOWS_PATH, windowPath } from './kinds.ts';
import { tomorrowAtNine } from './local-times.ts';
import { monthWith, readMonth } from './month.ts';
import {
  type PostedScope,
  readWindow,
  scopeOf,
  unknownZone,
  valuesOf,
  type WindowBody,
} from './window-form.ts';
import { WindowForm, type WindowPreview } from './window-form-page.tsx';
import { hrefWith, QUICK, scopeQuery, Windows } from './window-list-page.tsx';
import { WindowContent } from './window-page.tsx';
import { shownWindow } from './window-words.ts';

const MAX_LENGTH = 200;
const YEAR_SECONDS = 365 * 86_400;

export function addWindowPages(app: OpenAPIHono<HttpEnv>): void {
  for (const of of Object.values(KINDS)) {
    app.get(of.list, (c) => showList(c, of));

    app.get(of.new, (c) => {
      const { zone } = readZone(c);
      return showForm(c, of, { values: newValues(c, zone), errors: {} });
    });
    app.post(of.new, (c) => save(c, of, null));

    app.post(of.restore, async (c) => {
      const { window = '' } = await readForm(c);
      const answer = await callApi(c, 'POST', of.api, { body: parsed(window) });
      const name = String(answer.body?.name ?? '');
      return answer.ok
        ? redirectWith(c, of.list, { text: `Restored: ${name}.`, tone: 'good' })
        : redirectWith(c, of.list, { text: answer.detail, tone: 'bad' });
    });

    app.get(`${of.base}/:id`, async (c) => {
      const found = await find(c, of);
      if (found === null) return missing(c, of);
      const { zone } = readZone(c);
      const values = { ...valuesOf(found.row, zone), version: [String(found.row.version)] };
      return showForm(c, of, { values, errors: {}, found });
    });
    app.post(`${of.base}/:id`, async (c) => {
      const found = await find(c, of);
      return found === null ? missing(c, of) : save(c, of, found);
    });

    app.post(`${of.base}/:id/end`, (c) => end(c, of));
    app.post(`${of.base}/:id/reopen`, async (c) => {
      const { endsAt = '' } = await readForm(c);
      const answer = await callApi(c, 'PATCH', apiPath(c, of), { body: { endsAt } });
      return after(c, of, answer, { text: 'It goes on as before.', tone: 'good' });
    });
    app.post(`${of.base}/:id/delete`, (c) => remove(c, of));
  }

  app.post(`${WINDOWS_PATH}/quick-silence`, (c) => silenceNow(c));
}

interface Found {
  readonly row: WindowRow;
  readonly names: WindowList['names'];
}

async function find(c: Context<HttpEnv>, { kind }: KindOfPage): Promise<Found | null> {
  const one = { kind, id: c.req.param('id')! };
  const { windows, names } = await readWindowList(c.var.config.db, c.var.caller.restriction, one);
  return windows[0] === undefined ? null : { row: windows[0], names };
}

const missing = (c: Context<HttpEnv>, { kind, list, plural }: KindOfPage) =>
  showRefusal(
    c,
    { kind: 'not_found', message: `Unknown ${kind}.` },
    { path: list, label: `all ${plural.toLowerCase()}` },
  );

const apiPath = (c: Context<HttpEnv>, { api }: KindOfPage): string =>
  `${api}/${encodeURIComponent(c.req.param('id')!)}`;

/** The one that the address names, which is kept, else the one that was chosen last, else UTC. */
function readZone(c: Context<HttpEnv>): { zone: string; error: string | undefined; asked: string } {
  const asked = c.req.query('timeZone')?.trim() ?? '';
  const last = readCookie(c, 'zone') ?? '';
  const kept = last !== '' && isTimeZone(last) ? last : 'UTC';
  if (asked === '') return { zone: kept, error: undefined, asked };
  if (!isTimeZone(asked)) return { zone: kept, error: unknownZone(asked), asked };
  if (asked !== last) writeCookie(c, 'zone', asked, YEAR_SECONDS);
  return { zone: asked, error: undefined, asked };
}

async function showList(
  c: Context<HttpEnv>,
  of: KindOfPage,
  quick: { values: FormValues; errors: FormErrors } = { values: {}, errors: {} },
  status: PageStatus = 200,
) {
  const { config, caller, now } = c.var;
  const { zone, error, asked } = readZone(c);
  const query = Object.fromEntries(
    ['monitor', 'tag', 'month', 'timeZone'].map((name) => [
      name,
      name === 'timeZone' && error !== undefined
        ? ''
        : (c.req.query(name)?.trim().slice(0, MAX_LENGTH) ?? ''),
    ]),
  );
  const { windows, names } = await readWindowList(config.db, caller.restriction);
  const inFilter = await filterOf(c, query, windows);
  const calendar = monthWith(readMonth(query.month, zone, now), zone, inFilter, now);
  const shown = inFilter.filter(({ kind }) => kind === of.kind).map((row) => shownWindow(row, now));
  const filtered = hrefWith(of.new, scopeQuery(query));
  return dashboardPage(
    c,
    {
      title: 'Maintenance and silences',
      actions: mayUse(c, `POST ${of.new}`) ? (
        <a class="button primary" href={filtered}>
          {of.kind === 'maintenance' ? 'Plan a maintenance' : 'Create a silence'}
        </a>
      ) : undefined,
      content: (
        <Windows
          c={c}
          of={of}
          windows={shown}
          names={names}
          calendar={calendar}
          timeZone={zone}
          query={query}
          zoneError={error}
          asked={asked}
          quick={quick}
        />
      ),
    },
    error === undefined ? status : 422,
  );
}

/** Those that cover the monitor of the address, and those by its tag. */
async function filterOf(
  c: Context<HttpEnv>,
  { monitor = '', tag = '' }: Readonly<Record<string, string>>,
  windows: readonly WindowRow[],
): Promise<readonly WindowRow[]> {
  const { config, caller } = c.var;
  const byTag = tag === '' ? windows : windows.filter(({ tags }) => tags.includes(tag));
  if (monitor === '') return byTag;
  const found = await findMonitorTags(config.db, monitor, caller.restriction);
  return found === null ? [] : byTag.filter((window) => isCovered(window, found));
}

/** What the address fills in, and a duration of an hour. */
function newValues(c: Context<HttpEnv>, zone: string): PostedValues {
  const text = (name: string): string => c.req.query(name)?.trim().slice(0, MAX_LENGTH) ?? '';
  return {
    monitors: [text('monitor')],
    tags: [text('tag')],
    group: [text('group')],
    timeZone: [zone],
    startsAt: [text('startsAt')],
    durationMinutes: ['60'],
    repeat: ['once'],
    scope: ['some'],
  };
}

interface FormState {
  readonly values: PostedValues;
  readonly errors: FormErrors;
  readonly problem?: string | undefined;
  readonly found?: Found | null;
  readonly status?: PageStatus;
}

/** The scope of a form, with the monitors of the group that it names. */
async function readScope(c: Context<HttpEnv>, values: PostedValues): Promise<PostedScope> {
  const group = values.group?.at(-1)?.trim() ?? '';
  const { config, caller } = c.var;
  const ids = group === '' ? [] : await readGroupIds(config.db, group, caller.restriction);
  return scopeOf(values, ids);
}

async function showForm(
  c: Context<HttpEnv>,
  of: KindOfPage,
  { values, errors, problem, found = null, status = 200 }: FormState,
) {
  const { config, caller, now } = c.var;
  const scope = await readScope(c, values);
  const isNamed = scope.monitors === 'all' || scope.monitors.length + scope.tags.length > 0;
  const covered = isNamed ? await readCovered(config.db, scope, caller.restriction) : { total: 0, first: [] };
  const zone = values.timeZone?.at(-1)?.trim() ?? '';
  const shownZone = readZone(c).zone;
  const preview: WindowPreview = {
    covered,
    spans: spansOf(of, values, scope, found?.row ?? null, now),
    timeZone: c.req.query('timeZone') === undefined && isTimeZone(zone) ? zone : shownZone,
  };
  // A group is in the list of ids from now on.
  const resolved =
    (values.group?.at(-1) ?? '') === '' || scope.monitors === 'all'
      ? values
      : { ...values, monitors: [scope.monitors.join('\n')], group: [''] };
  const mayWrite = mayUse(c, `POST ${found === null ? of.new : `${of.base}/:id`}`);
  const action = found === null ? of.new : windowPath(of.kind, found.row.id);
  return dashboardPage(
    c,
    {
      title: found === null ? `New ${of.kind}` : found.row.name,
      above: [{ path: of.list, label: of.plural }],
      content: (
        <>
          {found === null ? null : (
            <WindowContent
              c={c}
              of={of}
              shown={shownWindow(found.row, now)}
              names={found.names}
              covered={covered}
              timeZone={shownZone}
            />
          )}
          {mayWrite ? (
            <WindowForm
              {...{ c, of, action, values: resolved, errors, problem: problem ?? null }}
              preview={found !== null && status === 200 && c.req.method === 'GET' ? null : preview}
              isNew={found === null}
            />
          ) : null}
        </>
      ),
    },
    status,
  );
}

/** The next occurrences of what the form has. Empty as long as it is not valid. */
function spansOf(
  { kind }: KindOfPage,
  values: PostedValues,
  scope: PostedScope,
  stored: WindowRow | null,
  now: number,
): WindowPreview['spans'] {
  const read = readWindow(kind, values, scope, stored);
  if (!read.ok) return [];
  const schedule = scheduleOf(read.body, now);
  if (schedule === null) return [];
  const spans = parseSchedule(schedule, now);
  return spans.ok ? spans.value.slice(0, 5) : [];
}

function scheduleOf(
  { cron, timeZone, durationMinutes, startsAt, endsAt }: WindowBody,
  now: number,
): Schedule | null {
  if (typeof cron === 'string')
    return typeof durationMinutes === 'number' && durationMinutes >= 1
      ? { cron, durationMinutes, timeZone: String(timeZone) }
      : null;
  const from = typeof startsAt === 'string' ? Date.parse(startsAt) : now;
  const to =
    typeof endsAt === 'string'
      ? Date.parse(endsAt)
      : typeof durationMinutes === 'number'
        ? from + durationMinutes * 60_000
        : Number.NaN;
  return Number.isNaN(from) || Number.isNaN(to) ? null : { startsAt: from, endsAt: to };
}

async function save(c: Context<HttpEnv>, of: KindOfPage, found: Found | null) {
  const values = await readPosted(c);
  if (values.intent?.at(-1) === 'preview') return showForm(c, of, { values, errors: {}, found });
  const scope = await readScope(c, values);
  const read = readWindow(of.kind, values, scope, found?.row ?? null);
  const problem = 'Nothing was saved. Correct the fields below.';
  if (!read.ok) return showForm(c, of, { values, errors: read.errors, problem, found, status: 422 });
  const version = values.version?.at(-1) ?? '';
  const answer =
    found === null
      ? await callApi(c, 'POST', of.api, { body: read.body })
      : await callApi(c, 'PATCH', apiPath(c, of), {
          body: read.body,
          headers: /^\d{1,15}$/.test(version) ? { 'if-match': etagOf({ version: Number(version) }) } : {},
        });
  if (answer.ok) {
    const id = String(answer.body.id);
    const text = found === null ? `${of.Name} created: ${answer.body.name}.` : 'Saved.';
    return redirectWith(c, windowPath(of.kind, id), { text, tone: 'good' });
  }
  if (answer.status === 412 || answer.status === 409)
    return showForm(c, of, {
      values: found === null ? values : { ...values, version: [String(found.row.version)] },
      errors: answer.errors,
      problem:
        answer.status === 412
          ? 'Somebody else changed it meanwhile. Nothing was saved: compare it, and save again.'
          : answer.detail,
      found,
      status: 409,
    });
  const detail = answer.errors.form ?? problem;
  return showForm(c, of, { values, errors: answer.errors, problem: detail, found, status: 422 });
}

/** Of a maintenance, the person chooses whether subscribers get it. */
const notifyQuery = (of: KindOfPage, { notify }: FormValues): string =>
  of.kind === 'maintenance' && notify === 'yes' ? '?notify=true' : '';

/** What ends early can go on until its planned end, unless it recurs: the next occurrence stays as it is. */
async function end(c: Context<HttpEnv>, of: KindOfPage) {
  const values = await readForm(c);
  const before = await callApi(c, 'GET', apiPath(c, of));
  if (before.status === 404) return missing(c, of);
  const answer = await callApi(c, 'POST', `${apiPath(c, of)}/end${notifyQuery(of, values)}`, {});
  const endsAt = before.body.state === 'active' && !before.body.cron ? endOf(before) : undefined;
  const path = windowPath(of.kind, c.req.param('id')!);
  const undo = endsAt === undefined ? {} : { undo: { action: `${path}/reopen`, fields: { endsAt } } };
  const next = before.body.cron ? ' The next occurrences stay.' : '';
  const text = `Ended. Problems that persist are notified.${next}`;
  return after(c, of, answer, { text, tone: 'good', ...undo });
}

const endOf = ({ body }: ApiResponse): string | undefined =>
  (body.windows as readonly { endsAt: string }[])[0]?.endsAt;

async function remove(c: Context<HttpEnv>, of: KindOfPage) {
  const values = await readForm(c);
  const before = await callApi(c, 'GET', apiPath(c, of));
  if (before.status === 404) return missing(c, of);
  const answer = await callApi(c, 'DELETE', `${apiPath(c, of)}${notifyQuery(of, values)}`, {});
  const { id, name, monitors, tags, state, windows, cron, durationMinutes, timeZone } = before.body;
  const path = windowPath(of.kind, id);
  // A silence that has begun is only ended, so that it stays readable.
  if (of.kind === 'silence' && state === 'active') {
    const undo = { action: `${path}/reopen`, fields: { endsAt: endOf(before)! } };
    return after(c, of, answer, { text: `Ended: ${name}.`, tone: 'good', undo }, of.list);
  }
  const times = cron ? { cron, durationMinutes, timeZone } : { ...windows[0] };
  const body = { id, name, monitors, tags, ...times };
  const undo =
    state === 'ended' ? {} : { undo: { action: of.restore, fields: { window: JSON.stringify(body) } } };
  return after(c, of, answer, { text: `Deleted: ${name}.`, tone: 'good', ...undo }, of.list);
}

async function after(
  c: Context<HttpEnv>,
  of: KindOfPage,
  answer: ApiResponse,
  flash: Flash,
  path = windowPath(of.kind, c.req.param('id')!),
) {
  if (answer.status === 404) return missing(c, of);
  return redirectWith(
    c,
    answer.ok ? path : of.list,
    answer.ok ? flash : { text: answer.detail, tone: 'bad' },
  );
}

async function silenceNow(c: Context<HttpEnv>) {
  const of = KINDS.silence;
  const values = await readForm(c);
  const chosen = values.for ?? '';
  const zone = values.timeZone && isTimeZone(values.timeZone) ? values.timeZone : 'UTC';
  if (!Object.hasOwn(QUICK, chosen))
    return showList(c, of, { values, errors: { name: 'Choose one of the times.' } }, 422);
  const scope = scopeOf({ monitors: [values.monitors ?? ''], tags: [values.tags ?? ''] }, []);
  if (scope.monitors.length + scope.tags.length === 0)
    return showList(c, of, { values, errors: { monitors: 'Name a monitor, or a tag beside.' } }, 422);
  const { minutes } = QUICK[chosen as keyof typeof QUICK];
  const now = c.var.now;
  const answer = await callApi(c, 'POST', of.api, {
    body: {
      name: values.name?.trim() || 'Silenced by hand',
      ...scope,
      ...(minutes === null
        ? { endsAt: new Date(tomorrowAtNine(zone, now)).toISOString() }
        : { durationMinutes: minutes }),
    },
  });
  if (!answer.ok) {
    const errors = Object.fromEntries(
      Object.entries(answer.errors).map(([path, message]) => [path.split('[', 1)[0]!, message]),
    );
    return showList(c, of, { values, errors: errors.form ? { monitors: errors.form } : errors }, 422);
  }
  const until = endOf(answer);
  return redirectWith(c, of.list, {
    text: `Silenced until ${until === undefined ? 'its end' : timeText(Date.parse(until))}.`,
    tone: 'good',
    undo: { action: `${windowPath('silence', String(answer.body.id))}/end`, fields: {} },
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

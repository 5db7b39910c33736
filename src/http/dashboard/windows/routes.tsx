// Owns the pages of maintenances and silences: lists with a calendar, and one window with its form. Changes go through the
// API. Does not compute occurrences: services/windows does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { findMonitorTags, readWindowList } from '../../../store/window-list.ts';
import { isCovered } from '../../../store/window-scope.ts';
import type { WindowRow } from '../../../store/windows.ts';
import { isTimeZone } from '../../../time-zone.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { type ApiResponse, callApi } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { type Flash, redirectWith } from '../flash.ts';
import { type FormErrors, type FormValues, readForm } from '../form.tsx';
import { newValues, save, showForm } from './form-routes.tsx';
import { hrefWith, KINDS, type KindOfPage, WINDOWS_PATH, windowPath } from './kinds.ts';
import { tomorrowAtNine, zonedText } from './local-times.ts';
import { monthWith, readMonth } from './month.ts';
import { scopeOf, valuesOf } from './window-form.ts';
import { QUICK, scopeQuery, Windows } from './window-list-page.tsx';
import { apiPath, find, MAX_LENGTH, missing, readZone } from './window-requests.ts';
import { shownWindow } from './window-words.ts';

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
      const { endsAt, etag } = await readForm(c);
      // A recurring maintenance has no end of its own.
      const body = endsAt === undefined ? { endedAt: null } : { endsAt };
      const headers: Readonly<Record<string, string>> = etag === undefined ? {} : { 'if-match': etag };
      const answer = await callApi(c, 'PATCH', apiPath(c, of), { body, headers });
      return after(c, of, answer, { text: 'It goes on as before.', tone: 'good' });
    });
    app.post(`${of.base}/:id/delete`, (c) => remove(c, of));
  }

  app.post(`${WINDOWS_PATH}/quick-silence`, (c) => silenceNow(c));
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
      actions:
        shown.length > 0 && mayUse(c, `POST ${of.new}`) ? (
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

/** Of a maintenance, the person chooses whether subscribers get it. */
const notifyQuery = (of: KindOfPage, { notify }: FormValues): string =>
  of.kind === 'maintenance' && notify === 'yes' ? '?notify=true' : '';

/** What ends early can go on until its planned end, unless somebody changes it meanwhile. */
async function end(c: Context<HttpEnv>, of: KindOfPage) {
  const values = await readForm(c);
  const before = await callApi(c, 'GET', apiPath(c, of));
  if (before.status === 404) return missing(c, of);
  const answer = await callApi(c, 'POST', `${apiPath(c, of)}/end${notifyQuery(of, values)}`, {});
  const path = windowPath(of.kind, c.req.param('id')!);
  const etag = answer.headers.get('etag') ?? '';
  const fields = before.body.cron ? { etag } : { etag, endsAt: endOf(before)! };
  const undo = before.body.state === 'active' ? { undo: { action: `${path}/reopen`, fields } } : {};
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
    text: `Silenced until ${until === undefined ? 'its end' : zonedText(zone, Date.parse(until))}.`,
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

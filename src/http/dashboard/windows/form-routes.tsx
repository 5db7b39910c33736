// Owns the requests of the form of a window: what it begins with, its preview, and saving it through the API.
import type { Context } from 'hono';
import { nextOccurrences, parseSchedule } from '../../../services/windows/schedule.ts';
import { readCovered, readGroupIds } from '../../../store/window-list.ts';
import type { Schedule, WindowRow } from '../../../store/windows.ts';
import { isTimeZone } from '../../../time-zone.ts';
import { etagOf } from '../../api/etag.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import type { FormErrors } from '../form.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';
import { type KindOfPage, windowPath } from './kinds.ts';
import { type PostedScope, readWindow, scopeOf, type WindowBody } from './window-form.ts';
import { WindowForm, type WindowPreview } from './window-form-page.tsx';
import { WindowContent } from './window-page.tsx';
import { apiPath, type Found, MAX_LENGTH, readZone } from './window-requests.ts';
import { SHOWN_OCCURRENCES, shownWindow } from './window-words.ts';

/** What the address fills in, and a duration of an hour. */
export function newValues(c: Context<HttpEnv>, zone: string): PostedValues {
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

export async function showForm(
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
  return parseSchedule(schedule, now).ok ? nextOccurrences(schedule, now, SHOWN_OCCURRENCES) : [];
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

export async function save(c: Context<HttpEnv>, of: KindOfPage, found: Found | null) {
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
          ? 'Another person changed it meanwhile. Nothing was saved: compare it, and save again.'
          : answer.detail,
      found,
      status: 409,
    });
  const detail = answer.errors.form ?? problem;
  return showForm(c, of, { values, errors: answer.errors, problem: detail, found, status: 422 });
}

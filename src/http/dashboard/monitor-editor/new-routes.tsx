// Owns the pages that add a monitor: the target, the check that is run at once, the form, and a copy of another monitor.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isHeartbeat } from '../../../heartbeats/check.ts';
import { readInside, showMonitor } from '../../../services/access/inside.ts';
import { ifInside } from '../../../services/access/references.ts';
import { writtenMonitor } from '../../../services/monitors/audit-monitor.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import { findMonitor } from '../../../store/monitors.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import type { FormErrors } from '../form.tsx';
import {
  DUE_TIMES,
  isHeartbeatForm,
  WITHOUT_PROBES,
  withOneSchedule,
} from '../heartbeat/schedule-fields.tsx';
import { Notice } from '../notice.tsx';
import { showRefusal } from '../refusal.tsx';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import { withChangedRows } from '../schema-form/rows.ts';
import { convertCheck } from './convert-check.ts';
import { type EditorData, readEditorData } from './editor-data.ts';
import { CHECK, EditorForm, SAVE, TYPE_PREFIX } from './editor-form.tsx';
import { FirstRunSteps } from './first-run-steps.tsx';
import { type Guess, guessCheck, isKind, KINDS, kindByAnswer } from './guess-check.ts';
import { CHECK_TYPES, monitorFields, newMonitorDefaults } from './monitor-fields.ts';
import { requestedRun } from './requested-run.ts';
import { html, runParts, startRun } from './run-parts.tsx';
import { StreamedParts, streamedPage } from './streamed-page.ts';
import { Guessed, JobOffer, TargetForm } from './target-form.tsx';

const PATH = '/dashboard/monitors/_new';
const LIST = { path: '/dashboard/monitors', label: 'Monitors' };
const ALL = { path: LIST.path, label: 'all monitors' };

export function addNewMonitorPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, async (c) => {
    const { clone, type, target = '' } = c.req.query();
    const data = await readEditorData(c);
    if (clone !== undefined) return showClone(c, data, clone);
    const chosen = CHECK_TYPES.find((one) => one.type === type);
    if (chosen !== undefined) {
      const body = { ...newMonitorDefaults(data), check: { type: chosen.type } };
      return showForm(c, data, { values: formValues(newFields(data, body.check.type), body) });
    }
    return showTarget(c, data, { target });
  });

  app.post(PATH, async (c) => {
    const posted = await readPosted(c);
    const data = await readEditorData(c);
    const wish = posted.do?.at(-1) ?? '';
    if (wish === SAVE) return create(c, data, posted);
    if (wish === CHECK) return checkForm(c, data, posted);
    if (wish === DUE_TIMES) return showForm(c, data, { values: posted });
    if (wish.startsWith(TYPE_PREFIX))
      return showForm(c, data, { values: withType(data, posted, wish.slice(TYPE_PREFIX.length)) });
    const changed = withChangedRows(monitorFields(data, { mode: 'create' }), posted);
    if (changed) return showForm(c, data, { values: changed });
    return checkTarget(c, data, posted);
  });
}

const headOf = (data: EditorData) => ({
  title: 'Add a monitor',
  above: data.isFirst ? [] : [LIST],
});

interface TargetProps {
  readonly target: string;
  readonly error?: string | undefined;
  readonly guess?: Extract<Guess, { kind: 'ask' }>;
}

const showTarget = (c: Context<HttpEnv>, data: EditorData, { target, error, guess }: TargetProps) =>
  dashboardPage(
    c,
    {
      ...headOf(data),
      intro: 'What do you want to watch?',
      content: (
        <>
          <FirstRunSteps data={data} current="monitor" />
          <TargetForm c={c} target={target} error={error} />
          {guess === undefined && error === undefined ? <JobOffer path={PATH} /> : null}
          {guess === undefined ? null : <Guessed c={c} target={target} guess={guess} />}
          <p class="note">
            Or choose the type of check yourself:{' '}
            {CHECK_TYPES.filter((one) => !isHeartbeat(one)).map(({ type, label }, index) => (
              <>
                {index > 0 ? ', ' : ''}
                <a href={`${PATH}?type=${type}`}>{label}</a>
              </>
            ))}
            .
          </p>
        </>
      ),
    },
    error === undefined ? 200 : 422,
  );

/** Guesses the check of the target, and runs it. */
function checkTarget(c: Context<HttpEnv>, data: EditorData, posted: PostedValues) {
  const target = posted.target?.at(-1) ?? '';
  const as = posted.as?.at(-1);
  const guess = guessCheck(target, isKind(as) ? as : undefined);
  if (guess.kind === 'refused') return showTarget(c, data, { target, error: guess.message });
  if (guess.kind === 'ask') return showTarget(c, data, { target, guess });
  const content = (
    <>
      <FirstRunSteps data={data} current="monitor" />
      <TargetForm c={c} target={target.trim()} />
      <StreamedParts />
    </>
  );
  return streamedPage(c, { ...headOf(data), content }, guessedParts(c, data, target, guess));
}

async function* guessedParts(
  c: Context<HttpEnv>,
  data: EditorData,
  target: string,
  first: Extract<Guess, { kind: 'check' }>,
): AsyncGenerator<string> {
  let guess = first;
  let because: string | undefined;
  let started = await startGuess(c, guess);
  const [asked] = started.ok ? started.runs : [];
  if (guess.orElse !== undefined && asked !== undefined) {
    const place = locationName(asked[0], data.locationNames);
    yield await html(<p class="note asked">{place} asks first what answers there.</p>);
    const kind = kindByAnswer(guess, await asked[1]);
    const other = kind === null ? null : guessCheck(target, kind);
    if (other?.kind === 'check') {
      because = `${place} got an answer there, but not one of a website.`;
      guess = other;
      started = await startGuess(c, guess);
    }
  }
  yield await html(<Guessed c={c} target={target} guess={guess} because={because} />);
  const fields = monitorFields(data, { mode: 'create' });
  const values = formValues(fields, {
    ...newMonitorDefaults(data),
    name: guess.name,
    check: guess.check,
  });
  yield* runParts(started, data.locationNames, <NewForm c={c} data={data} values={values} />);
}

async function startGuess(c: Context<HttpEnv>, { check, is }: Extract<Guess, { kind: 'check' }>) {
  const run = requestedRun({ check });
  if (run.ok) return startRun(c, run.value);
  const [message = ''] = Object.values(run.error);
  return { ok: false as const, message: `${KINDS[is]}: ${message}` };
}

interface FormProps {
  readonly values: PostedValues;
  readonly errors?: FormErrors;
  readonly notice?: string;
}

const NewForm = ({ c, data, values, errors = {} }: FormProps & { c: Context<HttpEnv>; data: EditorData }) => (
  <EditorForm
    c={c}
    action={PATH}
    fields={newFields(data, values['check.type']?.at(-1))}
    values={values}
    errors={errors}
    submit="Add the monitor"
    cancel={LIST.path}
  />
);

const showForm = (
  c: Context<HttpEnv>,
  data: EditorData,
  { values, errors = {}, notice }: FormProps,
  status: PageStatus = Object.keys(errors).length > 0 ? 422 : 200,
) =>
  dashboardPage(
    c,
    {
      ...headOf(data),
      content: (
        <>
          <FirstRunSteps data={data} current="monitor" />
          {notice === undefined ? null : <Notice tone="calm" title={notice} />}
          <NewForm c={c} data={data} values={values} errors={errors} />
        </>
      ),
    },
    status,
  );

const newFields = (data: EditorData, type: string | undefined) =>
  monitorFields(data, { mode: 'create', type });

function withType(data: EditorData, posted: PostedValues, type: string): PostedValues {
  const fields = newFields(data, type);
  const others = Object.entries(posted).filter(([name]) => !name.startsWith('check.'));
  return {
    ...withProbeDefaults(data, posted),
    ...Object.fromEntries(others),
    ...formValues(
      fields.filter(({ path }) => path === 'check'),
      { check: convertCheck(posted, type) },
    ),
  };
}

/** Runs the check of the form, and keeps what was typed. */
function checkForm(c: Context<HttpEnv>, data: EditorData, posted: PostedValues) {
  const run = requestedRun(readInput(monitorFields(data, { mode: 'create' }), posted));
  if (!run.ok) return showForm(c, data, { values: posted, errors: { ...run.error, form: NOT_RUN } });
  const content = (
    <>
      <FirstRunSteps data={data} current="monitor" />
      <StreamedParts />
    </>
  );
  const parts = async function* () {
    const started = await startRun(c, run.value);
    yield* runParts(started, data.locationNames, <NewForm c={c} data={data} values={posted} />);
  };
  return streamedPage(c, { ...headOf(data), content }, parts());
}

export const NOT_RUN = 'The check was not run. Correct the fields that are marked below.';

/** What the form of a heartbeat does not have. */
export const withProbeDefaults = (data: EditorData, posted: PostedValues): PostedValues =>
  isHeartbeatForm(posted)
    ? formValues(
        newFields(data, undefined).filter(({ path }) => WITHOUT_PROBES.includes(path)),
        newMonitorDefaults(data),
      )
    : {};

async function create(c: Context<HttpEnv>, data: EditorData, posted: PostedValues) {
  const body = readInput(newFields(data, posted['check.type']?.at(-1)), withOneSchedule(posted));
  const created = await callApi(c, 'POST', '/api/v1/monitors', { body });
  if (!created.ok) return showForm(c, data, { values: posted, errors: created.errors });
  const { id, name } = created.body;
  if (isHeartbeatForm(posted))
    return redirectWith(c, `/dashboard/monitors/${id}/ping-address`, {
      text: `${name} was added. Next: paste its ping address into the job.`,
      tone: 'good',
    });
  const isChannelNext =
    data.isFirst && data.channels.length === 0 && mayUse(c, 'GET /dashboard/channels/_new');
  return redirectWith(c, isChannelNext ? '/dashboard/channels/_new' : `/dashboard/monitors/${id}`, {
    text: isChannelNext
      ? `${name} is being checked. Next: a channel, so that an outage reaches you.`
      : `${name} was added. Its first checks run now.`,
    tone: 'good',
  });
}

/** Values of secrets are never read, so the copy asks for them. */
async function showClone(c: Context<HttpEnv>, data: EditorData, id: string) {
  const { config, caller } = c.var;
  const row = ifInside(caller.restriction, await findMonitor(config.db, id));
  if (row === null) return showRefusal(c, { kind: 'not_found', message: '' }, ALL);
  const inside = await readInside(config.db, caller.restriction);
  const { id: _, check, ...stored } = writtenMonitor(showMonitor(inside, row));
  const names = Object.keys((check.secrets ?? {}) as object);
  const secrets = Object.fromEntries(names.map((name) => [name, '']));
  const body = {
    ...stored,
    check: names.length === 0 ? check : { ...check, secrets },
    name: `${row.name.slice(0, 110)} (copy)`,
  };
  return showForm(c, data, {
    values: formValues(newFields(data, row.check.type), body),
    notice:
      names.length === 0
        ? `A copy of ${row.name}. Change what differs.`
        : `A copy of ${row.name}. Its secrets are not copied: type their values again, behind "More options" of the check.`,
  });
}

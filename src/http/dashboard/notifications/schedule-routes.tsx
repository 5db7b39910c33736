// Owns the routes of the pages of on-call schedules. Changes go through the API. Does not draw.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { ifInside } from '../../../services/access/references.ts';
import { namedShifts } from '../../../services/schedules/read-on-call.ts';
import { scheduleDefinition } from '../../../services/schedules/schedule-record.ts';
import { unknownSchedule } from '../../../services/schedules/schedules.ts';
import { type AlertingSetup, readAlertingSetup } from '../../../store/alerting-setup.ts';
import type { ScheduleRow } from '../../../store/schedules.ts';
import { iso } from '../../api/common.ts';
import type { HttpEnv } from '../../context.ts';
import { type ApiResponse, callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { type FormErrors, readForm } from '../form.tsx';
import { needsConfirmation, showRefusal } from '../refusal.tsx';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import { withRemovals } from './merge-patch.ts';
import { References } from './references.tsx';
import { peopleChoices, ScheduleForm, scheduleFields } from './schedule-form.tsx';
import { type OverrideValues, SchedulePage, Schedules, SPAN_MS } from './schedule-pages.tsx';
import {
  ifMatch,
  isStale,
  pathOf,
  RefusedNotice,
  SCHEDULES,
  SectionTabs,
  StaleNotice,
  showApiRefusal,
} from './section.tsx';
import { instantOf } from './time-zones.tsx';

const BACK = { path: SCHEDULES, label: 'all schedules' };
const ABOVE = [{ path: SCHEDULES, label: 'Schedules' }];

const api = (id: string): string => `/api/v1/schedules/${encodeURIComponent(id)}`;

export function addSchedulePages(app: OpenAPIHono<HttpEnv>): void {
  app.get(SCHEDULES, async (c) => {
    const { config, caller, now } = c.var;
    const setup = await readAlertingSetup(config.db);
    const rows = setup.schedules
      .filter((schedule) => isInside(caller.restriction, schedule))
      .map((schedule) => ({ schedule, shifts: namedShifts(schedule, setup, caller, now, now + SPAN_MS) }));
    return dashboardPage(c, {
      title: 'Schedules',
      intro: 'Who is on call now, and who is next.',
      actions:
        rows.length > 0 && mayUse(c, `POST ${SCHEDULES}`) ? (
          <a class="button primary" href={`${SCHEDULES}/_new`}>
            Add a schedule
          </a>
        ) : undefined,
      content: (
        <>
          <SectionTabs current={SCHEDULES} />
          <Schedules c={c} rows={rows} />
        </>
      ),
    });
  });

  app.get(`${SCHEDULES}/_new`, async (c) => {
    const setup = await readAlertingSetup(c.var.config.db);
    return showForm(c, setup, { stored: null, values: { timeZone: ['UTC'] } });
  });

  app.post(SCHEDULES, async (c) => {
    const setup = await readAlertingSetup(c.var.config.db);
    const fields = scheduleFields(peopleChoices(c, setup, null), null);
    const body = readInput(fields, await readPosted(c));
    const created = await callApi(c, 'POST', '/api/v1/schedules', { body });
    if (!created.ok)
      return showForm(c, setup, { stored: null, values: formValues(fields, body), refused: created });
    const text = `Schedule ${created.body.name} was created. Name it in a step of a route.`;
    return redirectWith(c, pathOf(SCHEDULES, created.body.id), { text, tone: 'good' });
  });

  app.get(`${SCHEDULES}/:id`, async (c) => {
    const id = c.req.param('id');
    const setup = await readAlertingSetup(c.var.config.db);
    const schedule = scheduleIn(c, setup, id);
    return schedule === null ? showRefusal(c, unknownSchedule(id), BACK) : showSchedule(c, setup, schedule);
  });

  app.get(`${SCHEDULES}/:id/edit`, async (c) => {
    const id = c.req.param('id');
    const setup = await readAlertingSetup(c.var.config.db);
    const stored = scheduleIn(c, setup, id);
    if (stored === null) return showRefusal(c, unknownSchedule(id), BACK);
    const fields = scheduleFields(peopleChoices(c, setup, stored), stored);
    const values = formValues(fields, scheduleDefinition(stored) as never);
    return showForm(c, setup, { stored, values, version: String(stored.version) });
  });

  app.post(`${SCHEDULES}/:id`, async (c) => {
    const id = c.req.param('id');
    const setup = await readAlertingSetup(c.var.config.db);
    const stored = scheduleIn(c, setup, id);
    if (stored === null) return showRefusal(c, unknownSchedule(id), BACK);
    const fields = scheduleFields(peopleChoices(c, setup, stored), stored);
    const posted = await readPosted(c);
    const version = posted.version?.at(-1);
    const body = readInput(fields, posted, 'update');
    const saved = await callApi(c, 'PATCH', api(id), {
      body: withRemovals(fields, body, { tags: stored.tags }),
      headers: ifMatch(version),
    });
    if (saved.ok)
      return redirectWith(c, pathOf(SCHEDULES, id), {
        ...{ text: `Schedule ${saved.body.name} was saved.`, tone: 'good' },
      });
    const shown = isStale(saved) ? String(stored.version) : version;
    return showForm(c, setup, { stored, values: formValues(fields, body), version: shown, refused: saved });
  });

  app.post(`${SCHEDULES}/:id/overrides`, async (c) => {
    const { now } = c.var;
    const id = c.req.param('id');
    const { person = '', startsAt = '', endsAt = '' } = await readForm(c);
    const setup = await readAlertingSetup(c.var.config.db);
    const schedule = scheduleIn(c, setup, id);
    if (schedule === null) return showRefusal(c, unknownSchedule(id), BACK);
    const values = { person, startsAt, endsAt };
    const [from, to] = [instantOf(schedule.timeZone, startsAt), instantOf(schedule.timeZone, endsAt)];
    const message = 'Must be a date and a time such as 2026-11-24T09:00.';
    if (from === null || to === null)
      return showSchedule(c, setup, schedule, values, {
        ...(from === null ? { startsAt: message } : {}),
        ...(to === null ? { endsAt: message } : {}),
      });
    const body = { person, startsAt: iso(from), endsAt: iso(to) };
    const added = await callApi(c, 'POST', `${api(id)}/overrides`, { body });
    if (!added.ok) return showSchedule(c, setup, schedule, values, added.errors);
    const name = setup.people.find((one) => one.id === added.body.person)?.name ?? person;
    const path = pathOf(SCHEDULES, id);
    const text = `${name} is on call ${from <= now ? 'now' : 'for that time'}, in the place of all rotations.`;
    return redirectWith(c, path, {
      ...{ text, tone: 'good' },
      undo: { action: `${path}/overrides/${encodeURIComponent(added.body.id)}/delete`, fields: {} },
    });
  });

  app.post(`${SCHEDULES}/:id/overrides/:overrideId/delete`, async (c) => {
    const { id, overrideId } = c.req.param();
    const path = pathOf(SCHEDULES, id);
    const removed = await callApi(c, 'DELETE', `${api(id)}/overrides/${encodeURIComponent(overrideId)}`);
    return removed.ok
      ? redirectWith(c, path, { text: 'The override was removed: the rotations apply again.', tone: 'good' })
      : showApiRefusal(c, removed, { path, label: 'the schedule' });
  });

  app.post(`${SCHEDULES}/:id/delete`, async (c) => {
    const id = c.req.param('id');
    const path = pathOf(SCHEDULES, id);
    const { confirm, detach } = await readForm(c);
    if (confirm !== 'yes') return needsConfirmation(c, { path, label: 'the schedule' });
    const deleted = await callApi(c, 'DELETE', `${api(id)}${detach === 'yes' ? '?detach=true' : ''}`);
    if (deleted.ok) return redirectWith(c, SCHEDULES, { text: 'The schedule was deleted.', tone: 'good' });
    const { references = [] } = deleted.body;
    if (references.length === 0 || detach === 'yes')
      return showApiRefusal(c, deleted, { path, label: 'the schedule' });
    return dashboardPage(
      c,
      {
        title: 'Delete the schedule?',
        above: ABOVE,
        content: (
          <References c={c} references={references} what="schedule" action={`${path}/delete`} back={path} />
        ),
      },
      409,
    );
  });
}

/** Null if it does not exist, or is outside the restriction. */
const scheduleIn = (c: Context<HttpEnv>, { schedules }: AlertingSetup, id: string): ScheduleRow | null =>
  ifInside(
    c.var.caller.restriction,
    schedules.find((one) => one.id === id),
  );

function showSchedule(
  c: Context<HttpEnv>,
  setup: AlertingSetup,
  schedule: ScheduleRow,
  values?: OverrideValues,
  errors: FormErrors = {},
) {
  const { caller, now } = c.var;
  return dashboardPage(
    c,
    {
      title: schedule.name,
      above: ABOVE,
      actions: mayUse(c, 'POST /dashboard/schedules/:id') ? (
        <a class="button" href={`${pathOf(SCHEDULES, schedule.id)}/edit`}>
          Edit
        </a>
      ) : undefined,
      content: (
        <>
          {Object.keys(errors).length === 0 ? null : (
            <RefusedNotice errors={{ ...errors, form: errors.form ?? 'The override was not added.' }} />
          )}
          <SchedulePage
            c={c}
            schedule={schedule}
            setup={setup}
            shifts={namedShifts(schedule, setup, caller, now, now + SPAN_MS)}
            values={values}
            errors={errors}
          />
        </>
      ),
    },
    Object.keys(errors).length === 0 ? 200 : 422,
  );
}

interface ShownForm {
  readonly stored: ScheduleRow | null;
  readonly values: PostedValues;
  readonly version?: string | undefined;
  readonly refused?: ApiResponse;
}

function showForm(
  c: Context<HttpEnv>,
  setup: AlertingSetup,
  { stored, values, version, refused }: ShownForm,
) {
  return dashboardPage(
    c,
    {
      title: stored === null ? 'Add a schedule' : `Edit ${stored.name}`,
      above: stored === null ? ABOVE : [...ABOVE, { path: pathOf(SCHEDULES, stored.id), label: stored.name }],
      content: (
        <>
          {refused === undefined ? null : isStale(refused) ? (
            <StaleNotice what="schedule" path={`${pathOf(SCHEDULES, stored!.id)}/edit`} />
          ) : (
            <RefusedNotice errors={refused.errors} />
          )}
          <ScheduleForm
            c={c}
            stored={stored}
            fields={scheduleFields(peopleChoices(c, setup, stored), stored)}
            values={values}
            errors={refused === undefined || isStale(refused) ? {} : refused.errors}
            version={version}
          />
        </>
      ),
    },
    refused === undefined ? 200 : isStale(refused) ? 409 : 422,
  );
}

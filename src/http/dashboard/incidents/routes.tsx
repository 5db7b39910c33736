// Owns the pages of incidents: the list, one incident, and what people do with it. Changes go through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { heldBack } from '../../../services/incidents/held-back.ts';
import { unknownIncident } from '../../../services/incidents/incident-access.ts';
import { readLocationNames } from '../../../services/settings/location-names.ts';
import { findIncidentInside, readIncidentList } from '../../../store/incident-list.ts';
import { readIncidentDetails } from '../../../store/incident-page.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { type ApiResponse, callApi } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { type Flash, redirectWith } from '../flash.ts';
import { type FormErrors, type FormValues, readForm } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { showRefusal } from '../refusal.tsx';
import { filtersOf, INCIDENTS_PATH, incidentPath, readFilters } from './incident-filters.ts';
import { Incidents } from './incident-list-page.tsx';
import { IncidentContent } from './incident-page.tsx';
import { headlineOf } from './incident-words.ts';
import { addPublishPages } from './publish-routes.tsx';
import { SNOOZES } from './take-form.tsx';

const ALL = { path: INCIDENTS_PATH, label: 'all incidents' };

export function addIncidentPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(INCIDENTS_PATH, (c) => showList(c));

  app.get(`${INCIDENTS_PATH}/:id`, (c) => showIncident(c));

  app.post(`${INCIDENTS_PATH}/:id/acknowledge`, async (c) => {
    const answer = await act(c, 'acknowledge', {});
    const by = answer.body.acknowledgedBy as string | null;
    const isOthers = answer.ok && by !== null && by !== c.var.caller.actor.name;
    return after(c, answer, {
      // The first one has it: a second acknowledgement changes nothing.
      text: isOthers
        ? `${by} acknowledged it already. It stays theirs.`
        : 'Acknowledged. Reminders and escalation stop.',
      tone: isOthers ? 'warn' : 'good',
      ...(isOthers ? {} : { undo: undoBy(c, 'unacknowledge') }),
    });
  });

  app.post(`${INCIDENTS_PATH}/:id/unacknowledge`, async (c) => {
    const answer = await act(c, 'unacknowledge', {});
    const text = 'Given back. Reminders and escalation continue.';
    return after(c, answer, { text, tone: 'good', undo: undoBy(c, 'acknowledge') });
  });

  app.post(`${INCIDENTS_PATH}/:id/snooze`, async (c) => {
    const values = await readForm(c);
    const chosen = SNOOZES.find(([value]) => value === values.minutes);
    if (chosen === undefined) return showIncident(c, values, { minutes: 'Choose one of the times.' }, 422);
    const answer = await act(c, 'snooze', { minutes: Number(chosen[0]) });
    const text = `Snoozed for ${chosen[1]}. Reminders and escalation pause.`;
    return after(c, answer, { text, tone: 'good', undo: undoBy(c, 'unacknowledge') });
  });

  app.post(`${INCIDENTS_PATH}/:id/comments`, async (c) => {
    const values = await readForm(c);
    const answer = await act(c, 'comments', { text: (values.text ?? '').replaceAll('\r\n', '\n') });
    if (answer.status === 422)
      return showIncident(c, values, { text: answer.errors.text ?? answer.detail }, 422);
    return after(c, answer, { text: 'Commented. Everyone who was notified gets it.', tone: 'good' });
  });

  addPublishPages(app);
}

const act = (c: Context<HttpEnv>, action: string, body: object): Promise<ApiResponse> =>
  callApi(c, 'POST', `/api/v1/incidents/${encodeURIComponent(c.req.param('id')!)}/${action}`, { body });

const undoBy = (c: Context<HttpEnv>, action: string) => ({
  action: `${incidentPath(c.req.param('id')!)}/${action}`,
  fields: {},
});

/** Back to where the button was: the list with its filters, or the incident. */
async function after(c: Context<HttpEnv>, answer: ApiResponse, flash: Flash) {
  const { back = '' } = await readForm(c);
  const isList = back === INCIDENTS_PATH || back.startsWith(`${INCIDENTS_PATH}?`);
  if (answer.status === 404)
    return showRefusal(c, { kind: 'not_found', message: unknownIncident(c.req.param('id')!) }, ALL);
  const path = isList ? back : incidentPath(c.req.param('id')!);
  return redirectWith(c, path, answer.ok ? flash : { text: answer.detail, tone: 'bad' });
}

async function showList(c: Context<HttpEnv>) {
  const { config, caller } = c.var;
  const filters = filtersOf((name) => c.req.query(name));
  const { query, errors } = readFilters(filters);
  const [list, names] = await Promise.all([
    readIncidentList(config.db, { ...query, restriction: caller.restriction }),
    readLocationNames(config),
  ]);
  const isValid = Object.keys(errors).length === 0;
  return dashboardPage(
    c,
    {
      title: 'Incidents',
      content: (
        <>
          {isValid ? null : <Notice tone="bad" title={errors.state ?? 'A filter is not valid.'} />}
          <Incidents c={c} list={list} filters={filters} errors={errors} page={query.page} names={names} />
        </>
      ),
    },
    isValid ? 200 : 422,
  );
}

async function showIncident(
  c: Context<HttpEnv>,
  values: FormValues = {},
  errors: FormErrors = {},
  status: PageStatus = 200,
) {
  const { config, caller, now } = c.var;
  const { restriction } = caller;
  const id = c.req.param('id')!;
  const row = await findIncidentInside(config.db, id, restriction);
  if (row === null) return showRefusal(c, { kind: 'not_found', message: unknownIncident(id) }, ALL);
  const [read, names] = await Promise.all([
    readIncidentDetails(config.db, row, now),
    readLocationNames(config),
  ]);
  const details = { ...read, written: read.written.filter((one) => isInside(restriction, one)) };
  return dashboardPage(
    c,
    {
      title: headlineOf(row, names),
      above: [{ path: INCIDENTS_PATH, label: 'Incidents' }],
      content: (
        <IncidentContent
          c={c}
          {...{ row, details, names, restriction, values, errors }}
          held={heldBack(row, details)}
          newestFirst={c.req.query('order') !== 'oldest'}
        />
      ),
    },
    status,
  );
}

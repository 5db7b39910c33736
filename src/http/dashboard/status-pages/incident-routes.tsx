// Owns the routes of public incidents in the dashboard: the list, one with its updates, and their changes through the API.
// More than 300 lines, because every task reads and draws the same form.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { readIncident, unknownPublicIncident } from '../../../services/public-incidents/change-incident.ts';
import { listPublicIncidents } from '../../../services/public-incidents/list-public-incidents.ts';
import { shownIncident } from '../../../services/public-incidents/naming.ts';
import { proposedUpdate } from '../../../services/public-incidents/proposed-update.ts';
import { readPageChoices } from '../../../store/page-choices.ts';
import { iso } from '../../api/common.ts';
import {
  incidentUpdateInputSchema,
  incidentUpdatePatchSchema,
  postmortemInputSchema,
  publicationSchema,
  publicIncidentFieldsSchema,
  publicIncidentInputSchema,
} from '../../api/public-incidents/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { type ApiResponse, callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { needsConfirmation, showRefusal } from '../refusal.tsx';
import { fieldsOf } from '../schema-form/field-spec.ts';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import { withChangedRows } from '../schema-form/rows.ts';
import { ifMatch, type Refused, refusedBy, showRefused } from './entry-form.tsx';
import { IncidentList } from './incident-list.tsx';
import { IncidentPage, type IncidentTask, NewIncident } from './incident-page.tsx';
import { NEW, PUBLIC_INCIDENTS, pathOf, SectionTabs } from './section-tabs.tsx';
import { NOTIFY, withTemplate, wordsOptions } from './words-form.tsx';

const API = '/api/v1/public-incidents';
const BACK = { path: PUBLIC_INCIDENTS, label: 'all public incidents' };
const ABOVE = [{ path: PUBLIC_INCIDENTS, label: 'Public incidents' }];
const PAGE_SIZE = 25;

export function addPublicIncidentPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PUBLIC_INCIDENTS, showList);

  app.post(PUBLIC_INCIDENTS, async (c) => {
    const posted = await readPosted(c);
    const { fields, choices } = await newForm(c, posted);
    const changed = withTemplate(choices, posted) ?? withChangedRows(fields, posted);
    if (changed) return showNew(c, { values: changed });
    const created = await callApi(c, 'POST', API, { body: readInput([...fields, NOTIFY], posted) });
    if (!created.ok) return showNew(c, { refused: refusedBy(created, posted) });
    const text = created.body.state === 'draft' ? 'The draft was saved.' : 'Readers see the incident now.';
    return redirectWith(c, pathOf(PUBLIC_INCIDENTS, created.body.id), { text, tone: 'good' });
  });

  app.get(`${PUBLIC_INCIDENTS}/:id`, async (c) => {
    const id = c.req.param('id');
    if (id !== NEW) return showIncident(c, id, taskOf(c.req.query('do')));
    const message = 'Only responders write public incidents.';
    return mayUse(c, `POST ${PUBLIC_INCIDENTS}`)
      ? showNew(c)
      : showRefusal(c, { kind: 'forbidden', path: [], message }, BACK);
  });

  const post = (path: string, task: IncidentTask, send: Send, text: string) =>
    app.post(`${PUBLIC_INCIDENTS}/:id${path}`, async (c) => {
      const id = c.req.param('id') as string;
      const posted = await readPosted(c);
      const form = await formFor(c, id, task, posted);
      if (form === null) return showRefusal(c, unknownPublicIncident(''), BACK);
      const changed = withTemplate(form.choices, posted) ?? withChangedRows(form.fields, posted);
      if (changed) return showIncident(c, id, task, { values: changed });
      const saved = await send(c, id, readInput([...form.fields, NOTIFY], posted), ifMatch(posted), posted);
      if (!saved.ok) return showIncident(c, id, task, { refused: refusedBy(saved, posted) });
      return redirectWith(c, pathOf(PUBLIC_INCIDENTS, id), { text, tone: 'good' });
    });

  post(
    '/updates',
    'update',
    (c, id, body, headers) => callApi(c, 'POST', `${pathOf(API, id)}/updates`, { body, headers }),
    'The update was written.',
  );
  post(
    '/publish',
    'publish',
    (c, id, body, headers) => callApi(c, 'POST', `${pathOf(API, id)}/publish`, { body, headers }),
    'Readers see the incident now.',
  );
  post(
    '/postmortem',
    'postmortem',
    (c, id, body, headers, posted) =>
      posted['~delete'] === undefined
        ? callApi(c, 'PUT', `${pathOf(API, id)}/postmortem`, { body, headers })
        : callApi(c, 'DELETE', `${pathOf(API, id)}/postmortem`, { headers }),
    'The postmortem was saved.',
  );
  post(
    '',
    'details',
    async (c, id, body, headers) => {
      const { notify: _, ...fields } = body;
      const read = await readIncident(c.var.config.db, id, c.var.caller);
      const removed = Object.fromEntries(Object.keys(read?.incident.tags ?? {}).map((name) => [name, null]));
      const tags = { ...removed, ...(fields.tags as object | undefined) };
      // An empty list of measured incidents is one, too.
      return callApi(c, 'PATCH', pathOf(API, id), { body: { incidents: [], ...fields, tags }, headers });
    },
    'The incident was saved.',
  );

  app.get(`${PUBLIC_INCIDENTS}/:id/updates/:updateId`, async (c) =>
    showIncident(c, c.req.param('id'), 'edit', {}, c.req.param('updateId')),
  );

  app.post(`${PUBLIC_INCIDENTS}/:id/updates/:updateId`, async (c) => {
    const { id, updateId } = c.req.param();
    const posted = await readPosted(c);
    const form = await formFor(c, id, 'edit', posted, updateId);
    if (form === null) return showRefusal(c, unknownPublicIncident(''), BACK);
    const changed = withTemplate(form.choices, posted) ?? withChangedRows(form.fields, posted);
    if (changed) return showIncident(c, id, 'edit', { values: changed }, updateId);
    const body = readInput(form.fields, posted);
    const saved = await callApi(c, 'PATCH', `${pathOf(API, id)}/updates/${encodeURIComponent(updateId)}`, {
      ...{ body, headers: ifMatch(posted) },
    });
    if (!saved.ok) return showIncident(c, id, 'edit', { refused: refusedBy(saved, posted) }, updateId);
    return redirectWith(c, pathOf(PUBLIC_INCIDENTS, id), { text: 'The update was corrected.', tone: 'good' });
  });

  app.post(`${PUBLIC_INCIDENTS}/:id/updates/:updateId/delete`, async (c) => {
    const { id, updateId } = c.req.param();
    const back = { path: pathOf(PUBLIC_INCIDENTS, id), label: 'the public incident' };
    const posted = await readPosted(c);
    if (posted.confirm?.at(-1) !== 'yes') return needsConfirmation(c, back);
    const path = `${pathOf(API, id)}/updates/${encodeURIComponent(updateId)}`;
    const deleted = await callApi(c, 'DELETE', path, { headers: ifMatch(posted) });
    return deleted.ok
      ? redirectWith(c, back.path, { text: 'The update was deleted.', tone: 'good' })
      : showRefused(c, deleted, back);
  });

  app.post(`${PUBLIC_INCIDENTS}/:id/delete`, async (c) => {
    const id = c.req.param('id');
    const back = { path: pathOf(PUBLIC_INCIDENTS, id), label: 'the public incident' };
    const posted = await readPosted(c);
    if (posted.confirm?.at(-1) !== 'yes') return needsConfirmation(c, back);
    const deleted = await callApi(c, 'DELETE', pathOf(API, id), { headers: ifMatch(posted) });
    return deleted.ok
      ? redirectWith(c, PUBLIC_INCIDENTS, { text: 'The public incident was deleted.', tone: 'good' })
      : showRefused(c, deleted, back);
  });
}

type Send = (
  c: Context<HttpEnv>,
  id: string,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
  posted: PostedValues,
) => Promise<ApiResponse>;

const TASKS: readonly IncidentTask[] = ['update', 'publish', 'postmortem', 'details'];
const taskOf = (text: string | undefined): IncidentTask | null => TASKS.find((task) => task === text) ?? null;

const STATES = ['draft', 'published'] as const;

async function showList(c: Context<HttpEnv>) {
  const { config, caller } = c.var;
  const state = STATES.find((one) => one === c.req.query('state'));
  const open = c.req.query('open') === 'true' ? true : undefined;
  const [, startedAt, id] = /^(\d{1,16})\.([\x21-\x7e]{1,160})$/.exec(c.req.query('after') ?? '') ?? [];
  const after = id === undefined ? undefined : { startedAt: Number(startedAt), id };
  const filter = { state, open, after, limit: PAGE_SIZE };
  const { rows, next } = await listPublicIncidents(config.db, filter, caller);
  const create = mayUse(c, `POST ${PUBLIC_INCIDENTS}`) && {
    href: pathOf(PUBLIC_INCIDENTS, NEW),
    label: 'New public incident',
  };
  const isFiltered = state !== undefined || open !== undefined || after !== undefined;
  return dashboardPage(c, {
    title: 'Public incidents',
    intro: 'What you write for readers about an incident, beside what probes measure.',
    actions:
      create && (rows.length > 0 || isFiltered) ? (
        <a class="button primary" href={create.href}>
          {create.label}
        </a>
      ) : undefined,
    content: (
      <>
        <SectionTabs c={c} current={PUBLIC_INCIDENTS} />
        <IncidentList
          rows={rows.map(({ incident }) => incident)}
          filter={{ state, open, isPaged: after !== undefined }}
          next={next === null ? null : `${next.startedAt}.${next.id}`}
          create={create}
        />
      </>
    ),
  });
}

/** Components that a form names, so that its lists have them. */
const componentsIn = (values: PostedValues): string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    /^components\.\d+\.component$/.test(name) ? (value ?? []).filter((text) => text !== '') : [],
  );

async function newForm(c: Context<HttpEnv>, values: PostedValues) {
  const { config, caller } = c.var;
  const named = componentsIn(values);
  const choices = await readPageChoices(config.db, caller.restriction, [], named);
  return { choices, fields: fieldsOf(publicIncidentInputSchema, wordsOptions(choices, named)) };
}

interface Shown {
  readonly values?: PostedValues;
  readonly refused?: Refused;
}

async function showNew(c: Context<HttpEnv>, { values, refused }: Shown = {}) {
  const shown = values ?? refused?.values ?? prefilled(c);
  const { choices, fields } = await newForm(c, shown);
  return dashboardPage(
    c,
    {
      title: 'New public incident',
      above: ABOVE,
      content: <NewIncident c={c} fields={fields} choices={choices} values={shown} refused={refused} />,
    },
    refused?.status ?? 200,
  );
}

/** A link of another page names what the incident is about. */
function prefilled(c: Context<HttpEnv>): PostedValues {
  const [title, incident, component] = ['title', 'incident', 'component'].map((name) => c.req.query(name));
  return {
    ...(title ? { title: [title.slice(0, 200)] } : {}),
    ...(incident ? { incidents: [incident.slice(0, 128)] } : {}),
    ...(component
      ? { 'components.0.component': [component.slice(0, 200)], 'components.0.impact': ['major'] }
      : {}),
  };
}

const SCHEMAS = {
  update: incidentUpdateInputSchema,
  publish: publicationSchema,
  postmortem: postmortemInputSchema,
  details: publicIncidentFieldsSchema,
  edit: incidentUpdatePatchSchema,
} as const;

/** What the page of an incident shows, and the form of one task. Null: it does not exist for this person. */
async function formFor(
  c: Context<HttpEnv>,
  id: string,
  asked: IncidentTask | null,
  values: PostedValues,
  updateId?: string,
) {
  const { config, caller } = c.var;
  const read = await readIncident(config.db, id, caller);
  if (read === null) return null;
  const incident = shownIncident(read.naming, read.incident, read.measured);
  const update = incident.updates.find((one) => one.id === updateId);
  if (updateId !== undefined && update === undefined) return null;
  const task = asked ?? (incident.state === 'draft' ? 'publish' : 'update');
  const named = [...incident.components.map(({ component }) => component), ...componentsIn(values)];
  const choices = await readPageChoices(config.db, caller.restriction, [], named);
  const fields = fieldsOf(SCHEMAS[task], wordsOptions(choices, named));
  return { incident, measured: read.measured, task, update, choices, fields };
}

async function showIncident(
  c: Context<HttpEnv>,
  id: string,
  asked: IncidentTask | null,
  { values, refused }: Shown = {},
  updateId?: string,
) {
  const posted = values ?? refused?.values;
  const form = await formFor(c, id, asked, posted ?? {}, updateId);
  if (form === null) return showRefusal(c, unknownPublicIncident(''), BACK);
  const { incident, task, update, fields } = form;
  const isUsed = mayUse(c, `POST ${PUBLIC_INCIDENTS}/:id`);
  const proposed = proposedUpdate(incident, form.measured);
  const newest = incident.updates[0];
  const body: Record<string, unknown> = {
    update: {
      status: proposed?.status ?? incident.status,
      body: proposed?.body,
      components: incident.components,
    },
    publish: { pages: incident.pages, body: newest?.body },
    postmortem: { body: incident.postmortem },
    details: { ...incident, startedAt: iso(incident.startedAt) },
    edit: update && { ...update, at: iso(update.at) },
  }[task] as Record<string, unknown>;
  return dashboardPage(
    c,
    {
      title: incident.title,
      above: ABOVE,
      actions:
        incident.state === 'draft' ? undefined : (
          <a class="button quiet" href={`/incidents/${encodeURIComponent(id)}`}>
            As readers see it
          </a>
        ),
      content: (
        <IncidentPage
          c={c}
          incident={incident}
          task={task}
          update={update}
          choices={form.choices}
          fields={fields}
          values={posted ?? formValues(fields, body)}
          refused={refused}
          mayChange={isUsed}
        />
      ),
    },
    refused?.status ?? 200,
  );
}

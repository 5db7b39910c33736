// Owns the routes of the form of an update for readers: what it begins with, its preview, and sending it to the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isInside } from '../../../access/restriction.ts';
import { timeText } from '../../../channels/time-text.ts';
import { ENDED_TEXT, RESOLVED_TEXT } from '../../../services/public-incidents/coordinator-texts.ts';
import { IMPACTS } from '../../../status-pages/model.ts';
import { groupRef, monitorRef, staticRef } from '../../../status-pages/shown-on.ts';
import { findIncidentInside } from '../../../store/incident-list.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import {
  type PublishChoices,
  readPublishChoices,
  type WrittenChoice,
} from '../../../store/publish-choices.ts';
import { etagOf } from '../../api/etag.ts';
import type { HttpEnv } from '../../context.ts';
import type { PageStatus } from '../../ui/page.ts';
import { type ApiResponse, callApi, readPosted } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import type { FormErrors } from '../form.tsx';
import { showRefusal } from '../refusal.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';
import { INCIDENTS_PATH, incidentPath } from './incident-filters.ts';
import { headlineOf } from './incident-words.ts';
import { IMPACT_PREFIX, PublishContent, type PublishProps } from './publish-page.tsx';

const PATH = `${INCIDENTS_PATH}/:id/publish` as const;
const PUBLIC_API = '/api/v1/public-incidents';
const ALL = { path: INCIDENTS_PATH, label: 'all incidents' };

export function addPublishPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(PATH, async (c) => {
    const read = await readForm(c, c.req.query('public'));
    if (read === null) return missing(c);
    const values = withTemplate(startingValues(read), read.choices, c.req.query('template'));
    return show(c, read, values, {});
  });

  app.post(PATH, async (c) => {
    const posted = await readPosted(c);
    const read = await readForm(c, posted.public?.at(-1));
    if (read === null) return missing(c);
    const { row, continued } = read;
    const intent = posted.intent?.at(-1);
    if (intent === 'preview') return show(c, read, posted, {}, { isPreview: true });
    const isChanged = row.resolvedAt !== null && posted.seen?.at(-1) === 'open';
    if (isChanged && posted.status?.at(-1) !== 'resolved')
      return show(
        c,
        read,
        posted,
        { status: 'Is it over for readers? Choose the status anew.' },
        {
          problem: `The incident ended at ${timeText(row.resolvedAt!)} while you wrote. Nothing was published: check the status, and publish again.`,
          status: 409,
        },
      );
    const answer = await send(c, read, posted);
    if (answer.ok) {
      const isNotified = posted.notify?.at(-1) === 'yes';
      const text = `Published. Readers see it now${isNotified ? ', and subscribers get it' : ''}.`;
      return redirectWith(c, incidentPath(row.id), { text, tone: 'good' });
    }
    // It was published, resolved or written to meanwhile: the form of what is stored now keeps what was typed.
    if (answer.status === 412 || answer.status === 409) {
      const again = { ...posted, version: [String(continued?.version ?? '')] };
      const problem =
        answer.status === 412
          ? 'Another person wrote an update meanwhile. Nothing was published: read it on the page of the incident, and publish again.'
          : answer.detail;
      return show(c, read, again, answer.errors, { problem, status: 409 });
    }
    if (answer.status === 422 || answer.status === 404)
      return show(c, read, posted, answer.errors, {
        problem: answer.errors.form ?? 'Nothing was published. Correct the fields below.',
        status: 422,
      });
    return redirectWith(c, incidentPath(row.id), { text: answer.detail, tone: 'bad' });
  });
}

const missing = (c: Context<HttpEnv>) =>
  showRefusal(c, { kind: 'not_found', message: 'Unknown incident.' }, ALL);

interface Read {
  readonly row: IncidentRow;
  readonly choices: PublishChoices;
  readonly continued: WrittenChoice | null;
}

/** Null: the incident does not exist, is outside, or is one of a location, of which readers do not know. */
async function readForm(c: Context<HttpEnv>, wanted: string | undefined): Promise<Read | null> {
  const { config, caller } = c.var;
  const { restriction } = caller;
  const row = await findIncidentInside(config.db, c.req.param('id')!, restriction);
  if (row === null || row.location !== null) return null;
  const read = await readPublishChoices(config.db, row);
  const choices = {
    ...read,
    pages: read.pages.filter((page) => isInside(restriction, page)),
    written: read.written.filter((one) => isInside(restriction, one)),
  };
  const newest = choices.written[0];
  const continued =
    wanted === 'new'
      ? null
      : wanted === undefined || wanted === ''
        ? newest !== undefined && (newest.status !== 'resolved' || newest.state === 'draft')
          ? newest
          : null
        : (choices.written.find(({ id }) => id === wanted) ?? null);
  return { row, choices, continued };
}

function startingValues({ row, choices, continued }: Read): PostedValues {
  const isOver = row.resolvedAt !== null;
  const impact = row.verdict === 'down' ? 'major' : 'partial';
  const status = isOver ? 'resolved' : (continued?.status ?? 'investigating');
  const text = continued?.state === 'draft' ? (continued.body ?? '') : '';
  const over = row.reason === null ? RESOLVED_TEXT : ENDED_TEXT;
  return {
    title: [continued?.title ?? titleOf(row)],
    status: [status],
    body: [isOver && text === '' ? over : text],
    pages: continued === null || continued.pages === 'all' ? ['all'] : continued.pages,
    version: [continued === null ? '' : String(continued.version)],
    // What is named already stays as it is, unless it is chosen.
    ...(continued === null && !isOver && choices.monitor !== null
      ? { [`${IMPACT_PREFIX}${monitorRef(row.monitorId)}`]: [impact] }
      : continued === null && choices.monitor !== null
        ? { [`${IMPACT_PREFIX}${monitorRef(row.monitorId)}`]: ['operational'] }
        : {}),
  };
}

const titleOf = ({ monitorName, verdict }: IncidentRow): string =>
  `${verdict === 'down' ? 'Outage' : 'Problem'}: ${monitorName}`.slice(0, 200);

function withTemplate(
  values: PostedValues,
  { templates }: PublishChoices,
  wanted: string | undefined,
): PostedValues {
  const template = templates.find(({ id }) => id === wanted);
  if (template === undefined) return values;
  return {
    ...values,
    ...(template.title === '' ? {} : { title: [template.title] }),
    ...{ body: [template.body], status: [template.status] },
  };
}

/** What the form offers: the monitor, its group, what is named already, and what no probe checks. */
function componentsOf({ row, choices, continued }: Read): PublishProps['components'] {
  const { monitor, pages } = choices;
  const all = [
    ...(monitor === null ? [] : [{ ref: monitorRef(row.monitorId), label: row.monitorName }]),
    ...(monitor?.group ? [{ ref: groupRef(monitor.group), label: `Group ${monitor.group}` }] : []),
    ...(continued?.components ?? []).map(({ component }) => ({ ref: component, label: component })),
    ...pages.flatMap(({ statics }) => statics.map(({ id, name }) => ({ ref: staticRef(id), label: name }))),
  ];
  return [...new Map(all.toReversed().map((one) => [one.ref, one])).values()].toReversed().slice(0, 50);
}

/** The request to the API. What the form does not have, it leaves out. */
function send(c: Context<HttpEnv>, read: Read, posted: PostedValues): Promise<ApiResponse> {
  const { row, choices, continued } = read;
  const text = (name: string): string => posted[name]?.at(-1) ?? '';
  const notify = { yes: true, no: false }[text('notify')];
  const body = text('body').replaceAll('\r\n', '\n');
  const chosen = posted.pages ?? [];
  const pages = chosen.includes('all') ? 'all' : chosen;
  const components = Object.entries(posted).flatMap(([name, values]) => {
    const impact = values?.at(-1) ?? '';
    return name.startsWith(IMPACT_PREFIX) && (IMPACTS as readonly string[]).includes(impact)
      ? [{ component: name.slice(IMPACT_PREFIX.length), impact }]
      : [];
  });
  if (continued === null)
    return callApi(c, 'POST', PUBLIC_API, {
      body: {
        ...{ title: text('title'), status: text('status'), body, notify, pages, components },
        // The teams that see the monitor see what is written about it.
        ...{ incidents: [row.id], tags: tagsOf(c, choices) },
      },
    });
  const version = /^\d{1,15}$/.test(text('version')) ? Number(text('version')) : continued.version;
  const headers = { 'if-match': etagOf({ version }) };
  const path = `${PUBLIC_API}/${encodeURIComponent(continued.id)}`;
  return continued.state === 'draft'
    ? callApi(c, 'POST', `${path}/publish`, { body: { body, notify, pages }, headers })
    : callApi(c, 'POST', `${path}/updates`, {
        body: { status: text('status'), body, notify, components },
        headers,
      });
}

/** Those of the monitor, as far as a restricted person may set them. */
function tagsOf(c: Context<HttpEnv>, { monitor }: PublishChoices): Record<string, string> {
  const { restriction } = c.var.caller;
  const own = Object.entries(monitor?.tags ?? {});
  return Object.fromEntries(
    own.filter(([name, value]) => isInside(restriction, { tags: { [name]: value } })),
  );
}

interface Shown {
  readonly problem?: string;
  readonly status?: PageStatus;
  readonly isPreview?: boolean;
}

const show = (
  c: Context<HttpEnv>,
  read: Read,
  values: PostedValues,
  errors: FormErrors,
  { problem, status = 200, isPreview = false }: Shown = {},
) =>
  dashboardPage(
    c,
    {
      title: read.continued?.state === 'draft' ? 'Publish the draft' : 'Publish an update',
      above: [
        { path: INCIDENTS_PATH, label: 'Incidents' },
        { path: incidentPath(read.row.id), label: headlineOf(read.row, {}) },
      ],
      intro: 'Readers of the status pages see it. The team and the channels of the incident get it too.',
      content: (
        <PublishContent
          c={c}
          {...read}
          components={componentsOf(read)}
          values={values}
          errors={errors}
          problem={problem ?? null}
          isPreview={isPreview}
        />
      ),
    },
    status,
  );

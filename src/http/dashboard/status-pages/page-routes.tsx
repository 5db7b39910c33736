// Owns the routes of status pages in the dashboard: the list, the form, and their changes through the API.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Caller } from '../../../access/caller.ts';
import { findPageProblems } from '../../../services/status-pages/page-problems.ts';
import { pageDefinition } from '../../../services/status-pages/page-record.ts';
import { shownComponents } from '../../../services/status-pages/page-rules.ts';
import { findPage, listPages, unknownPage } from '../../../services/status-pages/status-pages.ts';
import { pageUrl } from '../../../status-pages/page-url.ts';
import { readPageChoices } from '../../../store/page-choices.ts';
import type { StatusPageRow } from '../../../store/status-pages.ts';
import { pageInputSchema } from '../../api/status-pages/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { Empty } from '../parts/parts.tsx';
import { needsConfirmation, showRefusal } from '../refusal.tsx';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import { withChangedRows } from '../schema-form/rows.ts';
import {
  DeleteForm,
  ifMatch,
  type Refused,
  readBody,
  refusedBy,
  refusedWith,
  showRefused,
} from './entry-form.tsx';
import { PageEditor } from './page-editor.tsx';
import { pageForm } from './page-form.ts';
import { PageList } from './page-list.tsx';
import { NEW, pathOf, SectionTabs, STATUS_PAGES } from './section-tabs.tsx';

const API = '/api/v1/status-pages';
const BACK = { path: STATUS_PAGES, label: 'all status pages' };
const ABOVE = [{ path: STATUS_PAGES, label: 'Status pages' }];

export function addStatusPagePages(app: OpenAPIHono<HttpEnv>): void {
  app.get(STATUS_PAGES, showList);

  app.get(`${STATUS_PAGES}/:id`, async (c) => {
    const id = c.req.param('id');
    if (id !== NEW) return showPage(c, id);
    return mayUse(c, `POST ${STATUS_PAGES}`)
      ? showForm(c, null)
      : showRefusal(c, { kind: 'forbidden', path: [], message: 'Only editors create status pages.' }, BACK);
  });

  app.post(STATUS_PAGES, async (c) => {
    const posted = await readPosted(c);
    const { all } = await formOf(c, null);
    const changed = withChangedRows(all, posted);
    if (changed) return showForm(c, null, { values: changed });
    const created = await callApi(c, 'POST', API, { body: readInput(all, posted) });
    if (!created.ok) return showForm(c, null, { refused: refusedBy(created, posted) });
    const { id, title } = created.body;
    return redirectWith(c, pathOf(STATUS_PAGES, id), { text: `${title} was created.`, tone: 'good' });
  });

  app.post(`${STATUS_PAGES}/:id`, async (c) => {
    const id = c.req.param('id');
    const row = await findPage(c.var.config.db, id, c.var.caller);
    if (row === null) return showRefusal(c, unknownPage(id), BACK);
    const posted = await readPosted(c);
    const { all } = await formOf(c, row);
    const changed = withChangedRows(all, posted);
    if (changed) return showForm(c, row, { values: changed });
    const read = readBody(pageInputSchema, readInput(all, posted));
    if (!read.ok) return showForm(c, row, { refused: refusedWith(read.error, posted) });
    const { id: _, tags, ...body } = read.value;
    // RFC 7396: null removes a tag that the form does not have any more.
    const removed = Object.fromEntries(Object.keys(row.tags).map((name) => [name, null]));
    const request = { body: { ...body, tags: { ...removed, ...tags } }, headers: ifMatch(posted) };
    const saved = await callApi(c, 'PATCH', pathOf(API, id), request);
    if (!saved.ok) return showForm(c, row, { refused: refusedBy(saved, posted) });
    return redirectWith(c, pathOf(STATUS_PAGES, id), {
      text: `${saved.body.title} was saved.`,
      tone: 'good',
    });
  });

  app.post(`${STATUS_PAGES}/:id/delete`, async (c) => {
    const path = pathOf(STATUS_PAGES, c.req.param('id'));
    const back = { path, label: 'the status page' };
    const posted = await readPosted(c);
    if (posted.confirm?.at(-1) !== 'yes') return needsConfirmation(c, back);
    const deleted = await callApi(c, 'DELETE', pathOf(API, c.req.param('id')), { headers: ifMatch(posted) });
    return deleted.ok
      ? redirectWith(c, STATUS_PAGES, { text: 'The status page was deleted.', tone: 'good' })
      : showRefused(c, deleted, back);
  });
}

async function showList(c: Context<HttpEnv>) {
  const { config, caller } = c.var;
  const rows = await listPages(config.db, caller);
  const { targets, subscribers } = await readPageChoices(config.db, caller.restriction, named(rows));
  const pages = await Promise.all(
    rows.map(async (row) => ({
      ...{ row, url: urlOf(c, row), subscribers: subscribers.get(row.id) ?? 0 },
      problems: await findPageProblems(config, row, targets, caller),
    })),
  );
  return dashboardPage(c, {
    title: 'Status pages',
    intro: 'What readers see of the monitors, and of what you write for them.',
    actions: mayUse(c, `POST ${STATUS_PAGES}`) ? (
      <a class="button primary" href={pathOf(STATUS_PAGES, NEW)}>
        New status page
      </a>
    ) : undefined,
    content: (
      <>
        <SectionTabs c={c} current={STATUS_PAGES} />
        {pages.length === 0 ? (
          <Empty title="No status page for you yet">
            <p>
              Pages have tags, and you see those with one of yours. Create one, or ask an admin to tag one.
            </p>
          </Empty>
        ) : (
          <PageList c={c} pages={pages} />
        )}
      </>
    ),
  });
}

const named = (rows: readonly StatusPageRow[]) => rows.map(({ config }) => config.components);

function urlOf(c: Context<HttpEnv>, { id, host }: StatusPageRow): string {
  const { publicUrl, pageHosts } = c.var.config;
  return pageUrl({ id, host: host !== null && pageHosts.includes(host) ? host : null }, publicUrl);
}

async function showPage(c: Context<HttpEnv>, id: string) {
  const row = await findPage(c.var.config.db, id, c.var.caller);
  return row === null ? showRefusal(c, unknownPage(id), BACK) : showForm(c, row);
}

/** The fields, with what there is to choose from, and what is stored of the page as the person sees it. */
export async function formOf(c: Context<HttpEnv>, row: StatusPageRow | null) {
  const { config, caller } = c.var;
  const choices = await readPageChoices(config.db, caller.restriction, row === null ? [] : named([row]));
  const stored = row === null ? null : shownDefinition(caller, row, choices.targets);
  return { ...pageForm(choices, config.pageHosts, stored, row === null), choices, stored };
}

function shownDefinition(
  caller: Pick<Caller, 'restriction'>,
  row: StatusPageRow,
  targets: Parameters<typeof shownComponents>[2],
) {
  const definition = pageDefinition(row);
  return { ...definition, components: shownComponents(caller, definition.components, targets) };
}

interface Shown {
  /** Instead of what is stored. */
  readonly values?: PostedValues;
  readonly refused?: Refused;
}

async function showForm(c: Context<HttpEnv>, row: StatusPageRow | null, { values, refused }: Shown = {}) {
  const { config, caller } = c.var;
  const { choices, stored, ...form } = await formOf(c, row);
  const problems =
    row === null || refused !== undefined ? [] : await findPageProblems(config, row, choices.targets, caller);
  const id = row?.id ?? NEW;
  const mayChange = mayUse(c, `POST ${STATUS_PAGES}${row === null ? '' : '/:id'}`);
  return dashboardPage(
    c,
    {
      title: row === null ? 'New status page' : row.title,
      above: ABOVE,
      actions:
        row === null ? undefined : (
          <a class="button quiet" href={urlOf(c, row)}>
            Open the page
          </a>
        ),
      content: (
        <>
          <PageEditor
            c={c}
            form={form}
            row={row}
            values={values ?? refused?.values ?? (stored === null ? {} : formValues(form.all, { ...stored }))}
            refused={refused}
            problems={problems}
            mayChange={mayChange}
          />
          {row !== null && row.version > 0 && mayChange ? (
            <DeleteForm
              c={c}
              action={`${pathOf(STATUS_PAGES, id)}/delete`}
              version={row}
              heading={id === 'default' ? 'Reset the page' : 'Delete the page'}
              label={id === 'default' ? `Reset ${row.title}` : `Delete ${row.title}`}
            >
              <p>
                {id === 'default'
                  ? 'The page at / gets its defaults again, and keeps its subscribers.'
                  : 'Its subscribers are deleted too. Its address shows that the page does not exist.'}
              </p>
            </DeleteForm>
          ) : null}
        </>
      ),
    },
    refused?.status ?? 200,
  );
}

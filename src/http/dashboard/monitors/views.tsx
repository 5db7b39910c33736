// Owns the saved views of the list of monitors: their tabs, saving the filters of this page, and deleting a view.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isAtLeast } from '../../../access/role.ts';
import type { StoredView } from '../../../store/saved-views.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi } from '../call-api.ts';
import { redirectWith } from '../flash.ts';
import { Form, readForm } from '../form.tsx';
import { Action, Tabs } from '../parts/parts.tsx';
import { isUnfiltered, LIST_PATH, type ListFilters, listHref, paramsOf, readFilters } from './list-query.ts';

const VIEWS_PATH = `${LIST_PATH}/views`;

interface ViewsProps {
  readonly c: Context<HttpEnv>;
  readonly filters: ListFilters;
  /** Those that the person sees. */
  readonly views: readonly StoredView[];
}

const hrefOf = ({ query }: StoredView): string => (query === '' ? LIST_PATH : `${LIST_PATH}?${query}`);

export const ViewTabs = ({ filters, views }: ViewsProps) =>
  views.length === 0 ? null : (
    <Tabs
      label="Saved views"
      current={listHref(filters)}
      tabs={[
        { path: LIST_PATH, label: 'All monitors' },
        ...views.map((view) => ({ path: hrefOf(view), label: view.name })),
      ]}
    />
  );

/** Saves what this page shows, or deletes the view that it is. */
export const ViewForm = ({ c, filters, views }: ViewsProps) => {
  const isEditor = isAtLeast(c.var.caller.role, 'editor');
  const here = views.find((view) => hrefOf(view) === listHref(filters));
  if (here !== undefined)
    return here.personId === null && !isEditor ? null : (
      <Action
        c={c}
        action={`${VIEWS_PATH}/${encodeURIComponent(here.id)}/delete`}
        label="Delete this view"
        fields={{ name: here.name, query: here.query, shared: here.personId === null ? 'yes' : '' }}
        describe={`Delete the view ${here.name}`}
      />
    );
  if (isUnfiltered(filters)) return null;
  return (
    <details class="save-view">
      <summary>Save as a view</summary>
      <Form c={c} action={VIEWS_PATH} class="filters">
        <input type="hidden" name="query" value={paramsOf({ ...filters, page: '1' }).toString()} />
        <div class="field">
          <label for="view-name">Name</label>
          <input id="view-name" name="name" required maxlength={40} />
        </div>
        {isEditor ? (
          <div class="choice">
            <input type="checkbox" id="view-shared" name="shared" value="yes" />
            <label for="view-shared">For everybody</label>
          </div>
        ) : null}
        <button type="submit">Save the view</button>
      </Form>
    </details>
  );
};

export function addMonitorViewPages(app: OpenAPIHono<HttpEnv>): void {
  app.post(VIEWS_PATH, async (c) => {
    const { name = '', query = '', shared } = await readForm(c);
    // In the one order of parameters, so that the tab knows its page.
    const filters = readFilters(new URLSearchParams(query));
    const body = { name, query: paramsOf({ ...filters, page: '1' }).toString(), shared: shared === 'yes' };
    const saved = await callApi(c, 'POST', '/api/v1/monitor-views', { body });
    return redirectWith(
      c,
      listHref(filters),
      saved.ok
        ? { text: `The view "${saved.body.name}" is saved.`, tone: 'good' }
        : { text: `The view was not saved. ${Object.values(saved.errors)[0] ?? saved.detail}`, tone: 'bad' },
    );
  });

  app.post(`${VIEWS_PATH}/:id/delete`, async (c) => {
    const { name = '', query = '', shared = '' } = await readForm(c);
    const id = encodeURIComponent(c.req.param('id'));
    const deleted = await callApi(c, 'DELETE', `/api/v1/monitor-views/${id}`);
    return redirectWith(
      c,
      LIST_PATH,
      deleted.ok
        ? {
            ...{ text: `The view "${name.slice(0, 40)}" is deleted.`, tone: 'good' },
            undo: { action: VIEWS_PATH, fields: { name, query, shared } },
          }
        : { text: `The view was not deleted. ${deleted.detail}`, tone: 'bad' },
    );
  });
}

// Owns the pages that announcements, update templates and report schedules share: the list, the form of a new and of a stored
// entry, and their changes through the API. Does not know an entity.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { z } from 'zod';
import { type PageChoices, readPageChoices } from '../../../store/page-choices.ts';
import type { HttpEnv } from '../../context.ts';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage, mayUse } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { Form } from '../form.tsx';
import { Empty } from '../parts/parts.tsx';
import { needsConfirmation, showRefusal } from '../refusal.tsx';
import { fieldsOf, type OptionsByPath } from '../schema-form/field-spec.ts';
import { formValues, type PostedValues, readInput } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import {
  DeleteForm,
  ifMatch,
  Refusal,
  type Refused,
  readBody,
  refusedBy,
  refusedWith,
  showRefused,
  Version,
} from './entry-form.tsx';
import { PREVIEW_WORDS, PreviewFrame } from './preview-frame.tsx';
import { chosenPages, reachOf } from './reach.ts';
import { NEW, pathOf } from './section-tabs.tsx';
import { NOTIFY, NotifyChoice } from './words-form.tsx';

interface StoredEntry {
  readonly id: string;
  readonly version: number;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface EntryKind<Row extends StoredEntry> {
  /** The page of the list. */
  readonly path: string;
  readonly api: string;
  readonly schema: z.ZodType;
  readonly texts: {
    readonly title: string;
    readonly intro: string;
    /** `announcement` */
    readonly one: string;
    readonly new: string;
    readonly empty: string;
    readonly emptyHelp: string;
    readonly deleteHelp: string;
  };
  /** Asks whether subscribers are notified. */
  readonly notifies: boolean;
  /** Shows the text `body` as readers will see it. */
  readonly hasText: boolean;
  Tabs(props: { readonly c: Context<HttpEnv> }): Child;
  options(choices: PageChoices, stored: Row | null): OptionsByPath;
  /** Those that the person sees. */
  list(c: Context<HttpEnv>): Promise<readonly Row[]>;
  find(c: Context<HttpEnv>, id: string): Promise<Row | null>;
  nameOf(row: Row): string;
  /** As the API takes it. */
  bodyOf(row: Row): Readonly<Record<string, unknown>>;
  Table(props: { readonly c: Context<HttpEnv>; readonly rows: readonly Row[] }): Child;
  /** Beside the heading of one. */
  Actions?(props: { readonly c: Context<HttpEnv>; readonly row: Row }): Child;
}

interface Shown {
  readonly values?: PostedValues;
  readonly refused?: Refused;
}

export function addEntryPages<Row extends StoredEntry>(
  app: OpenAPIHono<HttpEnv>,
  kind: EntryKind<Row>,
): void {
  const { path, api, texts } = kind;
  const back = { path, label: `all ${texts.title.toLowerCase()}` };
  const unknown = (c: Context<HttpEnv>) => showRefusal(c, { kind: 'not_found', message: '' }, back);

  app.get(path, async (c) => {
    const rows = await kind.list(c);
    const next = mayUse(c, `POST ${path}`) && { href: pathOf(path, NEW), label: texts.new };
    return dashboardPage(c, {
      title: texts.title,
      intro: texts.intro,
      actions:
        rows.length > 0 && next ? (
          <a class="button primary" href={next.href}>
            {next.label}
          </a>
        ) : undefined,
      content: (
        <>
          <kind.Tabs c={c} />
          {rows.length === 0 ? (
            <Empty title={texts.empty} next={next}>
              <p>{texts.emptyHelp}</p>
            </Empty>
          ) : (
            <kind.Table c={c} rows={rows} />
          )}
        </>
      ),
    });
  });

  app.get(`${path}/:id`, async (c) => {
    const id = c.req.param('id') as string;
    if (id === NEW)
      return mayUse(c, `POST ${path}`)
        ? showForm(c, kind, null)
        : showRefusal(c, { kind: 'forbidden', path: [], message: `You may not create one.` }, back);
    const row = await kind.find(c, id);
    return row === null ? unknown(c) : showForm(c, kind, row);
  });

  app.post(path, async (c) => {
    const posted = await readPosted(c);
    const { all } = await fieldsFor(c, kind, null);
    const created = await callApi(c, 'POST', api, { body: readInput(all, posted) });
    if (!created.ok) return showForm(c, kind, null, { refused: refusedBy(created, posted) });
    return redirectWith(c, path, { text: `The ${texts.one} was created.`, tone: 'good' });
  });

  app.post(`${path}/:id`, async (c) => {
    const id = c.req.param('id') as string;
    const row = await kind.find(c, id);
    if (row === null) return unknown(c);
    const posted = await readPosted(c);
    const { all } = await fieldsFor(c, kind, row);
    const read = readBody(kind.schema, readInput(all, posted));
    if (!read.ok) return showForm(c, kind, row, { refused: refusedWith(read.error, posted) });
    const { id: _, tags, ...fields } = read.value as Record<string, unknown>;
    // RFC 7396: null removes a tag that the form does not have any more.
    const removed = Object.fromEntries(Object.keys(row.tags ?? {}).map((name) => [name, null]));
    const body = { ...fields, ...(row.tags ? { tags: { ...removed, ...(tags as object) } } : {}) };
    const saved = await callApi(c, 'PATCH', pathOf(api, id), { body, headers: ifMatch(posted) });
    if (!saved.ok) return showForm(c, kind, row, { refused: refusedBy(saved, posted) });
    return redirectWith(c, pathOf(path, id), { text: `The ${texts.one} was saved.`, tone: 'good' });
  });

  app.post(`${path}/:id/delete`, async (c) => {
    const id = c.req.param('id') as string;
    const toEntry = { path: pathOf(path, id), label: `the ${texts.one}` };
    const posted = await readPosted(c);
    if (posted.confirm?.at(-1) !== 'yes') return needsConfirmation(c, toEntry);
    const deleted = await callApi(c, 'DELETE', pathOf(api, id), { headers: ifMatch(posted) });
    return deleted.ok
      ? redirectWith(c, path, { text: `The ${texts.one} was deleted.`, tone: 'good' })
      : showRefused(c, deleted, toEntry);
  });
}

async function fieldsFor<Row extends StoredEntry>(
  c: Context<HttpEnv>,
  kind: EntryKind<Row>,
  row: Row | null,
) {
  const { config, caller } = c.var;
  const choices = await readPageChoices(config.db, caller.restriction);
  const id = row === null ? { advanced: true } : { omit: true };
  const options = { id, ...kind.options(choices, row), ...(row === null ? {} : { id: { omit: true } }) };
  const notify = kind.notifies ? { notify: { omit: true } } : {};
  const fields = fieldsOf(kind.schema, { ...options, ...notify });
  return { choices, fields, all: kind.notifies ? [...fields, NOTIFY] : fields };
}

async function showForm<Row extends StoredEntry>(
  c: Context<HttpEnv>,
  kind: EntryKind<Row>,
  row: Row | null,
  { values, refused }: Shown = {},
) {
  const { path, texts } = kind;
  const { choices, fields, all } = await fieldsFor(c, kind, row);
  const stored = row === null ? {} : formValues(all, kind.bodyOf(row));
  const shown = values ?? refused?.values ?? stored;
  const errors = refused?.errors ?? {};
  const own = row === null ? path : pathOf(path, row.id);
  const mayChange = mayUse(c, `POST ${path}${row === null ? '' : '/:id'}`);
  return dashboardPage(
    c,
    {
      title: row === null ? texts.new : kind.nameOf(row),
      above: [{ path, label: texts.title }],
      actions: row === null || !kind.Actions || !mayChange ? undefined : <kind.Actions c={c} row={row} />,
      content: (
        <>
          <Refusal refused={refused} current={own} fields={all.map((field) => field.path)} />
          <div class={kind.hasText && mayChange ? 'editor words' : 'editor-alone'}>
            <Form c={c} action={own} class="plain" id="entry-form">
              <Version of={row} />
              <fieldset class="bare" disabled={!mayChange}>
                <SchemaFields fields={fields} values={shown} errors={errors} />
                {kind.notifies ? (
                  <NotifyChoice count={reachOf(choices, chosenPages(shown))} values={shown} errors={errors} />
                ) : null}
              </fieldset>
              {mayChange ? (
                <p class="actions">
                  <button type="submit" class="primary">
                    {row === null ? `Create the ${texts.one}` : 'Save'}
                  </button>
                  <a class="button" href={path}>
                    Cancel
                  </a>
                </p>
              ) : null}
            </Form>
            {kind.hasText && mayChange ? (
              <PreviewFrame
                form="entry-form"
                action={PREVIEW_WORDS}
                src={PREVIEW_WORDS}
                title="Preview of the text"
                showsForm={row !== null}
              />
            ) : null}
          </div>
          {row === null || !mayChange ? null : (
            <DeleteForm
              c={c}
              action={`${own}/delete`}
              version={row}
              heading={`Delete the ${texts.one}`}
              label={`Delete ${kind.nameOf(row)}`}
            >
              <p>{texts.deleteHelp}</p>
            </DeleteForm>
          )}
        </>
      ),
    },
    refused?.status ?? 200,
  );
}

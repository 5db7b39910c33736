// Owns the page of subscribers: who reads of a page, how the mailings went, and adding, removing, importing and exporting.
// More than 300 lines, because they are the parts of one page.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { listShownSubscribers, type ShownSubscriber } from '../../../services/subscribers/subscribers.ts';
import { LANGUAGE_TAGS } from '../../../status-pages/languages/index.ts';
import { type Named, readPageChoices } from '../../../store/page-choices.ts';
import {
  type MailingState,
  readSubscriberFacts,
  type SubscriberFacts,
} from '../../../store/subscriber-list.ts';
import { SUBSCRIBER_KINDS, type SubscriberKind } from '../../../store/subscribers.ts';
import { subscriberInputSchema } from '../../api/subscribers/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { callApi, readPosted } from '../call-api.ts';
import { dashboardPage } from '../dashboard-layout.tsx';
import { redirectWith } from '../flash.ts';
import { Field, Form, type FormErrors, Select } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Empty, ListTable, Stat } from '../parts/parts.tsx';
import { needsConfirmation } from '../refusal.tsx';
import { type FieldSpec, fieldsOf } from '../schema-form/field-spec.ts';
import { type PostedValues, readInput } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { type Refused, refusedBy, showRefused } from './entry-form.tsx';
import { SectionTabs, SUBSCRIBERS } from './section-tabs.tsx';

const API = '/api/v1/subscribers';
const PAGE_SIZE = 50;
const ID = /^sub_[a-z0-9]{20}$/;

const KIND_WORDS: Readonly<Record<SubscriberKind, string>> = {
  ...{ email: 'Mail', webhook: 'Webhook', slack: 'Slack' },
};
const STATE_WORDS = { active: 'Active', pending: 'Not confirmed', disabled: 'Disabled' } as const;
type State = keyof typeof STATE_WORDS;

interface Query {
  readonly page: string | undefined;
  readonly kind: SubscriberKind | undefined;
  readonly state: State | undefined;
  readonly address: string | undefined;
}

export function addSubscriberPages(app: OpenAPIHono<HttpEnv>): void {
  app.get(SUBSCRIBERS, (c) => show(c));

  app.post(SUBSCRIBERS, async (c) => {
    const posted = await readPosted(c);
    const { fields } = await formOf(c);
    const added = await callApi(c, 'POST', API, { body: readInput(fields, posted) });
    if (!added.ok) return show(c, { task: 'add', refused: refusedBy(added, posted) });
    const { page, state } = added.body;
    const text =
      state === 'active'
        ? 'The subscriber was added.'
        : 'The subscriber was added, and gets a message to confirm.';
    return redirectWith(c, `${SUBSCRIBERS}?page=${encodeURIComponent(page)}`, { text, tone: 'good' });
  });

  app.post(`${SUBSCRIBERS}/import`, async (c) => {
    const posted = await readPosted(c);
    const page = posted.page?.at(-1) ?? 'default';
    const list = posted.list?.at(-1) ?? '';
    const imported = await c.var.dispatch(
      new Request(new URL(`${API}/import?page=${encodeURIComponent(page)}`, c.req.url), {
        method: 'POST',
        headers: { 'content-type': 'text/csv', accept: 'application/json' },
        body: list,
      }),
    );
    const answer = (await imported.json()) as {
      readonly imported?: number;
      readonly skipped?: number;
      readonly detail?: string;
      readonly errors?: readonly { readonly path: string; readonly message: string }[];
    };
    const back = `${SUBSCRIBERS}?page=${encodeURIComponent(page)}`;
    if (imported.ok) {
      const skipped = answer.skipped
        ? ` ${answer.skipped} rows were left out, because they are not active.`
        : '';
      return redirectWith(c, back, {
        text: `${answer.imported} subscribers were imported.${skipped}`,
        tone: 'good',
      });
    }
    const errors: FormErrors = Object.fromEntries(
      (answer.errors ?? []).map(({ path, message }) => [path, `${path}: ${message}`]),
    );
    const refused = {
      values: { page: [page], list: [list] },
      errors: { form: answer.detail, ...errors },
      status: 422,
    };
    return show(c, { task: 'import', refused: refused as Refused });
  });

  app.post(`${SUBSCRIBERS}/:id/delete`, async (c) => {
    const posted = await readPosted(c);
    const back = { path: SUBSCRIBERS, label: 'all subscribers' };
    if (posted.confirm?.at(-1) !== 'yes') return needsConfirmation(c, back);
    const deleted = await callApi(c, 'DELETE', `${API}/${encodeURIComponent(c.req.param('id'))}`);
    const page = posted.page?.at(-1);
    const path = page ? `${SUBSCRIBERS}?page=${encodeURIComponent(page)}` : SUBSCRIBERS;
    return deleted.ok
      ? redirectWith(c, path, { text: 'The subscriber was removed, with its address.', tone: 'good' })
      : showRefused(c, deleted, back);
  });
}

async function formOf(
  c: Context<HttpEnv>,
): Promise<{ fields: readonly FieldSpec[]; pages: readonly Named[] }> {
  const { pages } = await readPageChoices(c.var.config.db, null);
  const fields = fieldsOf(subscriberInputSchema, {
    page: { label: 'Status page', choices: pages.map(({ id, name }) => ({ value: id, label: name })) },
    kind: {
      choices: SUBSCRIBER_KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind] })),
      hint: 'How it gets messages.',
    },
    address: { hint: 'The mail address, or the https address of the webhook.' },
    scope: {
      label: 'Reads of',
      hint: 'The whole page, or components, one a line, as monitor:shop or group:Shop.',
      advanced: true,
    },
    language: { choices: LANGUAGE_TAGS.map((tag) => ({ value: tag, label: tag })), advanced: true },
    confirmed: {
      label: 'The address agreed already',
      hint: 'Else it gets a message with a link to confirm.',
    },
  });
  return { fields, pages };
}

interface Shown {
  readonly task: 'add' | 'import';
  readonly refused: Refused;
}

const oneOf = <T extends string>(values: readonly T[], text: string | undefined): T | undefined =>
  values.find((value) => value === text);

function queryOf(c: Context<HttpEnv>): Query {
  return {
    page: c.req.query('page') || undefined,
    kind: oneOf(SUBSCRIBER_KINDS, c.req.query('kind')),
    state: oneOf(['active', 'pending', 'disabled'] as const, c.req.query('state')),
    address: c.req.query('address')?.trim().slice(0, 1_000) || undefined,
  };
}

async function show(c: Context<HttpEnv>, shown?: Shown) {
  const { config, now } = c.var;
  const query = c.req.method === 'GET' ? queryOf(c) : NO_QUERY;
  const after = oneOf([c.req.query('after') ?? ''], c.req.query('after'));
  const { fields, pages } = await formOf(c);
  const facts = await readSubscriberFacts(config.db, query.page ?? null);
  // An address is found by its hash, which belongs to one page.
  const needsPage = query.address !== undefined && query.page === undefined;
  const found = needsPage
    ? []
    : await listShownSubscribers(
        config,
        {
          ...{
            pageId: query.page,
            kind: query.address ? (query.kind ?? 'email') : query.kind,
            state: query.state,
          },
          ...{ address: query.address, after: after && ID.test(after) ? after : null, limit: PAGE_SIZE + 1 },
        },
        now,
      );
  return dashboardPage(
    c,
    {
      title: 'Subscribers',
      intro: 'Who gets what you write for readers. Each address confirmed it, or you answer for its consent.',
      content: (
        <>
          <SectionTabs c={c} current={SUBSCRIBERS} />
          {shown === undefined ? null : (
            <Errors refused={shown.refused} fields={shown.task === 'add' ? fields : []} />
          )}
          <Counts counts={facts.counts} query={query} />
          <Filters query={query} pages={pages} needsPage={needsPage} />
          <List c={c} found={found} query={query} pages={pages} />
          <Mailings mailings={facts.mailings} />
          <Add
            c={c}
            fields={fields}
            refused={shown?.task === 'add' ? shown.refused : undefined}
            page={query.page}
          />
          <Exchange
            c={c}
            pages={pages}
            query={query}
            refused={shown?.task === 'import' ? shown.refused : undefined}
          />
        </>
      ),
    },
    shown?.refused.status ?? 200,
  );
}

const NO_QUERY: Query = { page: undefined, kind: undefined, state: undefined, address: undefined };

const urlWith = (query: Query, changes: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries({ ...query, ...changes }).filter(([, value]) => value);
  return given.length === 0
    ? SUBSCRIBERS
    : `${SUBSCRIBERS}?${new URLSearchParams(given as [string, string][])}`;
};

const Errors = ({ refused: { errors }, fields }: { refused: Refused; fields: readonly FieldSpec[] }) => {
  const others = Object.entries(errors).filter(
    ([path]) => !fields.some((field) => field.path === path.split(/[.[]/)[0]),
  );
  return (
    <Notice tone="bad" title="Nothing was changed.">
      {others.slice(0, 12).map(([, message]) => (
        <p>{message}</p>
      ))}
    </Notice>
  );
};

const Counts = ({ counts, query }: { counts: SubscriberFacts['counts']; query: Query }) => (
  <div class="stats">
    {(['active', 'pending', 'disabled'] as const).map((state) => (
      <Stat
        label={STATE_WORDS[state]}
        value={counts[state].toLocaleString('en')}
        href={urlWith(query, { state, address: undefined })}
      />
    ))}
  </div>
);

const Filters = ({
  query,
  pages,
  needsPage,
}: {
  query: Query;
  pages: readonly Named[];
  needsPage: boolean;
}) => (
  <form method="get" action={SUBSCRIBERS} class="filters">
    <Select
      name="page"
      label="Status page"
      value={query.page ?? ''}
      error={needsPage ? 'Choose the page of the address.' : undefined}
      options={[{ value: '', label: 'All' }, ...pages.map(({ id, name }) => ({ value: id, label: name }))]}
    />
    <Select
      name="kind"
      label="Gets messages by"
      value={query.kind ?? ''}
      options={[
        { value: '', label: 'All' },
        ...SUBSCRIBER_KINDS.map((kind) => ({ value: kind, label: KIND_WORDS[kind] })),
      ]}
    />
    <Select
      name="state"
      label="State"
      value={query.state ?? ''}
      options={[
        { value: '', label: 'All' },
        ...Object.entries(STATE_WORDS).map(([value, label]) => ({ value, label })),
      ]}
    />
    <Field name="address" label="Whole address" type="search" value={query.address ?? ''} maxlength={1000} />
    <button type="submit">Search</button>
  </form>
);

interface ListProps {
  readonly c: Context<HttpEnv>;
  readonly found: readonly ShownSubscriber[];
  readonly query: Query;
  readonly pages: readonly Named[];
}

const List = ({ c, found, query, pages }: ListProps) => {
  const shown = found.slice(0, PAGE_SIZE);
  const names = new Map(pages.map(({ id, name }) => [id, name]));
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  if (shown.length === 0)
    return (
      <Empty title={isFiltered ? 'No subscriber like this' : 'No subscriber yet'}>
        <p>
          {isFiltered
            ? 'An address is encrypted, so it is found only as a whole, on the page that it subscribed to.'
            : 'Readers subscribe on a status page. You can also add an address, or import a list, below.'}
        </p>
      </Empty>
    );
  return (
    <>
      <ListTable label="Subscribers" heads={['Address', 'Page', 'By', 'Reads of', 'State', 'Since', null]}>
        {shown.map(({ row, address }) => (
          <tr data-row>
            <th scope="row">
              <bdi>
                <Breakable text={address ?? 'Cannot be read: no configured key opens it'} />
              </bdi>
            </th>
            <td>
              <bdi>{names.get(row.pageId) ?? row.pageId}</bdi>
            </td>
            <td>{KIND_WORDS[row.kind]}</td>
            <td data-label="Reads of">{row.scope === 'page' ? 'The page' : row.scope.join(', ')}</td>
            <td>
              {STATE_WORDS[row.state]}
              {row.disabledReason === null ? null : <p class="small">{row.disabledReason}</p>}
            </td>
            <td data-label="Since">
              <Timestamp at={row.createdAt} />
            </td>
            <td>
              <Form c={c} action={`${SUBSCRIBERS}/${encodeURIComponent(row.id)}/delete`} class="inline">
                {query.page ? <input type="hidden" name="page" value={query.page} /> : null}
                <details class="remove">
                  <summary aria-label={`Remove ${address ?? row.id}`}>Remove</summary>
                  <button type="submit" class="danger" name="confirm" value="yes">
                    Remove for good
                  </button>
                </details>
              </Form>
            </td>
          </tr>
        ))}
      </ListTable>
      {found.length > shown.length ? (
        <nav class="pager" aria-label="Pages of the list">
          <a class="button quiet" rel="next" href={urlWith(query, { after: shown.at(-1)!.row.id })}>
            Next
          </a>
        </nav>
      ) : null}
    </>
  );
};

const MAILING_WORDS: Readonly<Record<string, string>> = {
  ...{
    update: 'Incident update',
    announcement: 'Announcement',
    maintenance: 'Maintenance',
    incident: 'Incident',
  },
};

const Mailings = ({ mailings }: { mailings: readonly MailingState[] }) =>
  mailings.length === 0 ? null : (
    <section aria-labelledby="mailings">
      <h2 id="mailings">Newest mailings</h2>
      <section class="scroll card" tabindex={0} aria-labelledby="mailings">
        <table class="grid stacks">
          <thead>
            <tr>
              {['Mailing', 'About', 'Written', 'Delivered', 'On the way', 'Failed'].map((head) => (
                <th scope="col">{head}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {mailings.map(({ kind, title, at, delivered, pending, failed, isOpen }) => (
              <tr>
                <th scope="row">
                  <bdi>
                    <Breakable text={title} />
                  </bdi>
                </th>
                <td>{MAILING_WORDS[kind] ?? kind}</td>
                <td>
                  <Timestamp at={at} />
                </td>
                <td>{delivered.toLocaleString('en')} delivered</td>
                <td>
                  {pending.toLocaleString('en')} pending{isOpen ? ', more are added' : ''}
                </td>
                <td>{failed.toLocaleString('en')} failed</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );

interface AddProps {
  readonly c: Context<HttpEnv>;
  readonly fields: readonly FieldSpec[];
  readonly refused: Refused | undefined;
  readonly page: string | undefined;
}

const Add = ({ c, fields, refused, page }: AddProps) => {
  const values: PostedValues = refused?.values ?? { page: [page ?? 'default'] };
  return (
    <details class="plain" open={refused !== undefined}>
      <summary>Add a subscriber</summary>
      <Form c={c} action={SUBSCRIBERS}>
        <SchemaFields fields={fields} values={values} errors={refused?.errors ?? {}} />
        <button type="submit" class="primary">
          Add the subscriber
        </button>
      </Form>
    </details>
  );
};

interface ExchangeProps {
  readonly c: Context<HttpEnv>;
  readonly pages: readonly Named[];
  readonly query: Query;
  readonly refused: Refused | undefined;
}

const Exchange = ({ c, pages, query, refused }: ExchangeProps) => (
  <details class="plain" open={refused !== undefined}>
    <summary>Import and export</summary>
    <p>
      <a href={`${API}/export${query.page ? `?page=${encodeURIComponent(query.page)}` : ''}`} download>
        Download {query.page ? 'the subscribers of this page' : 'all subscribers'} as CSV
      </a>
    </p>
    <Form c={c} action={`${SUBSCRIBERS}/import`}>
      <div class="field">
        <label for="import-page">Status page</label>
        <select id="import-page" name="page">
          {pages.map(({ id, name }) => (
            <option value={id} selected={id === (refused?.values.page?.at(-1) ?? query.page ?? 'default')}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for="list">CSV</label>
        <p class="note" id="list-hint">
          The first line names the columns: address, and kind, scope, language and state if you want. At most
          2,000 lines. They are active at once, so import only addresses that agreed. If a line is wrong,
          nothing is imported.
        </p>
        <textarea
          id="list"
          name="list"
          rows={6}
          aria-describedby="list-hint"
          spellcheck={false}
          placeholder={'address\nreader@example.com'}
        >
          {refused?.values.list?.at(-1) ?? ''}
        </textarea>
      </div>
      <button type="submit">Import</button>
    </Form>
  </details>
);

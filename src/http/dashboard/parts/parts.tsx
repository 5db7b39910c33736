// Owns the small parts that pages of the dashboard share: tabs, paging, figures, empty states, buttons that post.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { HttpEnv } from '../../context.ts';
import type { Tone } from '../../ui/icons.tsx';
import { Form } from '../form.tsx';

export interface Tab {
  readonly path: string;
  readonly label: string;
  readonly count?: number | undefined;
}

/** Links to the pages of one section. `current` is the path of this page. */
export const Tabs = ({ tabs, current, label }: { tabs: readonly Tab[]; current: string; label: string }) => (
  <nav class="tabs" aria-label={label}>
    <ul>
      {tabs.map((tab) => (
        <li>
          <a href={tab.path} {...(tab.path === current ? { 'aria-current': 'page' } : {})}>
            {tab.label}
            {tab.count === undefined ? null : <span class="count">{tab.count}</span>}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

interface PagerProps {
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
  hrefOf(page: number): string;
}

/** Pages of a list, from 1. Nothing if one page holds all. */
export const Pager = ({ page, pageSize, total, hrefOf }: PagerProps) => {
  const pages = Math.ceil(total / pageSize);
  if (pages <= 1) return null;
  const from = (page - 1) * pageSize + 1;
  return (
    <nav class="pager" aria-label="Pages of the list">
      {page > 1 ? (
        <a class="button quiet" href={hrefOf(page - 1)} rel="prev">
          Previous
        </a>
      ) : null}
      <span>
        {from.toLocaleString('en')} to {Math.min(total, from + pageSize - 1).toLocaleString('en')} of{' '}
        {total.toLocaleString('en')}
      </span>
      {page < pages ? (
        <a class="button quiet" href={hrefOf(page + 1)} rel="next">
          Next
        </a>
      ) : null}
    </nav>
  );
};

interface StatProps {
  readonly label: string;
  readonly value: Child;
  readonly tone?: Tone;
  readonly href?: string;
}

/** A figure with its name. `tone` colours it; the name says the same. */
export const Stat = ({ label, value, tone, href }: StatProps) => {
  const content = (
    <>
      <span class="value">{value}</span>
      <span class="name">{label}</span>
    </>
  );
  const style = `stat ${tone ?? ''}`.trim();
  return href === undefined ? (
    <div class={style}>{content}</div>
  ) : (
    <a class={style} href={href}>
      {content}
    </a>
  );
};

interface EmptyProps {
  /** Without a full stop. */
  readonly title: string;
  readonly children?: Child;
  /** The next step. False: the viewer may not take it. While a list is empty, the head of its page has no such button. */
  readonly next?: { readonly href: string; readonly label: string } | false;
}

/** In place of a list without rows: what it would show, and what to do next. */
export const Empty = ({ title, children, next = false }: EmptyProps) => (
  <div class="empty">
    <p class="title">{title}</p>
    {children}
    {next ? (
      <p>
        <a class="button primary" href={next.href}>
          {next.label}
        </a>
      </p>
    ) : null}
  </div>
);

interface ListTableProps {
  readonly label: string;
  /** Names of the columns. Null: one without a name, such as of buttons. */
  readonly heads: readonly (string | { readonly number: string } | null)[];
  /** Rows. A cell that says nothing without its column has a `data-label`, which a narrow screen shows. */
  readonly children: Child;
}

/** A list as a table: on a narrow screen, a row is a block. */
export const ListTable = ({ label, heads, children }: ListTableProps) => (
  <section class="scroll card" tabindex={0} aria-label={label}>
    <table class="grid stacks">
      <thead>
        <tr>
          {heads.map((head) =>
            head === null ? (
              <td />
            ) : typeof head === 'string' ? (
              <th scope="col">{head}</th>
            ) : (
              <th scope="col" class="number">
                {head.number}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </section>
);

interface ActionProps {
  readonly c: Context<HttpEnv>;
  readonly action: string;
  readonly label: Child;
  readonly fields?: Readonly<Record<string, string>>;
  readonly class?: string;
  /** What the button does, for people who do not see the row that it is in. */
  readonly describe?: string;
}

/** A button that posts. */
export const Action = ({ c, action, label, fields = {}, class: style = 'quiet', describe }: ActionProps) => (
  <Form c={c} action={action} class="inline">
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <button type="submit" class={style} {...(describe === undefined ? {} : { 'aria-label': describe })}>
      {label}
    </button>
  </Form>
);

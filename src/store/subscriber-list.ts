// Owns what the list of subscribers shows beside their rows: how many there are by state, and how their mailings went.
// One statement. Does not open an address.
import { sql } from 'drizzle-orm';
import { mailingDeliveries as d, mailings as l, subscribers as s } from './schema.ts';
import { readUnion } from './union.ts';

export interface MailingState {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly at: number;
  readonly delivered: number;
  readonly pending: number;
  readonly failed: number;
  /** Some subscribers have no delivery of it yet. */
  readonly isOpen: boolean;
}

export interface SubscriberFacts {
  readonly counts: Readonly<Record<'active' | 'pending' | 'disabled', number>>;
  /** The newest, of all pages. */
  readonly mailings: readonly MailingState[];
}

/** The deliveries of each are counted. */
const MAX_MAILINGS = 5;
const COLUMNS = ['id', 'name', 'title', 'number', 'states', 'open'] as const;

export async function readSubscriberFacts(db: D1Database, pageId: string | null): Promise<SubscriberFacts> {
  const ofPage = pageId === null ? sql`true` : sql`${s.pageId} = ${pageId}`;
  const { rows } = await readUnion(db, COLUMNS, [
    {
      kind: 'count',
      columns: { id: sql`${s.state}`, number: sql`count(*)` },
      rest: sql`from ${s} where ${ofPage} group by ${s.state}`,
    },
    {
      kind: 'mailing',
      columns: {
        ...{ id: sql`x.id`, name: sql`x.kind`, title: sql`x.body ->> '$.title'`, number: sql`x.created_at` },
        states: sql`(select json_group_object(state, n) from (
          select ${d.state} as state, count(*) as n from ${d} where ${d.mailingId} = x.id group by 1))`,
        open: sql`x.cursor is not null`,
      },
      rest: sql`from (select * from ${l} order by ${l.createdAt} desc limit ${sql.raw(String(MAX_MAILINGS))}) x`,
    },
  ]);
  const counts = { active: 0, pending: 0, disabled: 0 };
  for (const row of rows)
    if (row.kind === 'count') counts[row.id as keyof typeof counts] = row.number as number;
  return {
    counts,
    mailings: rows
      .filter(({ kind }) => kind === 'mailing')
      .map((row) => {
        const {
          delivered = 0,
          pending = 0,
          failed = 0,
        } = JSON.parse(row.states as string) as Partial<Record<'delivered' | 'pending' | 'failed', number>>;
        return {
          ...{ id: row.id as string, kind: row.name as string, title: row.title as string },
          ...{ at: row.number as number, delivered, pending, failed, isOpen: row.open === 1 },
        };
      })
      .sort((a, b) => b.at - a.at),
  };
}

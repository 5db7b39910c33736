// Owns what the form of an update for readers offers, in one statement: the monitor's group and tags, status pages, templates
// and what people wrote about the incident already. Does not own these tables.
import { sql } from 'drizzle-orm';
import type { ComponentImpact, UpdateStatus } from '../status-pages/model.ts';
import type { IncidentRow } from './incidents.ts';
import { monitors, publicIncidents, statusPages, updateTemplates } from './schema.ts';
import { readUnion } from './union.ts';

type Tags = Readonly<Record<string, string>>;

export interface PageChoice {
  readonly id: string;
  readonly title: string;
  readonly tags: Tags;
  readonly statics: readonly { readonly id: string; readonly name: string }[];
}

export interface TemplateChoice {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly body: string;
  readonly status: UpdateStatus;
}

export interface WrittenChoice {
  readonly id: string;
  readonly title: string;
  readonly state: 'draft' | 'published';
  readonly status: UpdateStatus;
  readonly version: number;
  readonly components: readonly ComponentImpact[];
  readonly pages: 'all' | readonly string[];
  readonly tags: Tags;
  /** Text of the newest update. */
  readonly body: string | null;
}

export interface PublishChoices {
  readonly monitor: { readonly group: string | null; readonly tags: Tags } | null;
  readonly pages: readonly PageChoice[];
  readonly templates: readonly TemplateChoice[];
  readonly written: readonly WrittenChoice[];
}

const MAX_CHOICES = 100;

export async function readPublishChoices(
  db: D1Database,
  { id, monitorNumber, monitorId }: IncidentRow,
): Promise<PublishChoices> {
  const { rows } = await readUnion(
    db,
    ['data'],
    [
      {
        kind: 'monitor',
        columns: { data: sql`json_object('group', m.group_name, 'tags', json(m.tags))` },
        rest: sql`from ${monitors} m where m.number = ${monitorNumber} and m.id = ${monitorId}`,
      },
      {
        kind: 'page',
        columns: {
          data: sql`json_object('id', s.id, 'title', s.title, 'tags', json(s.tags), 'statics', (
            select json_group_array(json_object('id', x.value ->> 'id', 'name', x.value ->> 'name'))
            from json_each(s.config, '$.components.static') x))`,
        },
        rest: sql`from ${statusPages} s order by s.id limit ${MAX_CHOICES}`,
      },
      {
        kind: 'template',
        columns: {
          data: sql`json_object('id', t.id, 'name', t.name, 'title', t.title, 'body', t.body, 'status', t.status)`,
        },
        rest: sql`from ${updateTemplates} t order by t.name, t.id limit ${MAX_CHOICES}`,
      },
      {
        kind: 'written',
        columns: {
          data: sql`json_object('id', p.id, 'title', p.title, 'state', p.state, 'status', p.status,
            'version', p.version, 'components', json(p.components), 'pages', json(p.pages), 'tags', json(p.tags),
            'body', (select u.body from incident_updates u where u.public_incident_id = p.id
              order by u.at desc, u.id desc limit 1))`,
        },
        rest: sql`from ${publicIncidents} p where p.state <> 'discarded'
          and exists (select 1 from json_each(p.incidents) x where x.value = ${id})
          order by p.resolved_at is not null, p.started_at desc limit 10`,
      },
    ],
  );
  const of = <T>(wanted: string): T[] =>
    rows.flatMap(({ kind, data }) => (kind === wanted ? [JSON.parse(data as string) as T] : []));
  return {
    monitor: of<NonNullable<PublishChoices['monitor']>>('monitor')[0] ?? null,
    ...{ pages: of('page'), templates: of('template'), written: of('written') },
  };
}

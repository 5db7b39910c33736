// Owns the pages of update templates. Does not own the form: entry-pages.tsx does.

import type { OpenAPIHono } from '@hono/zod-openapi';
import {
  findUpdateTemplate,
  listUpdateTemplates,
  type UpdateTemplateRow,
} from '../../../store/update-templates.ts';
import { toUpdateTemplateResponse, updateTemplateInputSchema } from '../../api/update-templates/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { ListTable } from '../parts/parts.tsx';
import { addEntryPages, type EntryKind } from './entry-pages.tsx';
import { pathOf, SectionTabs, UPDATE_TEMPLATES } from './section-tabs.tsx';
import { StatusWords } from './status-words.tsx';
import { STATUS_CHOICES } from './words-form.tsx';

const kind: EntryKind<UpdateTemplateRow> = {
  ...{ path: UPDATE_TEMPLATES, api: '/api/v1/update-templates', schema: updateTemplateInputSchema },
  ...{ notifies: false, hasText: true },
  texts: {
    title: 'Update templates',
    intro: 'Texts that an incident update begins with, written before an outage.',
    one: 'template',
    new: 'New template',
    empty: 'No template yet',
    emptyHelp: 'Save what you wrote for readers the last time. The form of an update begins with it.',
    deleteHelp: 'What was written with it stays.',
  },
  Tabs: ({ c }) => <SectionTabs c={c} current={UPDATE_TEMPLATES} />,
  options: () => ({
    id: {
      advanced: true,
      hint: 'Empty: made of the name. outage-opened, outage-reopened and outage-resolved replace what probemesh writes by itself.',
    },
    name: { hint: 'As the list of templates has it.' },
    title: { hint: 'The title of the public incident.' },
    body: { label: 'Text', hint: 'Markdown.', widget: 'textarea' },
    status: { choices: STATUS_CHOICES },
  }),
  list: (c) => listUpdateTemplates(c.var.config.db),
  find: (c, id) => findUpdateTemplate(c.var.config.db, id),
  nameOf: ({ name }) => name,
  bodyOf: (row) => ({ ...toUpdateTemplateResponse(row) }),
  Table: ({ rows }) => (
    <ListTable label="Update templates" heads={['Template', 'Title', 'Status']}>
      {rows.map((row) => (
        <tr data-row>
          <th scope="row">
            <a href={pathOf(UPDATE_TEMPLATES, row.id)}>
              <bdi>{row.name}</bdi>
            </a>
          </th>
          <td>
            <bdi>
              <Breakable text={row.title} />
            </bdi>
          </td>
          <td>
            <StatusWords status={row.status} />
          </td>
        </tr>
      ))}
    </ListTable>
  ),
};

export const addUpdateTemplatePages = (app: OpenAPIHono<HttpEnv>): void => addEntryPages(app, kind);

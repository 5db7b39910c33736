// Owns the pages of announcements: what is said of each, and how one ends. Does not own the form: entry-pages.tsx does.

import type { OpenAPIHono } from '@hono/zod-openapi';
import {
  listShownAnnouncements,
  readAnnouncement,
  shownAnnouncement,
} from '../../../services/announcements/announcements.ts';
import type { AnnouncementRow } from '../../../store/announcements.ts';
import { announcementInputSchema, toAnnouncementResponse } from '../../api/announcements/schema.ts';
import { iso } from '../../api/common.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { callApi, readPosted } from '../call-api.ts';
import { redirectWith } from '../flash.ts';
import { Form } from '../form.tsx';
import { ListTable } from '../parts/parts.tsx';
import { ifMatch, showRefused, Version } from './entry-form.tsx';
import { addEntryPages, type EntryKind } from './entry-pages.tsx';
import { ANNOUNCEMENTS, pathOf, SectionTabs } from './section-tabs.tsx';
import { wordsOptions } from './words-form.tsx';

const API = '/api/v1/announcements';
const TIME = 'Such as 2026-11-26T10:00:00Z.';

const kind: EntryKind<AnnouncementRow> = {
  ...{ path: ANNOUNCEMENTS, api: API, schema: announcementInputSchema, notifies: true, hasText: true },
  texts: {
    title: 'Announcements',
    intro: 'Words for the readers of status pages, without an incident.',
    one: 'announcement',
    new: 'New announcement',
    empty: 'No announcement yet',
    emptyHelp: 'Write one for what is no incident: a move, a new region, holidays.',
    deleteHelp: 'Readers do not see it any more. To keep it here, end it instead.',
  },
  Tabs: ({ c }) => <SectionTabs c={c} current={ANNOUNCEMENTS} />,
  options: (choices) => ({
    ...wordsOptions(choices),
    pages: { ...wordsOptions(choices).pages, hint: 'The pages that show it.' },
    startsAt: { label: 'Begins', hint: `${TIME} Empty: now.` },
    endsAt: { label: 'Ends', hint: `${TIME} Empty: when you end or delete it.` },
  }),
  list: (c) => listShownAnnouncements(c.var.config.db, c.var.caller),
  find: async (c, id) => {
    const read = await readAnnouncement(c.var.config.db, id, c.var.caller);
    return read && shownAnnouncement(read.naming, read.row);
  },
  nameOf: ({ title }) => title,
  bodyOf: (row) => ({ ...toAnnouncementResponse(row) }),
  Table: ({ c, rows }) => (
    <ListTable label="Announcements" heads={['Announcement', 'State', 'Begins', 'Ends', 'Pages']}>
      {rows.map((row) => (
        <tr data-row>
          <th scope="row">
            <a href={pathOf(ANNOUNCEMENTS, row.id)}>
              <bdi>
                <Breakable text={row.title} />
              </bdi>
            </a>
          </th>
          <td>{stateOf(row, c.var.now)}</td>
          <td data-label="Begins">
            <Timestamp at={row.startsAt} />
          </td>
          <td data-label="Ends">{row.endsAt === null ? 'Not set' : <Timestamp at={row.endsAt} />}</td>
          <td data-label="Pages">{row.pages === 'all' ? 'All' : row.pages.join(', ')}</td>
        </tr>
      ))}
    </ListTable>
  ),
  Actions: ({ c, row }) =>
    stateOf(row, c.var.now) === 'Over' ? null : (
      <Form c={c} action={`${pathOf(ANNOUNCEMENTS, row.id)}/end`} class="inline">
        <Version of={row} />
        <button type="submit" class="quiet">
          End now
        </button>
      </Form>
    ),
};

const stateOf = ({ startsAt, endsAt }: AnnouncementRow, now: number): 'Planned' | 'Shown' | 'Over' =>
  startsAt > now ? 'Planned' : endsAt === null || endsAt > now ? 'Shown' : 'Over';

export function addAnnouncementPages(app: OpenAPIHono<HttpEnv>): void {
  app.post(`${ANNOUNCEMENTS}/:id/end`, async (c) => {
    const id = c.req.param('id');
    const path = pathOf(ANNOUNCEMENTS, id);
    const posted = await readPosted(c);
    const request = { body: { endsAt: iso(c.var.now) }, headers: ifMatch(posted) };
    const ended = await callApi(c, 'PATCH', pathOf(API, id), request);
    return ended.ok
      ? redirectWith(c, path, {
          text: 'The announcement has ended. Pages do not show it any more.',
          tone: 'good',
        })
      : showRefused(c, ended, { path, label: 'the announcement' });
  });
  addEntryPages(app, kind);
}

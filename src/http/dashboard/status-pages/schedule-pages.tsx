// Owns the pages of report schedules. Does not own the form: entry-pages.tsx does.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { isInside } from '../../../access/restriction.ts';
import { readInside } from '../../../services/access/inside.ts';
import { ifInside } from '../../../services/access/references.ts';
import {
  findReportSchedule,
  listReportSchedules,
  type ReportScheduleRow,
} from '../../../store/report-schedules.ts';
import { reportScheduleInputSchema, toReportScheduleResponse } from '../../api/report-schedules/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { Timestamp } from '../../ui/times.tsx';
import { ListTable, Tabs } from '../parts/parts.tsx';
import { REPORT_TABS } from '../report-page.tsx';
import { addEntryPages, type EntryKind } from './entry-pages.tsx';
import { pathOf, REPORT_SCHEDULES } from './section-tabs.tsx';

type Shown = ReportScheduleRow & { readonly shown: ReturnType<typeof toReportScheduleResponse> };

const PERIODS = [
  { value: 'week', label: 'Week' },
  { value: 'month', label: 'Month' },
  { value: 'quarter', label: 'Quarter' },
  { value: 'year', label: 'Year' },
];

const boxes = (values: readonly string[] | null, stored: readonly string[]) => {
  const all = values === null ? [] : [...new Set([...values, ...stored])];
  return all.length === 0 ? {} : { choices: all.map((value) => ({ value, label: value })) };
};

const kind: EntryKind<Shown> = {
  ...{ path: REPORT_SCHEDULES, api: '/api/v1/report-schedules', schema: reportScheduleInputSchema },
  ...{ notifies: false, hasText: false },
  texts: {
    title: 'Report schedules',
    intro: 'An hour after each period, channels get its report.',
    one: 'report schedule',
    new: 'New report schedule',
    empty: 'No report is sent yet',
    emptyHelp: 'Create a schedule, and the team gets the figures of each week or month without asking.',
    deleteHelp: 'No more reports are sent. Those that were sent stay where they are.',
  },
  Tabs: () => <Tabs tabs={REPORT_TABS} current={REPORT_SCHEDULES} label="Reports" />,
  options: (choices, stored) => {
    const scope = stored?.shown.scope;
    const ids = scope === undefined || scope.monitors === 'all' ? [] : scope.monitors;
    const monitors = [
      ...(choices.monitors ?? []).map(({ id, name }) => ({ value: id, label: name })),
      ...ids
        .filter((id) => !choices.monitors?.some((one) => one.id === id))
        .map((id) => ({ value: id, label: id })),
    ];
    const channels = [
      ...choices.channels.map(({ id, name }) => ({ value: id, label: name })),
      ...(stored?.shown.channels ?? [])
        .filter((id) => !choices.channels.some((one) => one.id === id))
        .map((id) => ({ value: id, label: id })),
    ];
    return {
      id: { advanced: true, hint: 'Empty: made of the name.' },
      name: { hint: 'Messages begin with it.' },
      period: { choices: PERIODS, hint: 'A week begins on Monday.' },
      timeZone: { hint: 'Periods begin and end in it, such as Europe/Berlin.' },
      scope: { label: 'Monitors of the report' },
      'scope.monitors': {
        label: 'Monitors',
        hint:
          choices.monitors === null
            ? 'All, or ids, one a line.'
            : 'All, or only these, beside those of groups and tags.',
        ...(choices.monitors === null ? {} : { choices: monitors }),
      },
      'scope.groups': {
        label: 'Groups',
        hint: 'Their monitors too.',
        ...boxes(choices.groups, scope?.groups ?? []),
      },
      'scope.tags': { label: 'Tags', hint: 'Their monitors too.', ...boxes(choices.tags, scope?.tags ?? []) },
      channels: { hint: 'They get the reports. A pager takes none.', choices: channels },
      enabled: { label: 'Send reports', hint: 'Without, the schedule waits.' },
      tags: {
        hint: 'They decide which restricted people see it. One a line, as name: value.',
        advanced: true,
      },
    };
  },
  list: async (c) => {
    const { config, caller } = c.var;
    const [rows, inside] = await Promise.all([
      listReportSchedules(config.db),
      readInside(config.db, caller.restriction),
    ]);
    return rows
      .filter((row) => isInside(caller.restriction, row))
      .map((row) => ({ ...row, shown: toReportScheduleResponse(row, inside) }));
  },
  find: async (c, id) => {
    const { config, caller } = c.var;
    const [found, inside] = await Promise.all([
      findReportSchedule(config.db, id),
      readInside(config.db, caller.restriction),
    ]);
    const row = ifInside(caller.restriction, found);
    return row && { ...row, shown: toReportScheduleResponse(row, inside) };
  },
  nameOf: ({ name }) => name,
  bodyOf: ({ shown }) => ({ ...shown }),
  Table: ({ rows }) => (
    <ListTable
      label="Report schedules"
      heads={['Schedule', 'Period', 'Time zone', 'Channels', 'State', 'Last period sent']}
    >
      {rows.map((row) => (
        <tr data-row>
          <th scope="row">
            <a href={pathOf(REPORT_SCHEDULES, row.id)}>
              <bdi>{row.name}</bdi>
            </a>
          </th>
          <td>{PERIODS.find(({ value }) => value === row.period)?.label}</td>
          <td>{row.timeZone}</td>
          <td data-label="Channels">
            {row.shown.channels.length === 0 ? 'None: nothing is sent' : row.shown.channels.join(', ')}
          </td>
          <td>{row.enabled ? 'On' : 'Off'}</td>
          <td data-label="Last period sent">
            {row.sentPeriod === null ? 'None yet' : <Timestamp at={row.sentPeriod} />}
          </td>
        </tr>
      ))}
    </ListTable>
  ),
};

export const addReportSchedulePages = (app: OpenAPIHono<HttpEnv>): void => addEntryPages(app, kind);

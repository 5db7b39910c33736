// Owns the tabs of the section: status pages, and what people write for their readers. Shows those that the person may open.
import type { Context } from 'hono';
import type { HttpEnv } from '../../context.ts';
import { mayUse } from '../dashboard-layout.tsx';
import { type Tab, Tabs } from '../parts/parts.tsx';

export const STATUS_PAGES = '/dashboard/status-pages';
export const PUBLIC_INCIDENTS = '/dashboard/public-incidents';
export const ANNOUNCEMENTS = '/dashboard/announcements';
export const UPDATE_TEMPLATES = '/dashboard/update-templates';
export const SUBSCRIBERS = '/dashboard/subscribers';
export const REPORT_SCHEDULES = '/dashboard/report-schedules';

/** In place of an id: the form for a new entry. No id of an entry has an underscore at its beginning. */
export const NEW = '_new';

const TABS: readonly Tab[] = [
  { path: STATUS_PAGES, label: 'Status pages' },
  { path: PUBLIC_INCIDENTS, label: 'Public incidents' },
  { path: ANNOUNCEMENTS, label: 'Announcements' },
  { path: UPDATE_TEMPLATES, label: 'Update templates' },
  { path: SUBSCRIBERS, label: 'Subscribers' },
];

export const SectionTabs = ({ c, current }: { c: Context<HttpEnv>; current: string }) => (
  <Tabs tabs={TABS.filter(({ path }) => mayUse(c, `GET ${path}`))} current={current} label="Status pages" />
);

export const pathOf = (section: string, id: string): string => `${section}/${encodeURIComponent(id)}`;

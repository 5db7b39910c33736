// Owns the tabs of the settings. A person sees those that RULES let them open.
import type { Context } from 'hono';
import type { HttpEnv } from '../../context.ts';
import { mayUse } from '../dashboard-layout.tsx';
import { Tabs } from '../parts/parts.tsx';

const TABS = [
  { path: '/dashboard/settings', label: 'Mesh' },
  { path: '/dashboard/people', label: 'People' },
  { path: '/dashboard/keys', label: 'API keys' },
  { path: '/dashboard/identity-providers', label: 'Single sign-on' },
];

export const SettingsTabs = ({ c, current }: { c: Context<HttpEnv>; current: string }) => (
  <Tabs label="Settings" tabs={TABS.filter(({ path }) => mayUse(c, `GET ${path}`))} current={current} />
);

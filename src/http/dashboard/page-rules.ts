// Owns the rules of access of all pages of the dashboard, put together from those of each section.
import type { Rules } from '../access/rule.ts';
import { CONFIGURATION_RULES } from './configuration/rules.ts';
import { HEARTBEAT_RULES } from './heartbeat/rules.ts';
import { INCIDENTS_RULES } from './incidents/rules.ts';
import { LOCATIONS_RULES } from './locations/rules.ts';
import { MONITOR_RULES } from './monitor/rules.ts';
import { MONITOR_EDITOR_RULES } from './monitor-editor/rules.ts';
import { MONITORS_RULES } from './monitors/rules.ts';
import { NOTIFICATIONS_RULES } from './notifications/rules.ts';
import { OVERVIEW_RULES } from './overview/rules.ts';
import { SEARCH_RULES } from './search/rules.ts';
import { SETTINGS_RULES } from './settings/rules.ts';
import { STATUS_PAGES_RULES } from './status-pages/rules.ts';
import { WINDOWS_RULES } from './windows/rules.ts';

export const DASHBOARD_RULES: Rules = {
  ...SEARCH_RULES,
  ...OVERVIEW_RULES,
  ...LOCATIONS_RULES,
  ...MONITORS_RULES,
  ...MONITOR_EDITOR_RULES,
  ...MONITOR_RULES,
  ...HEARTBEAT_RULES,
  ...INCIDENTS_RULES,
  ...NOTIFICATIONS_RULES,
  ...WINDOWS_RULES,
  ...CONFIGURATION_RULES,
  ...SETTINGS_RULES,
  ...STATUS_PAGES_RULES,
};

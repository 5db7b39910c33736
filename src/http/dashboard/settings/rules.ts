// Owns who may use the pages of settings: see src/http/access/rules.ts.
import { type Rules, whole } from '../../access/rule.ts';

export const SETTINGS_RULES: Rules = {
  'GET /dashboard/settings': whole('viewer'),
  'POST /dashboard/settings/default-channels': 'admin',
  'POST /dashboard/settings/dead-mans-switch': 'admin',
  'POST /dashboard/settings/dead-mans-switch/remove': 'admin',
  'GET /dashboard/identity-providers': 'admin',
  'GET /dashboard/identity-providers/_new': 'admin',
  'POST /dashboard/identity-providers': 'admin',
  'GET /dashboard/identity-providers/:id': 'admin',
  'POST /dashboard/identity-providers/:id': 'admin',
  'POST /dashboard/identity-providers/:id/delete': 'admin',
};

// Owns who may use the pages of adding and editing monitors: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const MONITOR_EDITOR_RULES: Rules = {
  'GET /dashboard/monitors/_new': 'editor',
  // It also runs the check, as POST /api/v1/check does.
  'POST /dashboard/monitors/_new': 'editor',
  'GET /dashboard/monitors/:id/edit': 'editor',
  'POST /dashboard/monitors/:id/edit': 'editor',
  'GET /dashboard/monitors/:id/delete': 'editor',
  'POST /dashboard/monitors/:id/delete': 'editor',
};

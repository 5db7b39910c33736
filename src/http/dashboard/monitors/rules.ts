// Owns who may use the pages of the list of monitors: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const MONITORS_RULES: Rules = {
  'GET /dashboard/monitors': 'viewer',
  'POST /dashboard/monitors/views': 'viewer',
  'POST /dashboard/monitors/views/:id/delete': 'viewer',
  'GET /dashboard/monitors/_bulk': 'editor',
  'POST /dashboard/monitors/_bulk': 'editor',
  'POST /dashboard/monitors/_bulk/undo': 'editor',
};

// Owns who may use the pages of one monitor: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const MONITOR_RULES: Rules = {
  'GET /dashboard/monitors/:id': 'viewer',
  'GET /dashboard/monitors/:id/history': 'viewer',
  'GET /dashboard/monitors/:id/check': 'editor',
  // It runs the check, as POST /api/v1/check does.
  'POST /dashboard/monitors/:id/check': 'editor',
  'POST /dashboard/monitors/:id/pause': 'editor',
  'POST /dashboard/monitors/:id/resume': 'editor',
  'POST /dashboard/monitors/:id/silence': 'responder',
  'POST /dashboard/monitors/:id/silence/end': 'responder',
};

// Owns who may use the pages of incidents: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const INCIDENTS_RULES: Rules = {
  'GET /dashboard/incidents': 'viewer',
  'GET /dashboard/incidents/:id': 'viewer',
  'POST /dashboard/incidents/:id/acknowledge': 'responder',
  'POST /dashboard/incidents/:id/unacknowledge': 'responder',
  'POST /dashboard/incidents/:id/snooze': 'responder',
  'POST /dashboard/incidents/:id/comments': 'responder',
  'GET /dashboard/incidents/:id/publish': 'responder',
  'POST /dashboard/incidents/:id/publish': 'responder',
};

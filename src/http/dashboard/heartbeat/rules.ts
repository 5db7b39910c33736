// Owns who may use the pages of heartbeats: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const HEARTBEAT_RULES: Rules = {
  'GET /dashboard/monitors/:id/pings': 'viewer',
  // The address is a permission to report for the job.
  'GET /dashboard/monitors/:id/ping-address': 'editor',
  'GET /dashboard/monitors/:id/rotate-key': 'editor',
  'POST /dashboard/monitors/:id/rotate-key': 'editor',
  'POST /dashboard/monitors/due-times': 'editor',
};

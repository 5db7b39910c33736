// Owns who may use the pages of maintenances and silences: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const WINDOWS_RULES: Rules = {
  'GET /dashboard/maintenance': 'viewer',
  'GET /dashboard/maintenance/silences': 'viewer',
  'GET /dashboard/maintenance/new': 'editor',
  'POST /dashboard/maintenance/new': 'editor',
  'POST /dashboard/maintenance/restore-maintenance': 'editor',
  'GET /dashboard/maintenance/maintenances/:id': 'viewer',
  'POST /dashboard/maintenance/maintenances/:id': 'editor',
  'POST /dashboard/maintenance/maintenances/:id/end': 'editor',
  'POST /dashboard/maintenance/maintenances/:id/reopen': 'editor',
  'POST /dashboard/maintenance/maintenances/:id/delete': 'editor',
  'GET /dashboard/maintenance/new-silence': 'responder',
  'POST /dashboard/maintenance/new-silence': 'responder',
  'POST /dashboard/maintenance/quick-silence': 'responder',
  'POST /dashboard/maintenance/restore-silence': 'responder',
  'GET /dashboard/maintenance/silences/:id': 'viewer',
  'POST /dashboard/maintenance/silences/:id': 'responder',
  'POST /dashboard/maintenance/silences/:id/end': 'responder',
  'POST /dashboard/maintenance/silences/:id/reopen': 'responder',
  'POST /dashboard/maintenance/silences/:id/delete': 'responder',
};

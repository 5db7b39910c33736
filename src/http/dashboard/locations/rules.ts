// Owns who may use the pages of locations: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const LOCATIONS_RULES: Rules = {
  'GET /dashboard/locations': 'viewer',
  'GET /dashboard/locations/:id': 'viewer',
  'POST /dashboard/locations/:id/name': 'admin',
};

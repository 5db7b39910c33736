// Owns who may use the pages of the list of monitors: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const MONITORS_RULES: Rules = {
  'GET /dashboard/monitors': 'viewer',
};

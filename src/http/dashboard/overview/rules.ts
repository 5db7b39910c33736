// Owns who may use the pages of the overview: see src/http/access/rules.ts, which has `GET /dashboard` itself.
import type { Rules } from '../../access/rule.ts';

export const OVERVIEW_RULES: Rules = {
  'POST /dashboard/checklist': 'viewer',
};

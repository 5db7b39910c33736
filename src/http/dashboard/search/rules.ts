// Owns who may use the search of the palette: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const SEARCH_RULES: Rules = { 'GET /dashboard/search': 'viewer' };

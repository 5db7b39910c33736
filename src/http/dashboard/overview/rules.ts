// Owns who may use the pages of the overview: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const OVERVIEW_RULES: PageRules = {};

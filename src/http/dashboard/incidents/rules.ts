// Owns who may use the pages of incidents: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const INCIDENTS_RULES: PageRules = {};

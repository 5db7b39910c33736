// Owns who may use the pages of the list of monitors: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const MONITORS_RULES: PageRules = {};

// Owns who may use the pages of locations: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const LOCATIONS_RULES: PageRules = {};

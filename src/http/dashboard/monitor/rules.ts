// Owns who may use the pages of one monitor: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const MONITOR_RULES: PageRules = {};

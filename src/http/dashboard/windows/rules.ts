// Owns who may use the pages of maintenances and silences: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const WINDOWS_RULES: PageRules = {};

// Owns who may use the pages of settings: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const SETTINGS_RULES: PageRules = {};

// Owns who may use the pages of the configuration as YAML: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const CONFIGURATION_RULES: PageRules = {};

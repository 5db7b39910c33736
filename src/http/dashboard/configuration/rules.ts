// Owns who may use the pages of the configuration as YAML: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const CONFIGURATION_RULES: Rules = {};

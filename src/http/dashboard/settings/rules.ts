// Owns who may use the pages of settings: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const SETTINGS_RULES: Rules = {};

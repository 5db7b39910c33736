// Owns who may use the pages of one monitor: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const MONITOR_RULES: Rules = {};

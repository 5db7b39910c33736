// Owns who may use the pages of adding and editing monitors: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const MONITOR_EDITOR_RULES: Rules = {};

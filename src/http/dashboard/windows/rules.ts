// Owns who may use the pages of maintenances and silences: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const WINDOWS_RULES: Rules = {};

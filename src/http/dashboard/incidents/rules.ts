// Owns who may use the pages of incidents: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const INCIDENTS_RULES: Rules = {};

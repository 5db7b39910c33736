// Owns who may use the pages of status pages and what people write on them: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const STATUS_PAGES_RULES: Rules = {};

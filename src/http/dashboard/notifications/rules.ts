// Owns who may use the pages of channels, routes, schedules and deliveries: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const NOTIFICATIONS_RULES: Rules = {};

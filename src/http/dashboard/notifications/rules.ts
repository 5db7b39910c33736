// Owns who may use the pages of channels, routes, schedules and deliveries: see src/http/access/rules.ts.
import type { PageRules } from '../page-rules.ts';

export const NOTIFICATIONS_RULES: PageRules = {};

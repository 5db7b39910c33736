// Owns who may use the pages of the configuration as YAML: see src/http/access/rules.ts.
import { type Rules, whole } from '../../access/rule.ts';

export const CONFIGURATION_RULES: Rules = {
  'GET /dashboard/configuration': whole('viewer'),
  'GET /dashboard/configuration/probemesh.yaml': whole('viewer'),
  'POST /dashboard/configuration/preview': whole('editor'),
  'POST /dashboard/configuration': whole('editor'),
};

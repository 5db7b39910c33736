// Owns the configuration as YAML for people: what is stored, in the form that a person writes and parse-yaml.ts reads.
import { stringify } from 'yaml';

/** Texts are quoted where YAML would read something else. Long lines are not folded, so that a diff has one line a field. */
export const writeYaml = (value: unknown): string =>
  stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2', schema: 'yaml-1.1' });

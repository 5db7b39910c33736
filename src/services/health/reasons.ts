// Owns the table of everything that can be wrong with the mesh: how each problem is found, whether it stops monitoring
// or impairs it, and how it is worded. Pure. Does not read anything: read-health.ts does.
import { BACKUP_RULES } from './backup-rules.ts';
import { CHECK_RULES } from './check-rules.ts';
import { PART_RULES } from './part-rules.ts';
import { REPORT_RULES } from './report-rules.ts';
import type { ReadInputs, Rule } from './rule.ts';
import { WATCHDOG_RULES } from './watchdog-rules.ts';

const RULES = { ...CHECK_RULES, ...PART_RULES, ...REPORT_RULES, ...WATCHDOG_RULES, ...BACKUP_RULES };

/** Without D1, without a state or without a valid configuration no rule can be asked. */
const UNREADABLE = {
  configuration_invalid: 'The monitoring system is not configured.',
  database_unavailable: 'The database does not answer.',
  state_unreadable: 'The stored state cannot be read.',
} as const;

export type ReasonCode = keyof typeof RULES | keyof typeof UNREADABLE;

export const REASON_CODES = [...Object.keys(UNREADABLE), ...Object.keys(RULES)] as [
  ReasonCode,
  ...ReasonCode[],
];

export interface Reason {
  readonly code: ReasonCode;
  readonly stops: boolean;
  readonly since: number | null;
  readonly detail: string;
}

export const reasonWords = (code: ReasonCode): string =>
  code in UNREADABLE ? UNREADABLE[code as keyof typeof UNREADABLE] : RULES[code as keyof typeof RULES].words;

/** Checks do not run, or measure nothing. */
export const isAboutChecks = (code: ReasonCode): boolean => code in UNREADABLE || code in CHECK_RULES;

export const isNotifiedElsewhere = (code: string): boolean =>
  (RULES as Record<string, Rule>)[code]?.notifiedElsewhere ?? false;

export const unreadable = (code: keyof typeof UNREADABLE, detail: string): Reason => ({
  code,
  stops: true,
  since: null,
  detail,
});

/** In the order of the table: what stops monitoring first. */
export const findReasons = (inputs: ReadInputs, now: number): Reason[] =>
  (Object.entries(RULES) as [keyof typeof RULES, Rule][]).flatMap(([code, rule]) => {
    const found = rule.find(inputs, now);
    return found === null ? [] : [{ code, stops: rule.stops, ...found }];
  });

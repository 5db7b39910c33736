// Owns what the watchdog of a region remembers between its runs, and how that is written and read. Does not decide.
import { z } from 'zod';

const timeSchema = z.number().nonnegative();

const alertSchema = z.object({
  /** The same in every message about the outage, of both regions. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/),
  /** The first run that found the coordinator dead. */
  since: timeSchema,
  /** Why it is dead, for people. */
  reason: z.string(),
  /** When it was sent last. Null: not yet. */
  sentAt: timeSchema.nullable(),
});
export type OpenAlert = z.output<typeof alertSchema>;

const stateSchema = z.object({
  /** The newest run, by the clock of the function. */
  runAt: timeSchema,
  /** The first of the runs in a row that found the coordinator dead. Null: it lives. */
  deadSince: timeSchema.nullable(),
  deadRuns: z.number().int().nonnegative(),
  /** The first of the runs in a row without an answer of the coordinator. Null: it answers. */
  silentSince: timeSchema.nullable(),
  /** The first of the runs in a row that found it alive. Null: it is dead. */
  wellSince: timeSchema.nullable(),
  /** The id that an alert about this outage gets, also before it opens. Null: there is no outage. */
  outageId: z.string().nullable(),
  alert: alertSchema.nullable(),
  /** The newest outage that was resolved. */
  resolved: z.object({ id: z.string(), at: timeSchema }).nullable(),
});
export type WatchdogState = z.output<typeof stateSchema>;

export const NO_STATE: WatchdogState = {
  ...{ runAt: 0, deadSince: null, deadRuns: 0, silentSince: null, wellSince: null },
  ...{ outageId: null, alert: null, resolved: null },
};

export const writeState = (state: WatchdogState): string => JSON.stringify(state);

/** Null: the text is not a state, such as the first one that the deployment writes. */
export function readState(text: string): WatchdogState | null {
  try {
    return stateSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

// Owns the newest latencies of a monitor by location, from the state of the mesh. Pure. Does not read a history.
import { locationId } from '../channels/webhook-body.ts';
import type { MonitorState, State } from '../engine/model/state.ts';

export interface NewestRun {
  /** Its id, such as `aws:eu-central-1`. */
  readonly location: string;
  readonly isOk: boolean;
  readonly startedAt: number;
  /** The whole run. Null if it failed or was not timed. */
  readonly milliseconds: number | null;
}

/** The newest measured run of each location that is enabled, in the order of their ids. */
export const newestRuns = (state: State, monitor: MonitorState): NewestRun[] =>
  [...monitor.byLocation]
    .flatMap(([location, { lastResult }]) =>
      lastResult === null || !state.locations.get(location)?.enabled
        ? []
        : [
            {
              location: locationId(state, location),
              isOk: lastResult.outcome === 'ok',
              startedAt: lastResult.startedAt,
              milliseconds: lastResult.outcome === 'ok' ? (lastResult.timings.totalMs ?? null) : null,
            },
          ],
    )
    .sort((a, b) => (a.location < b.location ? -1 : 1));

/** Null without a timed run. */
export function medianLatency(runs: readonly NewestRun[]): number | null {
  const times = runs.flatMap(({ milliseconds }) => milliseconds ?? []).sort((a, b) => a - b);
  const middle = (times.length - 1) / 2;
  const [low, high] = [times[Math.floor(middle)], times[Math.ceil(middle)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

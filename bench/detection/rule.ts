// Owns the interface of an alert rule. All rules check the same simulated network, and each sees its own runs only.
import type { FaultKind } from '../../scripts/simulate/scenario.ts';

/** The fault of a run from one location that starts at `atMs`, in ms since the start. Null = ok. */
export type Observe = (location: number, atMs: number) => FaultKind | null;

export interface World {
  readonly observe: Observe;
  readonly durationMs: number;
  /** Duration of a check of a silent target. */
  readonly timeoutMs: number;
  readonly seed: number;
}

export interface Alert {
  readonly at: number;
  readonly kind: 'opened' | 'resolved';
}

export interface Rule {
  readonly name: string;
  /** One plausible setting. Not a vendor's own measurement. */
  readonly setting: string;
  /** The page that documents it. */
  readonly source: string;
  run(world: World): Alert[];
}

export const LOCATIONS = 6;

/** Records when the alert opens and resolves, so that a rule only passes its current result. */
export class Alarm {
  readonly alerts: Alert[] = [];
  #open = false;

  get isOpen(): boolean {
    return this.#open;
  }

  update(failing: boolean, at: number): void {
    if (failing === this.#open) return;
    this.#open = failing;
    this.alerts.push({ at, kind: failing ? 'opened' : 'resolved' });
  }
}

/** One check run and the time of its result. */
export function run(world: World, location: number, atMs: number): { failed: boolean; at: number } {
  const kind = world.observe(location, atMs);
  return { failed: kind !== null, at: atMs + (kind === 'timeout' ? world.timeoutMs : 0) };
}

/** One check run from each location at the same time. */
export function runAll(world: World, locations: number, atMs: number): { failed: boolean[]; at: number } {
  const runs = Array.from({ length: locations }, (_, location) => run(world, location, atMs));
  return { failed: runs.map(({ failed }) => failed), at: Math.max(...runs.map(({ at }) => at)) };
}

export const count = (failed: readonly boolean[]): number => failed.filter(Boolean).length;

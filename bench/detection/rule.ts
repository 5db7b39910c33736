// What every alert rule is held against: the same looks at the same world. A rule sees only what it asks.
import type { Kind } from '../../scripts/simulate/scenario.ts';

/** What a look from one location finds that starts then, ms since the start; null = ok. */
export type See = (location: number, atMs: number) => Kind | null;

export interface World {
  readonly see: See;
  readonly durationMs: number;
  /** How long a look takes at a target that is silent. */
  readonly timeoutMs: number;
  readonly seed: number;
}

export interface Alert {
  readonly at: number;
  readonly kind: 'opened' | 'resolved';
}

export interface Rule {
  readonly name: string;
  /** At which setting: one plausible one, no vendor's own measurement. */
  readonly setting: string;
  /** The page that documents it. */
  readonly source: string;
  run(world: World): Alert[];
}

export const LOCATIONS = 6;

/** Remembers whether an alert is open, so that a rule only has to say how things are. */
export class Alarm {
  readonly alerts: Alert[] = [];
  #open = false;

  get isOpen(): boolean {
    return this.#open;
  }

  say(failing: boolean, at: number): void {
    if (failing === this.#open) return;
    this.#open = failing;
    this.alerts.push({ at, kind: failing ? 'opened' : 'resolved' });
  }
}

/** A look and when its answer is there. */
export function run(world: World, location: number, atMs: number): { failed: boolean; at: number } {
  const kind = world.see(location, atMs);
  return { failed: kind !== null, at: atMs + (kind === 'timeout' ? world.timeoutMs : 0) };
}

/** All of these locations look at once. */
export function runAll(world: World, locations: number, atMs: number): { failed: boolean[]; at: number } {
  const runs = Array.from({ length: locations }, (_, location) => run(world, location, atMs));
  return { failed: runs.map(({ failed }) => failed), at: Math.max(...runs.map(({ at }) => at)) };
}

export const count = (failed: readonly boolean[]): number => failed.filter(Boolean).length;

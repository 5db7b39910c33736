// Owns waiting for the worst moments of a kill: a write to the database, or a commit with a notification.
// It replays the journal with the engine, so it finds a notification as soon as the row exists.
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { apply } from '../../../src/engine/apply.ts';
import { emptyState, type State } from '../../../src/engine/model/state.ts';
import { pause } from '../../support/mesh/live-mesh.ts';
import { readEntries } from './journal.ts';

const POLL_MS = 5;

/** Resolves at the next write; with false if the database had none within `withinMs`. */
export function nextWrite(file: string, withinMs: number): Promise<boolean> {
  const log = `${basename(file)}-wal`;
  return new Promise((resolve) => {
    const end = (hit: boolean): void => {
      watcher.close();
      clearTimeout(timer);
      resolve(hit);
    };
    const watcher = watch(dirname(file), (_, name) => {
      if (name === log) end(true);
    });
    const timer = setTimeout(() => end(false), Math.max(0, withinMs));
  });
}

export class NotificationWatch {
  readonly #file: string;
  #state: State = emptyState;

  constructor(file: string) {
    this.#file = file;
  }

  /** Resolves after the next commit with a notification; with false if the journal got none within `withinMs`. */
  async next(withinMs: number): Promise<boolean> {
    const end = Date.now() + withinMs;
    this.#raised();
    // Polling, because reading the file triggers a watcher.
    while (Date.now() < end) {
      await pause(POLL_MS);
      if (this.#raised() > 0) return true;
    }
    return false;
  }

  /** How many notifications the commits since the last call have raised. */
  #raised(): number {
    let notifications = 0;
    for (const entry of readEntries(this.#file, this.#state.seq)) {
      const applied = apply(this.#state, entry);
      this.#state = applied.value;
      notifications += applied.notifications.length;
    }
    return notifications;
  }
}

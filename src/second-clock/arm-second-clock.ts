// Owns how the Worker reaches its one second clock: every tick arms it, and a local mesh turns it on and off.
// Does not decide when a tick is due.
import type { Config } from '../env.ts';
import { log } from '../log.ts';

type WithClock = Pick<Config, 'secondClock'>;

const NAME = 'second-clock';

/** Logs a failure and does not throw: a tick never depends on the second clock. */
export async function armSecondClock({ secondClock }: WithClock): Promise<void> {
  if (secondClock === undefined)
    return log.warn('second_clock.not_bound', {
      fix: 'keep the sections durable_objects and migrations of wrangler.toml, and deploy again',
    });
  try {
    const state = await secondClock.getByName(NAME).arm();
    if (state === 'set') log.info('second_clock.armed');
  } catch (error) {
    log.warn('second_clock.arm_failed', { error });
  }
}

export const turnSecondClock = async ({ secondClock }: WithClock, on: boolean): Promise<void> =>
  secondClock?.getByName(NAME).turn(on);

// Owns what cron starts: a tick, if this mesh began it. Does not contain rules.
import type { Config } from '../env.ts';
import { isOwnTick, secondClockSwitch } from '../http/access/own-tick.ts';
import { log } from '../log.ts';
import { turnSecondClock } from '../second-clock/arm-second-clock.ts';
import { tick } from './tick.ts';

export async function runScheduled(cron: string, config: Config, now: () => number): Promise<void> {
  const turned = await secondClockSwitch(cron, config);
  if (turned !== null) return turnSecondClock(config, turned === 'on');
  if (!(await isOwnTick(cron, config))) {
    log.warn('tick.refused', { reason: 'the local mesh starts ticks with its own token only' });
    throw new Error('The tick lacks the token of this mesh. Only its own start can run ticks.');
  }
  await tick(config, now, 'cron');
}

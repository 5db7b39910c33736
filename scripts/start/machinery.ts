// Owns what of the mesh itself can be broken and repaired in a local mesh: the cron trigger, the second clock and the coordinator.
import { type CronClock, type CronTarget, turnSecondClock } from './cron-clock.ts';
import type { Machine } from './faults.ts';
import type { ReloadableCoordinator } from './reloadable-coordinator.ts';

export function meshMachinery(
  target: CronTarget,
  clock: CronClock,
  coordinator: Pick<ReloadableCoordinator, 'isRunning' | 'kill' | 'restart'>,
): readonly Machine[] {
  let isSecondClockUp = true;
  return [
    {
      ...{ name: 'cron', key: 't', isUp: () => clock.isUp },
      async setUp(up) {
        clock.isUp = up;
      },
    },
    {
      ...{ name: 'second-clock', key: 's', isUp: () => isSecondClockUp },
      async setUp(up) {
        await turnSecondClock(target, up);
        isSecondClockUp = up;
      },
    },
    {
      ...{ name: 'coordinator', key: 'w', isUp: () => coordinator.isRunning },
      setUp: (up) => (up ? coordinator.restart() : coordinator.kill()),
    },
  ];
}

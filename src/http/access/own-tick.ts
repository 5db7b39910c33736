// Owns whether a tick may run: who began it. Does not run it.
import { timingSafeEqual } from 'hono/utils/buffer';
import type { Config } from '../../env.ts';

/** Whether the platform, or the start of this local mesh, began the tick: its cron expression is the token. */
export const isOwnTick = async (cron: string, { cronToken }: Pick<Config, 'cronToken'>): Promise<boolean> =>
  cronToken === null || timingSafeEqual(cron, cronToken);

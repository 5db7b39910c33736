// Owns whether a tick may run: who began it, and what the start of a local mesh asks for besides. Does not run anything.
import { timingSafeEqual } from 'hono/utils/buffer';
import type { Config } from '../../env.ts';

type CronConfig = Pick<Config, 'cronToken'>;

/** Whether the platform, or the start of this local mesh, began the tick: its cron expression is the token. */
export const isOwnTick = async (cron: string, { cronToken }: CronConfig): Promise<boolean> =>
  cronToken === null || timingSafeEqual(cron, cronToken);

const SWITCH = /^(\S+) second-clock=(on|off)$/;

/**
 * What a local mesh does with its second clock: its cron expression is the token, then `second-clock=off`. Null on Cloudflare,
 * where no cron expression of wrangler.toml is one, and without the token.
 */
export async function secondClockSwitch(cron: string, config: CronConfig): Promise<'on' | 'off' | null> {
  const [, token, state] = SWITCH.exec(cron) ?? [];
  if (token === undefined || config.cronToken === null || !(await isOwnTick(token, config))) return null;
  return state === 'on' ? 'on' : 'off';
}

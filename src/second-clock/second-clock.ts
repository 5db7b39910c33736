// Owns the second clock: a Durable Object whose alarm asks for a tick every minute if the cron trigger started none. It never
// runs a tick and never waits for probes, because a Durable Object is billed while it waits.
import { DurableObject } from 'cloudflare:workers';
import { type Bindings, ConfigError, logConfigError, readClock, readWorkerEnv } from '../env.ts';
import { loadPart } from '../load-part.ts';
import { log } from '../log.ts';

export const ALARM_EVERY_MS = 60_000;
/** The platform repeats a failed alarm six times, in about two minutes. One that is older is lost. */
const LOST_AFTER_MS = 300_000;
const OFF = 'off';

export class SecondClock extends DurableObject<Bindings> {
  /** Sets the alarm if there is none, or if it is lost. Every tick calls it. */
  async arm(): Promise<'set' | 'armed' | 'off'> {
    const { storage } = this.ctx;
    if (await storage.get<boolean>(OFF)) return 'off';
    const at = await storage.getAlarm();
    if (at !== null && Math.abs(Date.now() - at) < LOST_AFTER_MS) return 'armed';
    await storage.setAlarm(Date.now() + ALARM_EVERY_MS);
    return 'set';
  }

  /** Only a local mesh turns it off, to show what is then missing. It stays off over a restart. */
  async turn(on: boolean): Promise<void> {
    const { storage } = this.ctx;
    await storage.put(OFF, !on);
    if (on) await this.arm();
    else await storage.deleteAlarm();
  }

  /**
   * The next alarm comes first: whatever fails after it, the clock goes on. Only a failure of its own storage throws, and then
   * the platform repeats the alarm. An alarm that runs twice asks twice, and the consumer leaves the second tick out.
   */
  override async alarm(): Promise<void> {
    if (await this.ctx.storage.get<boolean>(OFF)) return;
    await this.ctx.storage.setAlarm(Date.now() + ALARM_EVERY_MS);
    try {
      const config = readWorkerEnv(this.env);
      const { tickIfSilent } = await loadPart('second clock', () => import('./tick-if-silent.ts'));
      await tickIfSilent(config, readClock(this.env)());
    } catch (error) {
      if (error instanceof ConfigError) logConfigError(error);
      else log.error('second_clock.failed', { error });
    }
  }
}

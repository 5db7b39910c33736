// What every handler finds in its context: the configuration, the time of the request, and who asks.
import type { Bindings, Config } from '../env.ts';
import type { Role } from './auth.ts';

export interface HttpEnv {
  Bindings: Bindings;
  Variables: {
    config: Config;
    /** When the request came, ms since the epoch: one moment for the whole answer. */
    now: number;
    role: Role;
  };
}

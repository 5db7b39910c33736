// Owns what every handler finds in its context: the configuration, the time of the request and the caller's role.
import type { Bindings, Config } from '../env.ts';

/** What a token may do. `admin` may do everything; narrower roles join here. */
export type Role = 'admin';

export interface HttpEnv {
  Bindings: Bindings;
  Variables: {
    config: Config;
    /** When the request arrived, ms since the epoch. The whole response uses this one time. */
    now: number;
    /** The coordinator's clock, to compare with D1's. */
    comparedClock: () => number;
    role: Role;
  };
}

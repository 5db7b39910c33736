// Owns what every handler finds in its context: the configuration, the time of the request and who makes it.
import type { Caller } from '../access/caller.ts';
import type { Bindings, Config } from '../env.ts';
import type { PersonRow } from '../store/people.ts';
import type { SessionRow } from '../store/sessions.ts';

/** Who makes the request, and with which credentials. */
export interface Authenticated {
  readonly caller: Caller;
  /** Null for an API key. */
  readonly person: PersonRow | null;
  /** Null without a session: API keys, and Cloudflare Access. */
  readonly session: SessionRow | null;
  /**
   * What the CSRF token of the request is derived from. Null for an API key: a browser does not send it by itself, so no
   * token is needed.
   */
  readonly csrfKey: string | null;
}

export interface HttpEnv {
  Bindings: Bindings;
  Variables: {
    config: Config;
    /** When the request arrived, ms since the epoch. The whole response uses this one time. */
    now: number;
    /** The coordinator's clock, to compare with D1's. */
    comparedClock: () => number;
    /** Null if the request has no valid credentials. */
    authenticated: Authenticated | null;
    /** Sends a request to this app as the person of the current one: see dashboard/call-api.ts. */
    dispatch: (request: Request) => Promise<Response>;
    /** Set on every route that needs a role. Public routes must not read it. */
    caller: Caller;
  };
}

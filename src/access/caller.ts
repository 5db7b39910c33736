// Owns who makes a request, when and from where, as services and the audit log need it. Pure.
import type { Restriction } from './restriction.ts';
import type { Role } from './role.ts';

/**
 * Whose request it is. `system` is the coordinator itself, `setup` the holder of the setup token. `channel` is a person
 * whom a channel reached, by a link or a button of its message: the name is as that person or the vendor gives it.
 */
export type ActorType = 'person' | 'key' | 'system' | 'setup' | 'channel';

export interface Actor {
  readonly type: ActorType;
  /** Id of the person, the key or the channel. Empty for the others. */
  readonly id: string;
  /** Its name at that time: it stays readable after the person or the key is deleted. */
  readonly name: string;
}

/** Where a request comes from. Null if it is not known, or the coordinator itself acts. */
export interface Origin {
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Name of the configuration file that a client applies. Null for other requests. */
  readonly file: string | null;
}

/** Everything that a service needs to know about a request besides its content. */
export interface Caller {
  readonly actor: Actor;
  readonly role: Role;
  readonly restriction: Restriction;
  readonly origin: Origin;
  /** When the request arrived, ms since the epoch. */
  readonly now: number;
}

export const NOWHERE: Origin = { address: null, userAgent: null, file: null };

/** The coordinator acts by itself. */
export const systemCaller = (now: number): Caller => ({
  actor: { type: 'system', id: '', name: 'probemesh' },
  role: 'admin',
  restriction: null,
  origin: NOWHERE,
  now,
});

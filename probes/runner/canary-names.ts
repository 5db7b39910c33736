// Owns the question whether the name servers of this location work: queries canary names at most once a job, and only if a
// run got no answer from them. Does not connect to any canary: Canaries does.
import net from 'node:net';
import { PUBLIC_NAME_SERVERS } from '../checks/shared/public-name-servers.ts';
import type { Canary } from '../contract/index.ts';
import type { Resolver } from '../net/resolve.ts';
import { VerdictWait } from './verdict-wait.ts';

/** Until the job is over, this is how a name that has no answer yet has failed. */
const PENDING = Symbol('pending');

export class CanaryNames {
  readonly #names: readonly string[];
  readonly #resolver: Pick<Resolver, 'hasAnswered' | 'queryFailure'>;
  readonly #failures = new Map<string, string | typeof PENDING>();
  readonly #wait = new VerdictWait();
  #askedAt: number | null = null;
  #isAlive = false;

  /** `names` replace the names of the canaries. Without canaries, every failure counts. */
  constructor(
    canaries: readonly Canary[],
    resolver: Pick<Resolver, 'hasAnswered' | 'queryFailure'>,
    names: readonly string[] = [],
  ) {
    this.#names = canaries.length === 0 ? [] : chooseNames(canaries, names);
    this.#resolver = resolver;
  }

  /** Queries all names in parallel; once a job, and not if the name servers are known to work. */
  check(): void {
    if (this.#askedAt !== null || this.#works()) return;
    this.#askedAt = performance.now();
    for (const name of this.#names) {
      this.#failures.set(name, PENDING);
      void this.#query(name);
    }
  }

  /** Queries the names for a run that got no answer, and extends `whenDecided` by the time this run may wait. */
  requestVerdict(startedAt: number, timeoutMs: number): void {
    if (this.#names.length === 0) return;
    this.check();
    this.#wait.extend(startedAt, timeoutMs);
  }

  /** A run got an answer from the location's name server. This applies to runs that failed before, too. */
  markAlive(): void {
    this.#isAlive = true;
    this.#wait.end();
  }

  async whenDecided(): Promise<void> {
    if (!this.#works()) await this.#wait.done();
  }

  /** What shows that the name servers do not work; null if they have answered. Final when the job is over. */
  offlineReason(): string | null {
    if (this.#askedAt === null || this.#works() || this.#names.length === 0) return null;
    const elapsedMs = Math.round(performance.now() - this.#askedAt);
    const failures = [...this.#failures].map(([name, failure]) =>
      failure === PENDING ? `${name} got no answer within ${elapsedMs} ms` : failure,
    );
    return `the name servers of this location do not work: ${failures.join('; ')}`.slice(0, 300);
  }

  #works(): boolean {
    return this.#isAlive || this.#resolver.hasAnswered;
  }

  async #query(name: string): Promise<void> {
    const failure = await this.#resolver.queryFailure(name);
    if (failure === null) return this.markAlive();
    this.#failures.set(name, failure);
    if (![...this.#failures.values()].includes(PENDING)) this.#wait.end();
  }
}

/** Only a name with a dot is certain to reach a name server: others belong to the machine. */
function chooseNames(canaries: readonly Canary[], names: readonly string[]): readonly string[] {
  if (names.length > 0) return names;
  const own = canaries.map(({ host }) => host.toLowerCase()).filter(isPublicName);
  // The canary of the local mesh has no name of its own.
  return own.length > 0 ? [...new Set(own)] : PUBLIC_NAME_SERVERS;
}

const isPublicName = (host: string): boolean =>
  net.isIP(host) === 0 && /[^.]\.[^.]/.test(host) && !/\.localhost\.?$/.test(host);

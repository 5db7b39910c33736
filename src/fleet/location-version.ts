// Owns in which version of the contract one location is asked: the present one, or the previous one while its probe is
// older. Learns it from reports, for as long as the isolate lives. Does not send, and does not read measurements.
import { CONTRACT_VERSION, PREVIOUS_VERSION, type SpokenVersion } from '../../probes/contract/index.ts';
import { log } from '../log.ts';
import type { InvocationOutcome } from './invocation-outcome.ts';

/** One sending of a job. */
export interface Attempt {
  readonly version: SpokenVersion;
  /** What earlier attempts took of the time of the invocation. */
  readonly spentMs: number;
}

/** After a rejection this late, too little of the time of the invocation is left. */
const LATEST_REPEAT_MS = 2_500;

/** What a build of the probe showed. A build is a hash of the code, so it holds until another build answers. */
interface Learned {
  readonly build: string;
  /** The version to ask it in: the present one if it knows neither. */
  readonly version: SpokenVersion;
}

export class LocationVersion {
  readonly #location: string;
  #learned: Learned | null = null;

  constructor(location: string) {
    this.#location = location;
  }

  /** Sends a job, and once more in the other version if the probe rejects the first one. */
  async ask(send: (attempt: Attempt) => Promise<InvocationOutcome>): Promise<InvocationOutcome> {
    const version = this.#learned?.version ?? CONTRACT_VERSION;
    const first = await send({ version, spentMs: 0 });
    const rejectedBy = rejectingBuild(first);
    if (rejectedBy === null) {
      // The present version is then tried with the next job.
      if (version === PREVIOUS_VERSION && isOfOtherBuild(first, this.#learned)) this.#learned = null;
      return first;
    }
    // Another job may have learned it in the meantime.
    if (this.#learned?.build === rejectedBy && this.#learned.version === version) return first;
    const spentMs = first.answeredAt - first.askedAt;
    if (spentMs > LATEST_REPEAT_MS) return first;
    const other = version === CONTRACT_VERSION ? PREVIOUS_VERSION : CONTRACT_VERSION;
    const second = await send({ version: other, spentMs });
    if (rejectingBuild(second) !== null) {
      this.#learn({ build: rejectedBy, version: CONTRACT_VERSION });
      return first;
    }
    if (other === CONTRACT_VERSION) this.#learned = null;
    else if ('text' in second) this.#learn({ build: buildOf(second.text) ?? rejectedBy, version: other });
    return second;
  }

  #learn(learned: Learned): void {
    const { build, version } = learned;
    const isKnown = this.#learned?.build === build && this.#learned.version === version;
    this.#learned = learned;
    if (isKnown) return;
    const advice =
      version === PREVIOUS_VERSION
        ? `its probe uses version ${PREVIOUS_VERSION} of the contract, so it is asked in that one: deploy the probe`
        : `its probe uses neither version ${CONTRACT_VERSION} nor ${PREVIOUS_VERSION} of the contract, so it measures nothing: deploy probe and coordinator together`;
    log.warn('fleet.contract_version', { location: this.#location, build, advice });
  }
}

/** A probe rejects a job of a version that it does not know by this reason, for every run. Quotes in a text are escaped. */
const REJECTION = '"reason":"version"';

/** The build of a probe that rejects the version of its job; null for any other outcome, which costs one search. */
function rejectingBuild(outcome: InvocationOutcome): string | null {
  if (!('text' in outcome) || !outcome.text.includes(REJECTION)) return null;
  const { build, observations } = parse(outcome.text);
  // A probe that knows the version has this reason for a single run that the version has no words for.
  const isRejection =
    Array.isArray(observations) && observations.every((one) => (one as Answer | null)?.reason === 'version');
  return isRejection ? String(build) : null;
}

interface Answer {
  readonly reason?: unknown;
}

/** Null if the text is not a report. */
function buildOf(text: string): string | null {
  const { build } = parse(text);
  return typeof build === 'string' ? build : null;
}

function isOfOtherBuild(outcome: InvocationOutcome, learned: Learned | null): boolean {
  const build = 'text' in outcome ? buildOf(outcome.text) : null;
  return build !== null && build !== learned?.build;
}

function parse(text: string): { readonly build?: unknown; readonly observations?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    return {};
  }
}

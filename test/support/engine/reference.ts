// The verdict engine once more, the naive way: every rule written out, over plain lists of runs.
// It shares no code with src/engine. Facts that the journal does not contain (results that wait in an open round,
// locations that abstain after a fan-out, quarantined locations) are given to it.
import type { Degraded } from '../../../probes/contract/index.ts';
import type { Entry } from '../../../src/engine/model/journal.ts';
import type { Policy } from '../../../src/engine/model/state.ts';

export interface Facts {
  /** Enabled locations that are assigned to the monitor, and since when. */
  readonly assigned: readonly { readonly number: number; readonly assignedAt: number }[];
  readonly isRoundOpen: boolean;
  /** Starts of the runs whose results wait in the open round, by location. */
  readonly waiting: readonly { readonly location: number; readonly startedAt: number }[];
  readonly silent: ReadonlySet<number>;
  readonly quarantined: ReadonlySet<number>;
}

interface Run {
  readonly location: number;
  readonly startedAt: number;
  readonly outcome: 'ok' | 'failed' | 'unmeasured';
  readonly degraded: readonly Degraded[];
}

export interface LocationOpinion {
  readonly location: number;
  readonly vote: 'none' | 'passing' | 'failing';
  /** Length of the run of equal outcomes at the end, not capped. */
  readonly run: number;
  readonly runOf: 'none' | 'ok' | 'failed';
  readonly abstains: boolean;
  /** It has seen them `failures` times in a row, and not been without them `recoveries` times in a row since. */
  readonly warns: { readonly degraded: boolean; readonly certificate: boolean };
}

export interface ExpectedVerdict {
  readonly verdict: 'up' | 'partial' | 'down' | 'no_data';
  readonly opinions: readonly LocationOpinion[];
  readonly required: number;
  /** A vote is about to go stale, so that a moment decides. */
  readonly isBorderline: boolean;
}

/** Follows one monitor whose policy does not change. */
export class Reference {
  readonly #policy: Policy;
  readonly #monitor: number;
  readonly #since: number;
  #held: Run[] = [];
  readonly #runs: Run[] = [];
  #incident: 'none' | 'partial' | 'down' = 'none';

  /** Runs that began before `since` do not count: they were of another target. */
  constructor(monitor: number, policy: Policy, since: number) {
    this.#monitor = monitor;
    this.#policy = policy;
    this.#since = since;
  }

  /** What the monitor's verdict is after this entry. */
  evaluate(entry: Entry, facts: Facts): ExpectedVerdict {
    if (entry.kind === 'report') {
      for (const { monitor, startedAt, outcome, degraded = [] } of entry.observations) {
        const run = { location: entry.location, startedAt, outcome, degraded };
        if (monitor === this.#monitor && startedAt >= this.#since) this.#held.push(run);
      }
    }
    const waits = (run: Run): boolean =>
      facts.waiting.some((one) => one.location === run.location && one.startedAt === run.startedAt);
    const released = this.#held.filter((run) => !waits(run));
    released.sort((a, b) => a.startedAt - b.startedAt || a.location - b.location);
    this.#runs.push(...released);
    this.#held = this.#held.filter(waits);
    return this.#verdictAt(entry.at, facts);
  }

  #verdictAt(now: number, facts: Facts): ExpectedVerdict {
    const staleMs = Math.max(2.5 * this.#policy.intervalMs, 180_000);
    const opinions = facts.assigned.map(({ number }) => this.#opinionOf(number, now - staleMs, facts));
    const voters = opinions.filter(({ abstains }) => !abstains);
    const failing = voters.filter(({ vote }) => vote === 'failing').length;
    const firm = voters.filter(
      ({ vote, runOf, run }) => vote === 'failing' && runOf === 'failed' && run >= this.#policy.failures,
    );
    const lasting = firm.filter(({ location }) => this.#failsForMs(location) >= 90_000).length;
    const wavering = voters.some(({ vote, runOf }) =>
      runOf === 'failed' ? vote !== 'failing' : runOf === 'ok' && vote === 'failing',
    );
    const atHome = facts.assigned.filter(
      ({ number, assignedAt }) =>
        this.#measured(number).length > 0 || now >= assignedAt + this.#policy.intervalMs,
    ).length;
    const configured = facts.assigned.length;
    const required = this.#required(voters.length, configured);
    const verdict = ((): ExpectedVerdict['verdict'] => {
      if (voters.length === 0 || voters.length <= atHome / 2) return 'no_data';
      if (configured > 1 && voters.length < 2) return 'no_data';
      if (this.#incident === 'down' ? failing >= required : firm.length >= required) return 'down';
      if (this.#incident === 'partial') return failing >= 2 ? 'partial' : 'up';
      const regional = firm.length >= 3 || lasting >= 2;
      return regional && !wavering && !facts.isRoundOpen ? 'partial' : 'up';
    })();
    if (verdict === 'up') this.#incident = 'none';
    else if (verdict !== 'no_data') this.#incident = verdict;
    const isBorderline = facts.assigned.some(({ number }) => {
      const newest = this.#measured(number).at(-1)?.startedAt ?? 0;
      return Math.abs(now - staleMs - newest) <= this.#policy.confirmMs;
    });
    return { verdict, opinions, required, isBorderline };
  }

  #required(voters: number, configured: number): number {
    const { quorum } = this.#policy;
    const asked =
      quorum === 'any'
        ? 1
        : quorum === 'all'
          ? voters
          : quorum === 'majority'
            ? Math.floor(voters / 2) + 1
            : Math.min(quorum, voters);
    return configured === 1 ? Math.max(1, asked) : Math.max(2, asked);
  }

  #measured(location: number): Run[] {
    return this.#runs.filter((run) => run.location === location && run.outcome !== 'unmeasured');
  }

  /** Consecutive means apart in time: half of confirmSeconds after the last one that counted. */
  #counted(location: number): Run[] {
    const counted: Run[] = [];
    for (const run of this.#measured(location)) {
      const last = counted.at(-1);
      if (!last || run.startedAt >= last.startedAt + this.#policy.confirmMs / 2) counted.push(run);
    }
    return counted;
  }

  #failsForMs(location: number): number {
    const counted = this.#counted(location);
    const lastOk = counted.findLastIndex(({ outcome }) => outcome === 'ok');
    const failures = counted.slice(lastOk + 1);
    return failures.length === 0 ? 0 : failures.at(-1)!.startedAt - failures[0]!.startedAt;
  }

  #opinionOf(location: number, staleBefore: number, { silent, quarantined }: Facts): LocationOpinion {
    let vote: LocationOpinion['vote'] = 'none';
    let run = 0;
    let runOf: LocationOpinion['runOf'] = 'none';
    for (const { outcome } of this.#counted(location)) {
      run = outcome === runOf ? run + 1 : 1;
      runOf = outcome as 'ok' | 'failed';
      if (outcome === 'failed' && run >= this.#policy.failures) vote = 'failing';
      if (outcome === 'ok' && (vote === 'none' || run >= this.#policy.recoveries)) vote = 'passing';
    }
    const newest = Math.max(0, ...this.#measured(location).map(({ startedAt }) => startedAt));
    const abstains =
      vote === 'none' || newest < staleBefore || silent.has(location) || quarantined.has(location);
    const warns = {
      degraded: this.#warns(location, ({ code }) => code !== 'certificate'),
      certificate: this.#warns(location, ({ code }) => code === 'certificate'),
    };
    return { location, vote, run, runOf, abstains, warns };
  }

  /** The newest change among its ok runs decides. */
  #warns(location: number, isOfKind: (degraded: Degraded) => boolean): boolean {
    const carry = this.#counted(location)
      .filter(({ outcome }) => outcome === 'ok')
      .map(({ degraded }) => degraded.some(isOfKind));
    const inARow = (length: number, end: number, what: boolean): boolean =>
      end >= length && carry.slice(end - length, end).every((one) => one === what);
    for (let end = carry.length; end > 0; end -= 1) {
      if (inARow(this.#policy.failures, end, true)) return true;
      if (inARow(this.#policy.recoveries, end, false)) return false;
    }
    return false;
  }
}

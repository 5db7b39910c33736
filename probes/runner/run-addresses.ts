// Owns a check that must be ok at every address of its target: it runs against each, at the same time. Knows no protocol.
import { type Check, type CheckOutcome, type Failed, WireError } from '../checks/check.ts';
import type { Degraded } from '../contract/index.ts';
import { listFailures, mostTelling } from '../net/address-failures.ts';
import { UnmeasuredError } from '../net/errors.ts';
import type { Session } from '../net/session.ts';
import { NetworkWire, type WireOptions } from '../net/wire.ts';

type Options = Parameters<Check['run']>[0];

/** Runs the check: once, with any address that accepts, or against each of them. Fails like the check. */
export async function runOnAddresses(
  check: Check,
  options: Options,
  session: Session,
  wireOptions: WireOptions,
): Promise<CheckOutcome> {
  const wire = new NetworkWire(session, wireOptions);
  const needsEvery = check.needsEveryAddress?.(options) ?? options.addresses === 'all';
  const target = needsEvery ? check.target(options) : null;
  if (target === null) return runOnAny(check, options, session, wire);
  const { host } = target;
  const addresses = await wire.resolve(host);
  const [only] = addresses;
  if (only !== undefined && addresses.length === 1)
    return check.run(options, new NetworkWire(session, wireOptions, { host, address: only }));
  const runs: AddressRun[] = [];
  await Promise.all(
    addresses.map(async (address, index) => {
      const run = (): Promise<AddressRun> =>
        runOnAddress(check, options, session, wireOptions, { host, address });
      runs.push(await (index === 0 ? run() : withSocket(address, session, wireOptions, run)));
    }),
  );
  const measured = runs.filter(({ outcome }) => !isWithoutRoute(outcome));
  // By address: name servers rotate them, and the report of each run must be the same.
  const failed = measured.filter(isFailed).sort((a, b) => (a.address < b.address ? -1 : 1));
  if (failed.length > 0) return failure(failed, measured.length, host, session);
  // The slowest address ended last. If the location could not try one of them, nothing is proven.
  const slowest = measured.find(({ outcome }) => 'error' in outcome) ?? measured.at(-1) ?? runs.at(-1)!;
  session.adopt(slowest.session);
  if ('error' in slowest.outcome) throw slowest.outcome.error;
  return { ...slowest.outcome, degraded: warnings(measured) } as CheckOutcome;
}

/** An address that resets its connection at once is as dead as one that refuses it: the check starts again with the others. */
async function runOnAny(
  check: Check,
  options: Options,
  session: Session,
  wire: NetworkWire,
): Promise<CheckOutcome> {
  const isRepeatable = check.isRepeatable?.(options) ?? true;
  for (;;) {
    const outcome = await check.run(options, wire).catch((error: unknown) => ({ error }));
    const reset = isRepeatable ? resetOf(outcome) : null;
    if (reset === null || !session.giveUpConnection(reset)) {
      if (!('error' in outcome)) return outcome;
      throw reset === null ? outcome.error : session.withFailedAddresses(reset);
    }
  }
}

function resetOf(outcome: CheckOutcome | { readonly error: unknown }): WireError | null {
  const error = 'error' in outcome ? outcome.error : asError(outcome);
  return error instanceof WireError && error.code === 'reset' ? error : null;
}

const asError = (outcome: CheckOutcome): WireError | null =>
  outcome.outcome === 'failed' ? new WireError(outcome.code, outcome.detail) : null;

interface AddressRun<T = CheckOutcome | { readonly error: unknown }> {
  readonly address: string;
  readonly session: Session;
  readonly outcome: T;
}

async function runOnAddress(
  check: Check,
  options: Options,
  session: Session,
  wireOptions: WireOptions,
  pinned: { readonly host: string; readonly address: string },
): Promise<AddressRun> {
  const branch = session.branch(pinned.address);
  const outcome = await check
    .run(options, new NetworkWire(branch, wireOptions, pinned))
    .catch((error: unknown) => ({ error }));
  return { address: pinned.address, session: branch, outcome };
}

/** Every run after the first needs a socket of the job's budget, and gives it back when the sockets of the run are closed. */
async function withSocket(
  address: string,
  session: Session,
  { budget }: WireOptions,
  run: () => Promise<AddressRun>,
): Promise<AddressRun> {
  if (budget === undefined) return run();
  await budget.take();
  if (session.deadline.remainingMs() === 0) {
    budget.release();
    const error = new UnmeasuredError('deadline', `${address} was not tried: too many sockets are in use`);
    return { address, session, outcome: { error } };
  }
  const done = await run();
  void done.session.close().then(() => budget.release());
  return done;
}

type FailedOutcome = Failed | { readonly error: WireError };

const isFailed = (run: AddressRun): run is AddressRun<FailedOutcome> =>
  'error' in run.outcome ? run.outcome.error instanceof WireError : run.outcome.outcome === 'failed';

const isWithoutRoute = (outcome: AddressRun['outcome']): boolean =>
  'error' in outcome && outcome.error instanceof UnmeasuredError && outcome.error.reason === 'no_ipv6';

const codeAndDetail = (outcome: FailedOutcome): Pick<Failed, 'code' | 'detail'> =>
  'error' in outcome ? { code: outcome.error.code, detail: outcome.error.message } : outcome;

/** The failure of the address whose code shows most, with a detail that names every failed address. */
function failure(
  failed: readonly AddressRun<FailedOutcome>[],
  total: number,
  host: string,
  session: Session,
): Failed {
  const failures = failed.map(({ address, outcome }) => ({ address, ...codeAndDetail(outcome) }));
  const code = mostTelling(failures.map((one) => one.code));
  const decisive = failed[failures.findIndex((one) => one.code === code)]!;
  session.adopt(decisive.session);
  const { outcome } = decisive;
  const facts = 'error' in outcome ? outcome.error.facts : outcome.facts;
  // Addresses without a route do not count, so one may be left.
  const detail =
    total === 1
      ? failures[0]!.detail
      : `${failed.length} of ${total} addresses of ${host} failed: ${listFailures(failures)}`;
  return {
    ...('error' in outcome ? {} : outcome),
    ...(facts === undefined ? {} : { facts }),
    outcome: 'failed',
    code,
    detail,
  };
}

/** The worst warning of each code, with its address: the lowest limit, then the slowest address. */
function warnings(runs: readonly AddressRun[]): Degraded[] {
  const byCode = new Map<Degraded['code'], Degraded>();
  for (const { address, outcome } of runs) {
    if ('error' in outcome || outcome.outcome !== 'ok') continue;
    for (const warning of outcome.degraded ?? []) {
      const known = byCode.get(warning.code);
      if (known !== undefined && known.limit < warning.limit) continue;
      const detail = runs.length === 1 ? warning.detail : `${address}: ${warning.detail}`;
      byCode.set(warning.code, { ...warning, detail });
    }
  }
  return [...byCode.values()];
}

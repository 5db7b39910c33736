// What a look found, as an observation of the contract: secrets blotted out first, then everything cut to its limits, so
// that no target can make a report unreadable.
import { type CheckOutcome, WireError } from '../checks/check.ts';
import { errorMessage } from '../contract/error-message.ts';
import type {
  CapturedResponse,
  CheckRun,
  Facts,
  Observation,
  Timings,
  UnmeasuredReason,
} from '../contract/index.ts';
import { UnmeasuredError } from '../net/errors.ts';
import type { NetworkWire } from '../net/wire.ts';

type Redact = (text: string) => string;

const LONGEST_DETAIL = 300;
const LONGEST_BODY = 1_024;
const MOST_HEADERS = 32;
const MOST_ANSWERS = 64;
const MOST_WARNINGS = 8;

/** `ended` is the finding of the check, or what it threw. */
export function observationOf(
  run: CheckRun,
  startedAt: number,
  wire: NetworkWire,
  ended: CheckOutcome | { readonly error: unknown },
  redact: Redact,
): Observation {
  const base = { id: run.id, startedAt, timings: timingsOf(wire, ended), ...addressOf(wire) };
  const traced = wire.traceEntries.length === 0 ? {} : { trace: wire.traceEntries };
  const phase = wire.phase === undefined ? {} : { phase: wire.phase };
  if ('error' in ended) {
    const { error } = ended;
    const detail = redact(errorMessage(error));
    if (error instanceof WireError)
      return {
        ...base,
        outcome: 'failed',
        code: error.code,
        detail: truncate(detail, LONGEST_DETAIL),
        ...phase,
        ...(error.facts === undefined ? {} : { facts: factsOf(error.facts, redact) }),
        ...traced,
      };
    return { ...base, ...toUnmeasured(error, detail), ...traced };
  }
  const { facts, samples } = ended;
  const learned = {
    ...base,
    ...(facts === undefined ? {} : { facts: factsOf(facts, redact) }),
    ...(samples === undefined ? {} : { samples }),
    ...traced,
  };
  if (ended.outcome === 'ok') {
    const degraded = ended.degraded?.slice(0, MOST_WARNINGS).map(({ detail, ...rest }) => ({
      ...rest,
      detail: truncate(redact(detail), LONGEST_DETAIL),
    }));
    return {
      ...learned,
      outcome: 'ok',
      ...(degraded === undefined || degraded.length === 0 ? {} : { degraded }),
    };
  }
  const { code, detail, response } = ended;
  return {
    ...learned,
    outcome: 'failed',
    code,
    detail: truncate(redact(detail), LONGEST_DETAIL),
    ...(ended.phase === undefined ? phase : { phase: ended.phase }),
    ...(response === undefined ? {} : { response: responseOf(response, redact) }),
  };
}

/** Nothing was learned of the look, and nothing was sent for it. */
export const unmeasured = (
  run: CheckRun,
  startedAt: number,
  reason: UnmeasuredReason,
  detail: string,
): Observation => ({
  id: run.id,
  startedAt,
  outcome: 'unmeasured',
  reason,
  detail: truncate(detail, LONGEST_DETAIL),
  timings: {},
});

/** A bug in a check must not look like a fault of the target, and costs nobody else their look. */
function toUnmeasured(
  error: unknown,
  detail: string,
): Pick<Extract<Observation, { outcome: 'unmeasured' }>, 'outcome' | 'reason' | 'detail'> {
  if (error instanceof UnmeasuredError)
    return { outcome: 'unmeasured', reason: error.reason, detail: truncate(detail, LONGEST_DETAIL) };
  // The message stands in the stack as well, and is not blotted out there.
  const places = error instanceof Error ? (error.stack?.match(/^ {4}at .*$/gm) ?? []) : [];
  console.error(detail, places.slice(0, 3).join('\n'));
  const raised = truncate(`the check raised: ${detail}`, LONGEST_DETAIL);
  return { outcome: 'unmeasured', reason: 'function_error', detail: raised };
}

const truncate = (text: string, length: number): string => text.slice(0, length);

const microseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Repeated handshakes are one phase: their mean. */
function timingsOf(
  { timings, patience }: NetworkWire,
  ended: CheckOutcome | { readonly error: unknown },
): Timings {
  const meanMs = 'samples' in ended ? ended.samples?.meanMs : undefined;
  const phases = { ...timings, ...(patience.elapsedMs > 0 ? { totalMs: patience.elapsedMs } : {}) };
  const shown =
    meanMs === undefined ? phases : { ...phases, connectMs: meanMs, totalMs: (timings.dnsMs ?? 0) + meanMs };
  return Object.fromEntries(Object.entries(shown).map(([phase, ms]) => [phase, microseconds(ms ?? 0)]));
}

const addressOf = ({ address }: NetworkWire): Pick<Observation, 'address'> =>
  address === undefined ? {} : { address };

function factsOf({ tls, http, answers }: Facts, redact: Redact): Facts {
  return {
    ...(tls === undefined ? {} : { tls }),
    ...(http === undefined ? {} : { http }),
    ...(answers === undefined
      ? {}
      : { answers: answers.slice(0, MOST_ANSWERS).map((answer) => truncate(redact(answer), 512)) }),
  };
}

function responseOf({ status, headers, body }: CapturedResponse, redact: Redact): CapturedResponse {
  return {
    ...(status === undefined ? {} : { status }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers)
              .slice(0, MOST_HEADERS)
              .map(([name, value]) => [truncate(redact(name), 64), truncate(redact(value), 256)]),
          ),
        }),
    ...(body === undefined ? {} : { body: truncate(redact(body), LONGEST_BODY) }),
  };
}

// What a look found, as an observation of the contract: secrets blotted out first, then everything cut to its limits, so
// that no target can make a report unreadable.
import { type Finding, WireFailure } from '../checks/check.ts';
import type { Facts, Look, Observation, Reply, Timings, UnmeasuredReason } from '../contract/index.ts';
import { Unmeasurable } from '../net/errors.ts';
import type { LookWire } from '../net/wire.ts';

type Blot = (text: string) => string;

const LONGEST_DETAIL = 300;
const LONGEST_BODY = 1_024;
const MOST_HEADERS = 32;
const MOST_ANSWERS = 64;
const MOST_WARNINGS = 8;

/** `ended` is the finding of the check, or what it threw. */
export function observationOf(
  look: Look,
  startedAt: number,
  wire: LookWire,
  ended: Finding | { readonly error: unknown },
  blot: Blot,
): Observation {
  const base = { id: look.id, startedAt, timings: timingsOf(wire, ended), ...addressOf(wire) };
  const traced = wire.trace.length === 0 ? {} : { trace: wire.trace };
  const phase = wire.phase === undefined ? {} : { phase: wire.phase };
  if ('error' in ended) {
    const { error } = ended;
    const detail = blot(error instanceof Error ? error.message : String(error));
    if (error instanceof WireFailure)
      return {
        ...base,
        outcome: 'failed',
        code: error.code,
        detail: cut(detail, LONGEST_DETAIL),
        ...phase,
        ...(error.facts === undefined ? {} : { facts: factsOf(error.facts, blot) }),
        ...traced,
      };
    return { ...base, ...faultOf(error, detail), ...traced };
  }
  const { facts, samples } = ended;
  const learned = {
    ...base,
    ...(facts === undefined ? {} : { facts: factsOf(facts, blot) }),
    ...(samples === undefined ? {} : { samples }),
    ...traced,
  };
  if (ended.outcome === 'ok') {
    const degraded = ended.degraded?.slice(0, MOST_WARNINGS).map(({ detail, ...rest }) => ({
      ...rest,
      detail: cut(blot(detail), LONGEST_DETAIL),
    }));
    return {
      ...learned,
      outcome: 'ok',
      ...(degraded === undefined || degraded.length === 0 ? {} : { degraded }),
    };
  }
  const { code, detail, reply } = ended;
  return {
    ...learned,
    outcome: 'failed',
    code,
    detail: cut(blot(detail), LONGEST_DETAIL),
    ...(ended.phase === undefined ? phase : { phase: ended.phase }),
    ...(reply === undefined ? {} : { reply: replyOf(reply, blot) }),
  };
}

/** Nothing was learned of the look, and nothing was sent for it. */
export const unmeasured = (
  look: Look,
  startedAt: number,
  reason: UnmeasuredReason,
  detail: string,
): Observation => ({
  id: look.id,
  startedAt,
  outcome: 'unmeasured',
  reason,
  detail: cut(detail, LONGEST_DETAIL),
  timings: {},
});

/** A bug in a check must not look like a fault of the target, and costs nobody else their look. */
function faultOf(
  error: unknown,
  detail: string,
): Pick<Extract<Observation, { outcome: 'unmeasured' }>, 'outcome' | 'reason' | 'detail'> {
  if (error instanceof Unmeasurable)
    return { outcome: 'unmeasured', reason: error.reason, detail: cut(detail, LONGEST_DETAIL) };
  // The message stands in the stack as well, and is not blotted out there.
  const places = error instanceof Error ? (error.stack?.match(/^ {4}at .*$/gm) ?? []) : [];
  console.error(detail, places.slice(0, 3).join('\n'));
  const raised = cut(`the check raised: ${detail}`, LONGEST_DETAIL);
  return { outcome: 'unmeasured', reason: 'function_error', detail: raised };
}

const cut = (text: string, length: number): string => text.slice(0, length);

const microseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Repeated handshakes are one phase: their mean. */
function timingsOf({ timings, patience }: LookWire, ended: Finding | { readonly error: unknown }): Timings {
  const meanMs = 'samples' in ended ? ended.samples?.meanMs : undefined;
  const phases = { ...timings, ...(patience.waitedMs > 0 ? { totalMs: patience.waitedMs } : {}) };
  const shown =
    meanMs === undefined ? phases : { ...phases, connectMs: meanMs, totalMs: (timings.dnsMs ?? 0) + meanMs };
  return Object.fromEntries(Object.entries(shown).map(([phase, ms]) => [phase, microseconds(ms ?? 0)]));
}

const addressOf = ({ address }: LookWire): Pick<Observation, 'address'> =>
  address === undefined ? {} : { address };

function factsOf({ tls, http, answers }: Facts, blot: Blot): Facts {
  return {
    ...(tls === undefined ? {} : { tls }),
    ...(http === undefined ? {} : { http }),
    ...(answers === undefined
      ? {}
      : { answers: answers.slice(0, MOST_ANSWERS).map((answer) => cut(blot(answer), 512)) }),
  };
}

function replyOf({ status, headers, body }: Reply, blot: Blot): Reply {
  return {
    ...(status === undefined ? {} : { status }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            Object.entries(headers)
              .slice(0, MOST_HEADERS)
              .map(([name, value]) => [cut(blot(name), 64), cut(blot(value), 256)]),
          ),
        }),
    ...(body === undefined ? {} : { body: cut(blot(body), LONGEST_BODY) }),
  };
}

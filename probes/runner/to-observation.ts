// Owns the form in which the outcome of a check run leaves the probe. Every text passes `redactAndCut` once: secrets are
// redacted first, then the text is cut to its limit, so that no target can make a report unreadable.
import { type CheckOutcome, WireError } from '../checks/check.ts';
import { errorMessage } from '../contract/error-message.ts';
import type {
  CapturedResponse,
  CheckRun,
  Fact,
  Facts,
  Observation,
  Timings,
  UnmeasuredReason,
} from '../contract/index.ts';
import { UnmeasuredError } from '../net/errors.ts';
import type { Session } from '../net/session.ts';

type FailedObservation = Extract<Observation, { outcome: 'failed' }>;
type UnmeasuredObservation = Extract<Observation, { outcome: 'unmeasured' }>;

/** The outcome of the check, or what it threw. */
export type RunOutcome = CheckOutcome | { readonly error: unknown };

/** The limits of the contract. */
const MAX_DETAIL_LENGTH = 300;
const MAX_BODY_LENGTH = 1_024;
const MAX_HEADERS = 32;
const MAX_HEADER_NAME_LENGTH = 64;
const MAX_HEADER_VALUE_LENGTH = 256;
const MAX_FACTS = 64;
const MAX_FACT_TEXTS = 64;
const MAX_FACT_LENGTH = 512;
const MAX_WARNINGS = 8;

/** Takes secrets out of a text, then cuts it. The other order would leave parts of secrets. */
type RedactAndCut = (text: string, maxLength: number) => string;

export function toObservation(
  run: CheckRun,
  startedAt: number,
  session: Session,
  outcome: RunOutcome,
): Observation {
  const redactAndCut: RedactAndCut = (text, maxLength) => session.redact(text).slice(0, maxLength);
  const facts = 'error' in outcome ? factsOfError(outcome.error) : outcome.facts;
  const samples = 'error' in outcome ? undefined : outcome.samples;
  const common = {
    id: run.id,
    startedAt,
    timings: timingsOf(session, samples?.meanMs),
    ...(session.address === undefined ? {} : { address: session.address }),
    ...(facts === undefined ? {} : { facts: limitFacts(facts, redactAndCut) }),
    ...(samples === undefined ? {} : { samples }),
    ...(session.traceEntries.length === 0 ? {} : { trace: session.traceEntries }),
  };
  if ('error' in outcome) {
    const { error } = outcome;
    if (!(error instanceof WireError)) return { ...common, ...toUnmeasured(error, session, redactAndCut) };
    const detail = redactAndCut(error.message, MAX_DETAIL_LENGTH);
    return { ...common, outcome: 'failed', code: error.code, detail, ...phaseOf(session.phase) };
  }
  if (outcome.outcome === 'ok') {
    const warnings = [...session.addressWarnings, ...(outcome.degraded ?? [])];
    const degraded = warnings.slice(0, MAX_WARNINGS).map(({ detail, ...warning }) => ({
      ...warning,
      detail: redactAndCut(detail, MAX_DETAIL_LENGTH),
    }));
    return { ...common, outcome: 'ok', ...(degraded.length === 0 ? {} : { degraded }) };
  }
  const { code, detail, phase, response } = outcome;
  return {
    ...common,
    outcome: 'failed',
    code,
    detail: redactAndCut(detail, MAX_DETAIL_LENGTH),
    ...phaseOf(phase ?? session.phase),
    ...(response === undefined ? {} : { response: limitResponse(response, redactAndCut) }),
  };
}

/** The observation of a run that sent nothing. `detail` must hold no secret. */
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
  detail: detail.slice(0, MAX_DETAIL_LENGTH),
  timings: {},
});

/** A bug in a check must not count as a failure of the target, or stop the other runs. */
function toUnmeasured(
  error: unknown,
  session: Session,
  redactAndCut: RedactAndCut,
): Pick<UnmeasuredObservation, 'outcome' | 'reason' | 'detail'> {
  if (error instanceof UnmeasuredError) {
    const detail = redactAndCut(error.message, MAX_DETAIL_LENGTH);
    return { outcome: 'unmeasured', reason: error.reason, detail };
  }
  const message = errorMessage(error);
  // The stack repeats the message with its secrets: only its places are logged.
  const places = error instanceof Error ? (error.stack?.match(/^ {4}at .*$/gm) ?? []) : [];
  console.error(session.redact(message), places.slice(0, 3).join('\n'));
  const detail = redactAndCut(`the check raised: ${message}`, MAX_DETAIL_LENGTH);
  return { outcome: 'unmeasured', reason: 'function_error', detail };
}

const factsOfError = (error: unknown): Facts | undefined =>
  error instanceof WireError ? error.facts : undefined;

const phaseOf = (phase: FailedObservation['phase']): Pick<FailedObservation, 'phase'> =>
  phase === undefined ? {} : { phase };

const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;

/** Repeated handshakes count as one phase: their mean. */
function timingsOf({ timings, deadline }: Session, meanMs: number | undefined): Timings {
  const phases = { ...timings, ...(deadline.elapsedMs > 0 ? { totalMs: deadline.elapsedMs } : {}) };
  const averaged =
    meanMs === undefined ? phases : { ...phases, connectMs: meanMs, totalMs: (timings.dnsMs ?? 0) + meanMs };
  return Object.fromEntries(Object.entries(averaged).map(([phase, ms]) => [phase, toMicroseconds(ms ?? 0)]));
}

/** Drops numbers that are not finite: JSON cannot carry them, and the report would be unreadable. */
function limitFacts(facts: Facts, redactAndCut: RedactAndCut): Fact[] {
  const limit = (text: string): string => redactAndCut(text, MAX_FACT_LENGTH);
  return facts
    .filter(({ value }) => typeof value !== 'number' || Number.isFinite(value))
    .slice(0, MAX_FACTS)
    .map(({ name, value }) => {
      if (typeof value === 'string') return { name, value: limit(value) };
      if (Array.isArray(value)) return { name, value: value.slice(0, MAX_FACT_TEXTS).map(limit) };
      return { name, value };
    });
}

function limitResponse(
  { status, headers, body }: CapturedResponse,
  redactAndCut: RedactAndCut,
): CapturedResponse {
  const limited = Object.entries(headers ?? {})
    .slice(0, MAX_HEADERS)
    .map(([name, value]) => [
      redactAndCut(name, MAX_HEADER_NAME_LENGTH),
      redactAndCut(value, MAX_HEADER_VALUE_LENGTH),
    ]);
  return {
    ...(status === undefined ? {} : { status }),
    ...(headers === undefined ? {} : { headers: Object.fromEntries(limited) }),
    ...(body === undefined ? {} : { body: redactAndCut(body, MAX_BODY_LENGTH) }),
  };
}

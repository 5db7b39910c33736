// Owns how a check that runs at once is shown: a line for each location, with phases, the failure in words and the trace.
// Each line takes the place of "asking…" when it arrives, without script: see run-parts.tsx. Does not run anything.
import type { Observation } from '../../../../probes/contract/index.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon, type Tone } from '../../ui/icons.tsx';
import { FAILURES, UNMEASURED } from '../parts/outcome-words.ts';

const PHASES = [
  ['dnsMs', 'Name'],
  ['connectMs', 'Connect'],
  ['tlsMs', 'TLS'],
  ['firstByteMs', 'First byte'],
] as const;

export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

interface Shown {
  readonly tone: Tone;
  readonly headline: string;
  readonly details: readonly string[];
}

function shownOf(observation: Observation): Shown {
  if (observation.outcome === 'failed')
    return { tone: 'bad', headline: FAILURES[observation.code], details: [observation.detail] };
  if (observation.outcome === 'unmeasured')
    return {
      tone: 'no_data',
      headline: `Not measured: ${UNMEASURED[observation.reason]}`,
      details: [observation.detail],
    };
  const { totalMs } = observation.timings;
  const warnings = (observation.degraded ?? []).map(({ detail }) => detail);
  const headline = totalMs === undefined ? 'OK' : `OK in ${ms(totalMs)}`;
  return { tone: warnings.length > 0 ? 'warn' : 'good', headline, details: warnings };
}

interface RunResultProps {
  readonly index: number;
  readonly name: string;
  readonly observation: Observation;
}

export const RunResult = ({ index, name, observation }: RunResultProps) => {
  const { tone, headline, details } = shownOf(observation);
  const { address, trace = [] } = observation;
  return (
    <div slot={`run-${index}`} class={`run ${tone}`}>
      <p class="run-head">
        <Icon tone={tone} />
        <span class="run-place">
          <bdi>{name}</bdi>
        </span>
        <strong>{headline}</strong>
      </p>
      {details.map((detail) => (
        <p class="run-detail">
          <Breakable text={detail} />
        </p>
      ))}
      <Phases observation={observation} />
      {trace.length === 0 && address === undefined ? null : (
        <details class="run-trace">
          <summary>
            Steps<span class="hidden"> at {name}</span>
          </summary>
          {address === undefined ? null : (
            <p class="note">
              Address: <code>{address}</code>
            </p>
          )}
          <ol>
            {trace.map(({ atMs, text }) => (
              <li>
                <span class="run-time">{ms(atMs)}</span> <Breakable text={text} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
};

/** The bar shows the shares, the words the times. */
const Phases = ({ observation: { timings } }: { observation: Observation }) => {
  const phases = PHASES.flatMap(([key, label]) => {
    const value = timings[key];
    return value === undefined ? [] : [{ key, label, value }];
  });
  const total = phases.reduce((sum, { value }) => sum + value, 0);
  if (phases.length === 0) return null;
  let x = 0;
  return (
    <div class="run-phases">
      {total === 0 ? null : (
        <svg class="run-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          {phases.map(({ key, value }) => {
            const width = (100 * value) / total;
            const from = x;
            x += width;
            return <rect class={key} x={from.toFixed(2)} width={width.toFixed(2)} y="0" height="4" />;
          })}
        </svg>
      )}
      <ul>
        {phases.map(({ key, label, value }) => (
          <li>
            <span class={`phase-swatch ${key}`} aria-hidden="true" />
            {label} {ms(value)}
          </li>
        ))}
      </ul>
    </div>
  );
};

/** In place of a result that has not arrived. */
export const Asking = ({ name }: { name: string }) => (
  <div class="run asking">
    <p class="run-head">
      <span class="spot" aria-hidden="true" />
      <span class="run-place">
        <bdi>{name}</bdi>
      </span>
      <span>asking…</span>
    </p>
  </div>
);

/** What all results say together. */
export function summaryOf(observations: readonly Observation[]): {
  readonly tone: Tone;
  readonly text: string;
} {
  const count = (outcome: Observation['outcome']): number =>
    observations.filter((one) => one.outcome === outcome).length;
  const [all, good, failed] = [observations.length, count('ok'), count('failed')];
  const places = `${all} location${all === 1 ? '' : 's'}`;
  if (good === all)
    return { tone: 'good', text: `It works from ${all === 1 ? 'the location' : `all ${places}`}.` };
  if (good + failed === 0)
    return {
      tone: 'no_data',
      text: `None of ${places} could measure it: the probes are at fault, not the target. You can save the monitor: it has no data until they respond.`,
    };
  if (failed === all)
    return {
      tone: 'bad',
      text: `It fails from ${all === 1 ? 'the location' : `all ${places}`}. You can save the monitor: it will open an incident.`,
    };
  return {
    tone: failed > 0 ? 'warn' : 'good',
    text: `It works from ${good} of ${places}${failed > 0 ? `, and fails from ${failed}` : ''}. You can save the monitor: an incident opens if a quorum of locations fails.`,
  };
}

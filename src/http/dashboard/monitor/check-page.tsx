// Owns the page of a check that runs now, from every location of a monitor: each result is sent when it arrives, with its
// phases, its steps, what the target answered and the certificate. Stores nothing.
import type { Context } from 'hono';
import { checkInputSchema } from '../../../../probes/checks/check-input.ts';
import type { Observation } from '../../../../probes/contract/index.ts';
import type { PageMonitor } from '../../../store/monitor-page.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import {
  asTheyArrive,
  CLOSE_PLACES,
  html,
  openPlaces,
  type StartedRun,
  startRun,
} from '../monitor-editor/run-parts.tsx';
import { RunResult } from '../monitor-editor/run-results.tsx';
import { StreamedParts, streamedPage } from '../monitor-editor/streamed-page.ts';
import { Notice } from '../notice.tsx';
import { Action } from '../parts/parts.tsx';
import { pathOf } from './monitor-path.ts';

export const Ask = ({ c, monitor }: { c: Context<HttpEnv>; monitor: Pick<PageMonitor, 'id' | 'name'> }) => (
  <div class="card pad">
    <p>
      The check of <bdi>{monitor.name}</bdi> runs once from each of its locations, with a trace. Its results
      do not count as votes, and nothing is stored but an entry in the audit log.
    </p>
    <Action c={c} action={pathOf(monitor.id, '/check')} label="Check now from everywhere" class="primary" />
  </div>
);

/** Runs the check, within the limits and guards of POST /api/v1/check. */
export async function showCheck(
  c: Context<HttpEnv>,
  monitor: PageMonitor,
  place: (location: string) => string,
): Promise<Response> {
  const parsed = checkInputSchema.safeParse(monitor.check);
  const started: StartedRun = parsed.success
    ? await startRun(c, { check: parsed.data, locations: monitor.locations, monitor: monitor.id })
    : { ok: false, message: 'The stored check is not valid any more. Edit the monitor, and save it.' };
  const page = {
    title: `Check of ${monitor.name}`,
    above: [
      { path: '/dashboard/monitors', label: 'Monitors' },
      { path: pathOf(monitor.id), label: monitor.name },
    ],
    content: (
      <>
        <StreamedParts />
        <div class="actions">
          <Action c={c} action={pathOf(monitor.id, '/check')} label="Check again" />
          <a class="button quiet" href={pathOf(monitor.id)}>
            Back to the monitor
          </a>
        </div>
      </>
    ),
  };
  return streamedPage(c, page, parts(started, place, c.var.now));
}

async function* parts(
  started: StartedRun,
  place: (location: string) => string,
  now: number,
): AsyncGenerator<string> {
  if (!started.ok) {
    yield await html(
      <Notice tone="warn" title="The check was not run.">
        <p>{started.message}</p>
      </Notice>,
    );
    return;
  }
  const places = [...started.runs.keys()].map(place);
  yield await openPlaces(places);
  const seen: Observation[] = [];
  for await (const { index, observation } of asTheyArrive(started.runs.values())) {
    seen.push(observation);
    yield await html(
      <>
        <RunResult index={index} name={places[index]!} observation={observation} />
        <Conversation index={index} name={places[index]!} observation={observation} now={now} />
      </>,
    );
  }
  yield await html(
    <p slot="summary" class="run-summary">
      {summaryText(seen)}
    </p>,
  );
  yield CLOSE_PLACES;
}

function summaryText(observations: readonly Observation[]): string {
  const count = (outcome: Observation['outcome']): number =>
    observations.filter((one) => one.outcome === outcome).length;
  const unmeasured = count('unmeasured');
  const rest =
    unmeasured === 0 ? '' : ` ${unmeasured} measured nothing: the probes are at fault, not the target.`;
  return `Ok from ${count('ok')} of ${observations.length} locations, failed from ${count('failed')}.${rest}`;
}

interface ConversationProps {
  readonly index: number;
  readonly name: string;
  readonly observation: Observation;
  readonly now: number;
}

type Facts = NonNullable<Observation['facts']>;

/** Names of facts that people ask for first. */
const CERTIFICATE = ['tls.subject', 'tls.issuer', 'tls.validTo'] as const;

/** What the target said, beside the line of the location. */
const Conversation = ({ index, name, observation, now }: ConversationProps) => {
  const facts = observation.facts ?? [];
  const response = observation.outcome === 'failed' ? observation.response : undefined;
  if (facts.length === 0 && response === undefined) return null;
  return (
    <div slot={`run-${index}`} class="run-facts">
      <CertificateLine facts={facts} now={now} />
      <details>
        <summary>
          What it answered<span class="hidden"> at {name}</span>
        </summary>
        <dl class="facts">
          {facts.map((fact) => (
            <>
              <dt>{fact.name}</dt>
              <dd>
                <Breakable text={valueText(fact.value)} />
              </dd>
            </>
          ))}
          {response?.status === undefined ? null : (
            <>
              <dt>Status</dt>
              <dd>{response.status}</dd>
            </>
          )}
          {Object.entries(response?.headers ?? {}).map(([header, value]) => (
            <>
              <dt>{header}</dt>
              <dd>
                <Breakable text={value} />
              </dd>
            </>
          ))}
        </dl>
        {response?.body === undefined || response.body === '' ? null : (
          <section class="scroll" tabindex={0} aria-label={`Body at ${name}`}>
            <pre>{response.body}</pre>
          </section>
        )}
      </details>
    </div>
  );
};

const valueText = (value: Facts[number]['value']): string =>
  Array.isArray(value) ? value.join('; ') : String(value);

const CertificateLine = ({ facts, now }: { facts: Facts; now: number }) => {
  const [subject, issuer, validTo] = CERTIFICATE.map((name) => {
    const value = facts.find((fact) => fact.name === name)?.value;
    return value === undefined ? null : valueText(value);
  });
  if (subject == null || validTo == null) return null;
  const days = Math.floor((Date.parse(validTo) - now) / 86_400_000);
  return (
    <p class="note">
      Certificate: {days < 0 ? `expired ${-days} days ago` : `${days} days left`}.{' '}
      <Breakable text={subject} />
      {issuer == null ? '' : ', issued by '}
      {issuer == null ? null : <Breakable text={issuer} />}
    </p>
  );
};

// Owns the page of one incident: one timeline of what probes measured and of what people wrote, and the results by
// location. Does not show targets or probe details.

import type { Child } from 'hono/jsx';
import { z } from 'zod';
import { phaseSchema } from '../../channels/observation-fields.ts';
import { HEARTBEAT_LOCATION } from '../../engine/model/heartbeat.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import { Banner } from './banner.tsx';
import { measuredTitle, titleOfIncident, toneOfIncident, type UnknownSince } from './incident-card.tsx';
import { PageLayout } from './page-layout.tsx';
import type { PageIncident, PageUpdate } from './page-view.ts';
import { Prose } from './prose.tsx';
import { isolated, Phrase, type Rendering, SLOT, Time } from './rendering.tsx';
import { endReasonText } from './status-text.ts';

/** The public part of the evidence. All other fields are dropped here. */
const publicEvidence = z.object({
  location: z.string(),
  vote: z.enum(['failing', 'passing', 'abstaining']),
  code: z.string().nullable().catch(null),
  /** Absent in incidents of versions that did not store it. */
  phase: phaseSchema.nullish().catch(null),
});
type PublicEvidence = z.output<typeof publicEvidence>;

interface IncidentPageProps {
  incident: PageIncident;
  unknownSince: UnknownSince;
  of: Rendering;
}

export const IncidentPage = ({ incident, unknownSince, of }: IncidentPageProps) => {
  const { texts, formats, now } = of;
  const { startedAt, resolvedAt, measured, postmortem, sources, components } = incident;
  const open = resolvedAt === null;
  const isSaid = sources.includes('people');
  const title = titleOfIncident(incident, unknownSince, of);
  const [first] = measured;
  const unknown = isSaid || !first ? null : unknownSince(first);
  const lasting = open ? texts.incident.ongoing : texts.incident.lasted;
  const affected = components.map(({ name }) => isolated(name));
  return (
    <PageLayout of={of} title={title} refreshes={open}>
      <Banner tone={open ? toneOfIncident(incident) : 'good'} title={title}>
        <p>
          {isSaid ? (
            <>
              <b>{texts.incidents.statuses[incident.status]}</b>.{' '}
            </>
          ) : null}
          {unknown !== null ? (
            <Phrase text={texts.incident.maybeOver(SLOT)} slots={[<Time at={unknown} of={of} />]} />
          ) : (
            lasting(formats.duration((resolvedAt ?? now) - startedAt))
          )}{' '}
          {!isSaid && first?.reason ? endReasonText(first.reason, texts) : ''}
        </p>
        {isSaid && affected.length > 0 ? <p>{texts.incidents.components(formats.list(affected))}</p> : null}
      </Banner>
      {postmortem === null ? null : (
        <section aria-labelledby="postmortem">
          <h2 id="postmortem">{texts.incident.postmortem}</h2>
          <div class="plain">
            <Prose markdown={postmortem.body} below={2} />
            <p class="note">
              <Phrase text={texts.incident.published(SLOT)} slots={[<Time at={postmortem.at} of={of} />]} />
            </p>
          </div>
        </section>
      )}
      <section aria-labelledby="timeline">
        <h2 id="timeline">{texts.incident.timeline}</h2>
        <ol class="steps plain">{stepsOf(incident, unknownSince, of).map(({ content }) => content)}</ol>
      </section>
      <Results rows={measured} unknownSince={unknownSince} of={of} />
    </PageLayout>
  );
};

interface Step {
  readonly at: number;
  readonly content: Child;
}

/** The newest first, of both sources. */
function stepsOf(incident: PageIncident, unknownSince: UnknownSince, of: Rendering): Step[] {
  const isSaid = incident.sources.includes('people');
  const several = isSaid || incident.measured.length > 1;
  const measured = incident.measured.flatMap((row) =>
    measuredSteps(row, several ? measuredTitle(row, unknownSince, of.texts) : null, isSaid, of),
  );
  const said = incident.updates.map((update) => ({ at: update.at, content: saidStep(update, of) }));
  // Steps of the same time stay in the order in which they happened.
  return [...said.toReversed(), ...measured].toSorted((a, b) => a.at - b.at).toReversed();
}

const TONES = { investigating: 'bad', identified: 'warn', monitoring: 'calm', resolved: 'good' } as const;

const saidStep = ({ at, status, body }: PageUpdate, of: Rendering): Child => (
  <li class={TONES[status]}>
    <h3>{of.texts.incidents.statuses[status]}</h3>
    <p class="note">
      <span class="source">{of.texts.incidents.fromTeam}</span> <Time at={at} of={of} />
    </p>
    <Prose markdown={body} below={3} />
  </li>
);

function measuredSteps(row: IncidentRow, title: string | null, named: boolean, of: Rendering): Step[] {
  const { incident, incidents } = of.texts;
  const steps: [words: string, at: number | null, tone: string][] = [
    [incident.firstFailure, row.startedAt, row.verdict === 'down' ? 'bad' : 'warn'],
    [
      incident.confirmed,
      row.scope.includes(HEARTBEAT_LOCATION) ? null : row.detectedAt,
      row.verdict === 'down' ? 'bad' : 'warn',
    ],
    // The name of the person is for the team only.
    [incident.acknowledged, row.acknowledgedAt, 'calm'],
    [row.reason === null ? incident.recovered : incident.closed, row.resolvedAt, 'good'],
  ];
  return steps.flatMap(([words, at, tone]) =>
    at === null
      ? []
      : [
          {
            at,
            content: (
              <li class={tone}>
                <h3>{words}</h3>
                <p class="note">
                  {named ? <span class="source">{incidents.measured}</span> : null}{' '}
                  <Time at={at} exact of={of} />
                  {title === null ? '' : ` · ${title}`}
                </p>
              </li>
            ),
          },
        ],
  );
}

interface ResultsProps {
  readonly rows: readonly IncidentRow[];
  readonly unknownSince: UnknownSince;
  readonly of: Rendering;
}

/** The results of each measured incident, or that they have expired. */
const Results = ({ rows, unknownSince, of }: ResultsProps) => {
  const { incident } = of.texts;
  const shown = rows.map((row) => ({ row, evidence: evidenceOf(row) }));
  const some = shown.filter(({ row, evidence }) => evidence.length > 0 || row.evidenceDeletedAt !== null);
  return some.length === 0 ? null : (
    <section aria-labelledby="evidence">
      <h2 id="evidence">
        {some.every(({ evidence }) => evidence.length > 0 && isEvidenceOfJob(evidence))
          ? incident.result
          : incident.results}
      </h2>
      {some.map(({ row, evidence }) => (
        <>
          {rows.length > 1 ? <h3>{measuredTitle(row, unknownSince, of.texts)}</h3> : null}
          {evidence.length > 0 ? <Evidence evidence={evidence} of={of} /> : <p>{incident.resultsExpired}</p>}
        </>
      ))}
    </section>
  );
};

const evidenceOf = (row: IncidentRow): PublicEvidence[] =>
  row.evidence.flatMap((given) => {
    const parsed = publicEvidence.safeParse(given);
    return parsed.success ? [parsed.data] : [];
  });

/** A job has no location and no votes: its one result says all. */
const isEvidenceOfJob = (evidence: readonly PublicEvidence[]): boolean =>
  evidence.every(({ location }) => location === HEARTBEAT_LOCATION);

const Evidence = ({ evidence, of }: { evidence: readonly PublicEvidence[]; of: Rendering }) => {
  const { incident } = of.texts;
  const isOfJob = isEvidenceOfJob(evidence);
  return (
    <section class="plain scroll" aria-label={incident.resultsTable} tabindex={0}>
      <table class="results">
        <thead>
          <tr>
            {isOfJob ? null : (
              <>
                <th scope="col">{incident.location}</th>
                <th scope="col">{incident.vote}</th>
              </>
            )}
            <th scope="col">{incident.result}</th>
          </tr>
        </thead>
        <tbody>
          {evidence.map((one) => (
            <tr>
              {isOfJob ? null : (
                <>
                  <td class="id">{of.place(one.location)}</td>
                  <td>{incident.votes[one.vote]}</td>
                </>
              )}
              <td>{resultText(one, of)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

/** `timeout while connecting` */
function resultText({ vote, code, phase }: PublicEvidence, { texts: { incident } }: Rendering): string {
  if (code === null) return vote === 'abstaining' ? '–' : incident.ok;
  return `${incident.codes[code] ?? code.replaceAll('_', ' ')}${phase ? ` ${incident.phases[phase]}` : ''}`;
}

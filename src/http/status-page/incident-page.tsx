// Owns the public page of one incident: its timeline and the results by location. Does not show targets or probe details.
import { z } from 'zod';
import type { Phase } from '../../../probes/contract/index.ts';
import { phaseSchema } from '../../channels/observation-fields.ts';
import { duration } from '../../channels/time-text.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import { Breakable } from '../ui/breakable.tsx';
import { Icon } from '../ui/icons.tsx';
import { Layout, REFRESH_SECONDS } from '../ui/layout.tsx';
import { Timestamp } from '../ui/times.tsx';
import { endReasonText, incidentTense, incidentTitle } from './status-text.ts';

/** The public part of the evidence. All other fields are dropped here. */
const publicEvidence = z.object({
  location: z.string(),
  vote: z.enum(['failing', 'passing', 'abstaining']),
  code: z.string().nullable().catch(null),
  /** Absent in incidents of versions that did not store it. */
  phase: phaseSchema.nullish().catch(null),
});
type PublicEvidence = z.output<typeof publicEvidence>;

const VOTES = { failing: 'Failing', passing: 'Passing', abstaining: 'Abstaining' } as const;

interface IncidentPageProps {
  row: IncidentRow;
  now: number;
  /** Since when it is unknown whether the open incident continues. Null if it is known. */
  unknownSince: number | null;
  noRefresh: boolean;
}

export const IncidentPage = ({ row, now, unknownSince, noRefresh }: IncidentPageProps) => {
  const open = row.resolvedAt === null;
  const tone = open ? (row.verdict === 'down' ? 'bad' : 'warn') : 'good';
  const heading = incidentTitle(row.monitorName, row.verdict, incidentTense(row, unknownSince !== null));
  const evidence = row.evidence.flatMap((given) => {
    const parsed = publicEvidence.safeParse(given);
    return parsed.success ? [parsed.data] : [];
  });
  return (
    <Layout
      title={`${heading} – Service status`}
      {...(open ? { refreshSeconds: REFRESH_SECONDS, noRefresh } : {})}
    >
      <div class={`banner ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1>
            <Breakable text={heading} />
          </h1>
          <p>
            {unknownSince !== null ? (
              <>
                No data since <Timestamp at={unknownSince} />, so the incident may be over.
              </>
            ) : (
              `${open ? 'Ongoing for' : 'Lasted'} ${duration((row.resolvedAt ?? now) - row.startedAt)}.`
            )}{' '}
            {row.reason === null ? '' : endReasonText(row.reason)}
          </p>
        </div>
      </div>
      <section aria-labelledby="timeline">
        <h2 id="timeline">Timeline</h2>
        <ol class="steps plain">
          <Step words="First failure" at={row.startedAt} />
          <Step words="Confirmed by a quorum" at={row.detectedAt} />
          {/* The name of the person is for the team only. */}
          {row.acknowledgedAt === null ? null : <Step words="Acknowledged" at={row.acknowledgedAt} />}
          {row.resolvedAt === null ? null : (
            <Step words={row.reason === null ? 'Recovered' : 'Closed'} at={row.resolvedAt} />
          )}
        </ol>
      </section>
      {evidence.length > 0 ? (
        <section aria-labelledby="evidence">
          <h2 id="evidence">Results by location</h2>
          <section class="plain scroll" aria-label="Table of results" tabindex={0}>
            <table class="results">
              <thead>
                <tr>
                  <th scope="col">Location</th>
                  <th scope="col">Vote</th>
                  <th scope="col">Result</th>
                </tr>
              </thead>
              <tbody>
                {evidence.map((one) => (
                  <tr>
                    <td class="id">{one.location}</td>
                    <td>{VOTES[one.vote]}</td>
                    <td>{resultText(one)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </section>
      ) : row.evidenceDeletedAt === null ? null : (
        <section aria-labelledby="evidence">
          <h2 id="evidence">Results by location</h2>
          <p>The results of this incident have expired.</p>
        </section>
      )}
    </Layout>
  );
};

const PHASE_TEXT: Record<Phase, string> = {
  dns: 'during the DNS lookup',
  connect: 'while connecting',
  tls: 'during the TLS handshake',
  reply: 'while waiting for the response',
};

/** `timeout while connecting` */
function resultText({ vote, code, phase }: PublicEvidence): string {
  if (code === null) return vote === 'abstaining' ? '–' : 'ok';
  return `${code.replaceAll('_', ' ')}${phase ? ` ${PHASE_TEXT[phase]}` : ''}`;
}

const Step = ({ words, at }: { words: string; at: number }) => (
  <li>
    <span>{words}</span>
    <Timestamp at={at} exact />
  </li>
);

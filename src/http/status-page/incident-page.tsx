// The public page of one incident: when, how long, seen from where. No target, no probe detail.
import { z } from 'zod';
import type { Phase } from '../../../probes/contract/index.ts';
import { phaseSchema } from '../../channels/observation-fields.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import { Icon } from '../ui/icons.tsx';
import { Layout, REFRESH_SECONDS } from '../ui/layout.tsx';
import { duration, Timestamp } from '../ui/times.tsx';
import { endReasonText, incidentTense, incidentTitle } from './status-text.ts';

/** All that the public sees of a testimony; the rest of it is dropped here. */
const publicEvidence = z.object({
  location: z.string(),
  vote: z.enum(['failing', 'passing', 'abstaining']),
  code: z.string().nullable().catch(null),
  /** Incidents from before it was kept have none. */
  phase: phaseSchema.nullish().catch(null),
});
type PublicTestimony = z.output<typeof publicEvidence>;

const VOTES = { failing: 'Fails', passing: 'Passes', abstaining: 'Abstains' } as const;

interface IncidentPageProps {
  row: IncidentRow;
  now: number;
  /** Nobody is looking, so an open incident may be over. */
  stale: boolean;
  noRefresh: boolean;
}

export const IncidentPage = ({ row, now, stale, noRefresh }: IncidentPageProps) => {
  const open = row.resolvedAt === null;
  const tone = open ? (row.verdict === 'down' ? 'bad' : 'warn') : 'good';
  const heading = incidentTitle(row.monitorName, row.verdict, incidentTense(row, stale));
  const testimony = row.evidence.flatMap((evidence) => {
    const parsed = publicEvidence.safeParse(evidence);
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
          <h1>{heading}</h1>
          <p>
            {open && stale
              ? 'Monitoring is blind, so whether it still lasts is not known.'
              : `${duration((row.resolvedAt ?? now) - row.startedAt)} ${open ? 'so far' : 'in all'}.`}{' '}
            {row.reason === null ? '' : endReasonText(row.reason)}
          </p>
        </div>
      </div>
      <section aria-labelledby="course">
        <h2 id="course">Course</h2>
        <ol class="steps plain">
          <Step words="Began to fail" at={row.startedAt} />
          <Step words="A quorum agreed" at={row.detectedAt} />
          {row.resolvedAt === null ? null : (
            <Step words={row.reason === null ? 'Recovered' : 'Ended'} at={row.resolvedAt} />
          )}
        </ol>
      </section>
      {testimony.length > 0 ? (
        <section aria-labelledby="witnesses">
          <h2 id="witnesses">What the locations said when it was noticed</h2>
          <section class="plain scroll" aria-label="Votes of the locations" tabindex={0}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Location</th>
                  <th scope="col">Vote</th>
                  <th scope="col">Saw</th>
                </tr>
              </thead>
              <tbody>
                {testimony.map((one) => (
                  <tr>
                    <td>{one.location}</td>
                    <td>{VOTES[one.vote]}</td>
                    <td>{saySeen(one)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </section>
      ) : null}
    </Layout>
  );
};

const PHASE_WORDS: Record<Phase, string> = {
  dns: 'while looking up the name',
  connect: 'while connecting',
  tls: 'while beginning TLS',
  reply: 'while waiting for the reply',
};

/** `timeout while connecting` */
const saySeen = ({ code, phase }: PublicTestimony): string =>
  code === null ? 'an answer' : `${code.replaceAll('_', ' ')}${phase ? ` ${PHASE_WORDS[phase]}` : ''}`;

const Step = ({ words, at }: { words: string; at: number }) => (
  <li>
    <span>{words}</span>
    <Timestamp at={at} exact />
  </li>
);

// Owns what an incident of a heartbeat shows as evidence: why it failed, and the pings before that, with what the job sent.
import type { IncidentRow } from '../../../store/incidents.ts';
import type { StoredPing } from '../../../store/pings.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { PingTable } from '../heartbeat/pings-part.tsx';
import { evidenceOf, resultText } from './incident-words.ts';

interface JobEvidenceProps {
  readonly row: IncidentRow;
  /** The newest first. */
  readonly pings: readonly StoredPing[];
  readonly now: number;
}

export const JobEvidence = ({ row, pings, now }: JobEvidenceProps) => {
  const [first] = evidenceOf(row);
  const code = first?.code ?? null;
  // What the job said when it failed is what people look for.
  const failed = code === 'job_failed' ? pings.find(({ kind }) => kind === 'fail') : undefined;
  return (
    <section class="card job-output" aria-labelledby="evidence">
      <h2 id="evidence">What the job reported</h2>
      <p class="pad">
        {first === undefined ? (
          'No evidence is stored for this incident.'
        ) : (
          <>
            <strong>{resultText(first)}.</strong>{' '}
            <bdi>
              <Breakable text={first.detail ?? ''} />
            </bdi>
          </>
        )}
      </p>
      {pings.length === 0 ? (
        <p class="pad">No ping from before that time is kept.</p>
      ) : (
        <>
          <p class="pad small">The pings before it was found, the newest first.</p>
          <PingTable
            pings={pings}
            now={now}
            labelledBy="evidence"
            {...(failed === undefined ? {} : { openSeq: failed.seq })}
          />
        </>
      )}
    </section>
  );
};

// Owns the table of what each location saw when an incident was confirmed, or that it has expired.
import type { LocationNames } from '../../../status-pages/location-names.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import type { IncidentRow } from '../../../store/incidents.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { evidenceOf, quorumText, resultText, timingsText } from './incident-words.ts';

const VOTES = { failing: 'Failing', passing: 'Passing', abstaining: 'Abstaining' } as const;

export const Evidence = ({ row, names }: { row: IncidentRow; names: LocationNames }) => {
  const evidence = evidenceOf(row);
  if (row.location !== null) return null;
  return (
    <section class="card" aria-labelledby="evidence">
      <h2 id="evidence">What each location saw</h2>
      {evidence.length === 0 ? (
        <p class="pad">
          {row.evidenceDeletedAt === null ? (
            'No evidence is stored for this incident.'
          ) : (
            <>
              The evidence expired and was deleted at <Timestamp at={row.evidenceDeletedAt} />. It is kept for{' '}
              <code>EVIDENCE_DAYS</code> after the end of an incident.
            </>
          )}
        </p>
      ) : (
        <>
          <p class="pad small">When the incident was confirmed. {quorumText(row)}</p>
          <section class="scroll" tabindex={0} aria-label="Evidence by location">
            <table class="grid stacks">
              <thead>
                <tr>
                  <th scope="col">Location</th>
                  <th scope="col">Vote</th>
                  <th scope="col">Result</th>
                  <th scope="col">Since</th>
                </tr>
              </thead>
              <tbody>
                {evidence.map((one) => (
                  <tr>
                    <th scope="row">
                      {locationName(one.location, names)}
                      <br />
                      <small>{one.location}</small>
                    </th>
                    <td>
                      <span
                        class={`state ${one.vote === 'failing' ? 'bad' : one.vote === 'passing' ? 'good' : 'no_data'}`}
                      >
                        <Icon
                          tone={one.vote === 'failing' ? 'bad' : one.vote === 'passing' ? 'good' : 'no_data'}
                        />
                        {VOTES[one.vote]}
                      </span>
                    </td>
                    <td>
                      {resultText(one)}
                      {one.detail === null || one.detail === '' ? null : (
                        <>
                          <br />
                          <small>
                            <bdi>
                              <Breakable text={one.detail} />
                            </bdi>
                          </small>
                        </>
                      )}
                      {timingsText(one) === '' ? null : (
                        <>
                          <br />
                          <small>{timingsText(one)}</small>
                        </>
                      )}
                    </td>
                    <td>
                      {one.since === null ? '–' : <Timestamp at={Date.parse(one.since)} exact />}
                      {one.streak > 1 ? (
                        <>
                          <br />
                          <small>{one.streak} times in a row</small>
                        </>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </section>
  );
};

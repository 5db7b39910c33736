// Owns the table of votes: a row for each location, with its streak, its newest observation and its quarantine. Without the
// state, what lists know. Does not decide anything: src/engine/explain does.
import { duration } from '../../../channels/time-text.ts';
import type { Explanation, LocationExplanation } from '../../../engine/explain/explain.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import type { MonitorData } from './load-monitor.ts';
import { outcomeText, phasesText, streakText, voteNotes, voteOf } from './texts.ts';

export const Votes = ({ data }: { data: MonitorData }) => {
  const { explanation, monitor } = data;
  return (
    <section>
      <h2 id="votes">Votes by location</h2>
      {explanation !== null ? (
        <VoteTable explanation={explanation} data={data} />
      ) : monitor.listed !== null && monitor.listed.votes.length > 0 ? (
        <ListedVotes data={data} />
      ) : (
        <div class="empty">
          <p class="title">No location has voted yet</p>
          <p>The first votes arrive with the first checks.</p>
        </div>
      )}
    </section>
  );
};

const VoteTable = ({ explanation, data }: { explanation: Explanation; data: MonitorData }) => (
  <section class="card scroll" tabindex={0} aria-labelledby="votes">
    <table class="grid stacks votes-table">
      <thead>
        <tr>
          <th scope="col">Location</th>
          <th scope="col">Vote</th>
          <th scope="col">Streak</th>
          <th scope="col">Newest observation</th>
          <th scope="col">Next check</th>
        </tr>
      </thead>
      <tbody>
        {explanation.locations.map((location) => (
          <VoteRow of={location} data={data} />
        ))}
      </tbody>
    </table>
  </section>
);

const VoteRow = ({
  of: location,
  data: { now, place, liveness },
}: {
  of: LocationExplanation;
  data: MonitorData;
}) => {
  const { tone, label } = voteOf(location);
  const notes = voteNotes(location);
  const { lastResult, quarantine, since, nextCheckAt } = location;
  return (
    <tr data-row>
      <th scope="row">
        <bdi>{place(location.id)}</bdi>
        <br />
        <small class="id-text">{location.id}</small>
      </th>
      <td>
        <span class={`state ${tone}`}>
          <Icon tone={tone} />
          {label}
        </span>
        {notes.map((note) => (
          <>
            <br />
            <small>{note}</small>
          </>
        ))}
        {quarantine === null ? null : (
          <>
            <br />
            <small>
              fails {quarantine.failedMonitors} of {quarantine.checkedMonitors} monitors that others reach,
              since <Timestamp at={quarantine.startedAt} />
            </small>
          </>
        )}
      </td>
      <td>
        {streakText(location)}
        {since === null ? null : (
          <>
            <br />
            <small>
              since <Timestamp at={since} />
            </small>
          </>
        )}
      </td>
      <td class="observation">
        {lastResult === null ? (
          '–'
        ) : (
          <>
            {outcomeText(lastResult)}
            {lastResult.detail === undefined || lastResult.detail === '' ? null : (
              <>
                <br />
                <small>
                  <Breakable text={lastResult.detail} />
                </small>
              </>
            )}
            {(lastResult.degraded ?? []).map(({ detail }) => (
              <>
                <br />
                <small>
                  <Breakable text={detail} />
                </small>
              </>
            ))}
            <br />
            <small>
              {[phasesText(lastResult.timings), samplesText(lastResult)]
                .filter((text) => text !== '')
                .join('. ')}
              {phasesText(lastResult.timings) === '' ? '' : '. '}
              <RelativeTime since={lastResult.startedAt} now={now} /> ago
            </small>
          </>
        )}
      </td>
      <td>
        {nextCheckAt === null || liveness.ticks.isOver ? (
          '–'
        ) : nextCheckAt <= now ? (
          'now'
        ) : (
          <>in {duration(nextCheckAt - now)}</>
        )}
      </td>
    </tr>
  );
};

const samplesText = ({ samples }: { samples?: { sent: number; lost: number } }): string =>
  samples === undefined ? '' : `${samples.lost} of ${samples.sent} handshakes lost`;

/** Without the state: what lists know. */
const ListedVotes = ({ data: { monitor, place } }: { data: MonitorData }) => (
  <section class="card scroll" tabindex={0} aria-labelledby="votes">
    <table class="grid">
      <thead>
        <tr>
          <th scope="col">Location</th>
          <th scope="col">Vote</th>
          <th scope="col">Since</th>
        </tr>
      </thead>
      <tbody>
        {monitor.listed!.votes.map(([, id, vote, since]) => {
          const tone = vote === 'passing' ? 'good' : vote === 'failing' ? 'bad' : 'no_data';
          return (
            <tr>
              <th scope="row">
                <bdi>{place(id)}</bdi> <small>{id}</small>
              </th>
              <td>
                <span class={`state ${tone}`}>
                  <Icon tone={tone} />
                  {vote === 'passing' ? 'Passing' : vote === 'failing' ? 'Failing' : 'Abstains'}
                </span>
              </td>
              <td>{since === null ? '–' : <Timestamp at={since} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </section>
);

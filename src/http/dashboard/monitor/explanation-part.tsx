// Owns the first part of the page of a monitor: what makes it doubtful, what it is now, and why, in sentences.
// Does not decide anything: src/engine/explain does.
// More than 300 lines: the sentences of one explanation.
import type { Child } from 'hono/jsx';
import { duration } from '../../../channels/time-text.ts';
import type { Explanation } from '../../../engine/explain/explain.ts';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { Notice } from '../notice.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import type { MonitorData } from './load-monitor.ts';
import { warningText } from './texts.ts';

/** The same sentence as `explain` of the API has. */
const UNNOTIFIED = 'An outage of this monitor notifies no channel.';

/** What makes everything below it doubtful. */
export const Doubts = ({ data: { liveness, unexplained, now } }: { data: MonitorData }) => {
  const { ticks, measured } = liveness;
  return (
    <>
      {ticks.isOver ? (
        <Notice tone="bad" title="No tick runs: nothing is checked, and this page shows what was known last.">
          <p>
            {ticks.since === null ? (
              'No tick has run yet. '
            ) : (
              <>
                The newest tick was <RelativeTime since={ticks.since} now={now} /> ago.{' '}
              </>
            )}
            Check the cron trigger of the Worker and its logs.
          </p>
        </Notice>
      ) : measured.isOver && unexplained !== 'unreadable' ? (
        <Notice tone="bad" title="Nothing is measured: ticks run, and no location reports a measurement.">
          <p>
            {measured.since === null ? null : (
              <>
                The newest measurement was <RelativeTime since={measured.since} now={now} /> ago.{' '}
              </>
            )}
            <a href="/dashboard/locations">See the locations</a>
          </p>
        </Notice>
      ) : null}
      {unexplained === 'unreadable' ? (
        <Notice tone="warn" title="The state of the mesh cannot be read, so there is no explanation.">
          <p>
            The page shows what the tables have. The next tick repairs a damaged state; the logs of the Worker
            have the reason.
          </p>
        </Notice>
      ) : null}
    </>
  );
};

/** `children`: in place of the votes, of a monitor that has none. */
export const Why = ({ data, children }: { data: MonitorData; children?: Child }) => {
  const { shown, since, explanation, unexplained, recipients, inhibitor, now, liveness } = data;
  const isStopped = liveness.ticks.isOver;
  return (
    <section class="card pad why" aria-labelledby="why">
      <h2 id="why" class="hidden">
        State
      </h2>
      <p class="verdict-line">
        <StateBadge state={shown} />
        {since === null ? null : (
          <span class="small">
            for <RelativeTime since={since} now={now} />, since <Timestamp at={since} />
          </span>
        )}
      </p>
      <p class="sentence">
        {explanation === null
          ? unexplained === 'not_started'
            ? data.heartbeat === null
              ? 'The monitor is new: its first checks start with the next tick.'
              : 'The heartbeat is new: it is evaluated with the next tick.'
            : 'The reasons are not known.'
          : explanation.why}
        {recipients.isNobody ? ` ${UNNOTIFIED}` : ''}
      </p>
      {children !== undefined ? (
        children
      ) : explanation === null ? null : (
        <Counts explanation={explanation} isStopped={isStopped} data={data} />
      )}
      {inhibitor === null ? null : (
        <p>
          It waits for{' '}
          <a href={`/dashboard/monitors/${encodeURIComponent(inhibitor.id)}`}>
            <bdi>{inhibitor.name}</bdi>
          </a>
          .
        </p>
      )}
    </section>
  );
};

interface CountsProps {
  readonly explanation: Explanation;
  readonly isStopped: boolean;
  readonly data: MonitorData;
}

const Counts = ({ explanation, isStopped, data: { now, place, monitor } }: CountsProps) => {
  const { quorum, round, warnings, flapping, locations } = explanation;
  const next = locations.flatMap(({ nextCheckAt }) => nextCheckAt ?? []).sort((a, b) => a - b)[0];
  return (
    <ul class="counts">
      <li>
        Quorum: {quorum.required} of {quorum.failing + quorum.passing} must fail. {quorum.failing} failing,{' '}
        {quorum.passing} passing, {quorum.abstaining} abstaining
      </li>
      <li>
        Streaks: {monitor.alert.failures} failed in a row to open, {monitor.alert.recoveries} ok in a row to
        resolve
      </li>
      {round === null ? null : (
        <li>
          Round {round.step} is open: {round.answered.length} of {round.asked.length} locations have answered
          {round.answered.length < round.asked.length
            ? `, waiting for ${round.asked
                .filter((id) => !round.answered.includes(id))
                .map(place)
                .join(', ')}`
            : ''}
        </li>
      )}
      {next === undefined || isStopped ? null : (
        <li>
          Next check <RelativeIn at={next} now={now} />
        </li>
      )}
      {flapping ? <li>It is flapping: single changes are not notified</li> : null}
      {warnings.map(({ kind, since, notified }) => (
        <li>
          {warningText(kind)} since <Timestamp at={since} />
          {notified ? '' : ', not notified'}
        </li>
      ))}
    </ul>
  );
};

const RelativeIn = ({ at, now }: { at: number; now: number }) => (
  <>
    {at <= now ? 'now' : `in ${duration(at - now)}`} (<Timestamp at={at} exact />)
  </>
);

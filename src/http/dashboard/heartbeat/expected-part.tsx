// Owns what the page of a heartbeat says of the next ping: when it is due, how much grace is left, and which runs are open.
// Does not decide whether it is late: src/heartbeats does.
import { rulesOf } from '../../../heartbeats/check.ts';
import { RelativeTime, TimeLeft, Timestamp } from '../../ui/times.tsx';
import type { MonitorData } from '../monitor/load-monitor.ts';
import { durationText, type HeartbeatView } from './heartbeat-view.ts';

interface Props {
  readonly data: MonitorData;
  readonly heartbeat: HeartbeatView;
}

export const Expected = ({ data, heartbeat: { memory } }: Props) => {
  const { monitor, now } = data;
  const { graceMs } = rulesOf(monitor.check);
  const { dueAt, deadline, lastPingAt } = memory;
  return (
    <ul class="counts">
      {monitor.paused ? (
        <li>While it is paused, no ping is expected</li>
      ) : dueAt === null || deadline === null ? (
        <li>No further ping is due: the schedule has no more times</li>
      ) : now <= dueAt ? (
        <li>
          Next ping due in <TimeLeft until={dueAt} now={now} />, at <Timestamp at={dueAt} exact />. Late{' '}
          {durationText(deadline - dueAt)} after that
        </li>
      ) : now <= deadline ? (
        <li>
          {lastPingAt === null ? 'The first ping' : 'A ping'} was due <RelativeTime since={dueAt} now={now} />{' '}
          ago, at <Timestamp at={dueAt} exact />.{' '}
          <strong>
            <TimeLeft until={deadline} now={now} /> of grace left
          </strong>
          , until <Timestamp at={deadline} exact />
        </li>
      ) : (
        <li>
          <strong>
            Late for <RelativeTime since={deadline} now={now} />
          </strong>
          : a ping was due at <Timestamp at={dueAt} exact />, and {durationText(graceMs)} of grace ended at{' '}
          <Timestamp at={deadline} exact />
        </li>
      )}
      {lastPingAt === null ? (
        <li>No ping has arrived yet</li>
      ) : (
        <li>
          Newest ping <RelativeTime since={lastPingAt} now={now} /> ago, at{' '}
          <Timestamp at={lastPingAt} exact />
        </li>
      )}
    </ul>
  );
};

export const OpenRuns = ({ data: { monitor, now }, heartbeat: { memory } }: Props) => {
  const { maxDurationMs } = rulesOf(monitor.check);
  const { runs } = memory;
  if (runs.length === 0) return null;
  return (
    <section>
      <h2 id="open-runs">Open runs</h2>
      <section class="card scroll" tabindex={0} aria-labelledby="open-runs">
        <table class="grid stacks">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Began</th>
              <th scope="col">Takes so far</th>
              <th scope="col">May take</th>
            </tr>
          </thead>
          <tbody>
            {runs.map(({ runId, startedAt }) => (
              <tr>
                <th scope="row">{runId === null ? 'Without a run id' : <RunId id={runId} />}</th>
                <td>
                  <Timestamp at={startedAt} exact />
                </td>
                <td>
                  <RelativeTime since={startedAt} now={now} />
                </td>
                <td>
                  {maxDurationMs === null ? (
                    'Until the next ping is late'
                  ) : startedAt + maxDurationMs < now ? (
                    <strong>{durationText(maxDurationMs)}, which is over</strong>
                  ) : (
                    <>
                      {durationText(maxDurationMs)}, until <Timestamp at={startedAt + maxDurationMs} exact />
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
};

/** As the job sends it: it may be long. */
export const RunId = ({ id }: { id: string }) => (
  <code class="id-text">
    <bdi>{id}</bdi>
  </code>
);

// Owns what is around the measurements of a monitor: uptime and its objective, who would be notified, dependencies,
// and the settings in words.
import type { Child } from 'hono/jsx';
import { uptimeText } from '../../../channels/report-text.ts';
import { duration } from '../../../channels/time-text.ts';
import { isHeartbeat, rulesOf } from '../../../heartbeats/check.ts';
import { scheduleText, spanText } from '../../../heartbeats/schedule-text.ts';
import { targetText } from '../../../store/monitor-list-model.ts';
import type { RelatedMonitor } from '../../../store/monitor-page.ts';
import { UPTIME_RULE } from '../../../uptime/rules.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { Stat } from '../parts/parts.tsx';
import type { MonitorData, MonitorHistory } from './load-monitor.ts';
import { quorumText } from './texts.ts';

export const Uptime = ({ history: { uptime, objective, isBroken } }: { history: MonitorHistory }) => (
  <section aria-labelledby="uptime">
    <h2 id="uptime">Uptime</h2>
    {isBroken ? (
      <p>The history cannot be read now.</p>
    ) : (
      <>
        <div class="stats">
          {uptime.map((figure) => (
            <Stat
              label={
                figure.downMs > 0 ? `${figure.label}, down for ${duration(figure.downMs)}` : figure.label
              }
              value={uptimeText(figure.uptime)}
              {...(figure.downMs > 0 ? { tone: 'bad' as const } : {})}
            />
          ))}
          {objective === null ? null : (
            <Stat
              label={`of the error budget of ${duration(objective.budgetMs)} (objective ${objective.target} %, 30 days)`}
              value={`${duration(Math.abs(objective.remainingMs))} ${objective.remainingMs < 0 ? 'over' : 'left'}`}
              {...(objective.remainingMs < 0 ? { tone: 'bad' as const } : {})}
            />
          )}
        </div>
        <p class="note">{UPTIME_RULE} 7, 30 and 90 days are UTC days, today so far included.</p>
      </>
    )}
  </section>
);

/** As lists show it. */
function targetOf(check: MonitorData['monitor']['check']): string {
  const text = (name: string): string | null => (check[name] === undefined ? null : String(check[name]));
  const port = typeof check.port === 'number' ? check.port : null;
  return targetText({
    ...{ type: check.type, host: text('host'), port, url: text('url') },
    ...{ name: text('name'), server: text('server') },
  });
}

export const Settings = ({ data }: { data: MonitorData }) => {
  const { monitor, related, place } = data;
  const { check, alert, tags, group, description, runbookUrl, intervalSeconds, locations } = monitor;
  const parents = related.filter(({ isParent }) => isParent);
  const dependents = related.filter(({ isParent }) => !isParent);
  const listPath = (name: string, value: string) =>
    `/dashboard/monitors?${new URLSearchParams({ [name]: value })}`;
  return (
    <section aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <div class="card pad">
        <dl class="facts">
          {description === null ? null : (
            <Fact name="Description">
              <span class="description">{description}</span>
            </Fact>
          )}
          {runbookUrl === null ? null : (
            <Fact name="Runbook">
              <a href={runbookUrl} rel="noreferrer">
                <Breakable text={runbookUrl} />
              </a>
            </Fact>
          )}
          {isHeartbeat(check) ? (
            <HeartbeatFacts check={check} />
          ) : (
            <>
              <Fact name="Check">
                {check.type}: <Breakable text={targetOf(check)} />
              </Fact>
              <Fact name="Interval">{duration(intervalSeconds * 1_000)} from each location</Fact>
              <Fact name="Locations">{locations === 'all' ? 'All' : locations.map(place).join(', ')}</Fact>
              <Fact name="Quorum">{quorumText(alert.quorum)}</Fact>
            </>
          )}
          <Fact name="Group">
            {group === null ? (
              'None'
            ) : (
              <a href={listPath('group', group)}>
                <bdi>{group}</bdi>
              </a>
            )}
          </Fact>
          <Fact name="Tags">
            {Object.keys(tags).length === 0
              ? 'None'
              : Object.entries(tags).map(([name, value]) => {
                  const text = value === '' ? name : `${name}:${value}`;
                  return (
                    <>
                      <a class="pill" href={listPath('tag', text)}>
                        <bdi>{text}</bdi>
                      </a>{' '}
                    </>
                  );
                })}
          </Fact>
          <Fact name="Who would be notified">
            <Recipients data={data} />
          </Fact>
          <Fact name="Depends on">
            <Related monitors={parents} />
          </Fact>
          {dependents.length === 0 ? null : (
            <Fact name="Needed by">
              <Related monitors={dependents} />
            </Fact>
          )}
          <Fact name="Status pages">{monitor.public ? 'Public' : 'Not public'}</Fact>
          <Fact name="Id">
            <code>{monitor.id}</code>
          </Fact>
          <Fact name="Changed">
            <Timestamp at={monitor.updatedAt} />
          </Fact>
        </dl>
      </div>
    </section>
  );
};

const HeartbeatFacts = ({ check }: { check: MonitorData['monitor']['check'] }) => {
  const { schedule, graceMs, maxDurationMs } = rulesOf(check);
  return (
    <>
      <Fact name="Check">Heartbeat: the job reports in</Fact>
      <Fact name="Due">{scheduleText(schedule)}</Fact>
      <Fact name="Grace">{graceMs === 0 ? 'None' : spanText(graceMs / 1_000)}</Fact>
      <Fact name="A run may take">
        {maxDurationMs === null ? 'Until the next ping is late' : spanText(maxDurationMs / 1_000)}
      </Fact>
    </>
  );
};

const Fact = ({ name, children }: { name: string; children?: Child }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

const Recipients = ({ data: { recipients, monitor } }: { data: MonitorData }) => {
  const { channels, hasOnCall, isNobody, source } = recipients;
  const by =
    source === 'monitor'
      ? 'the list of this monitor'
      : source === 'routes'
        ? 'the routes'
        : 'the default channels';
  return (
    <>
      {isNobody ? (
        <strong>Nobody</strong>
      ) : channels.length === 0 ? (
        hasOnCall ? (
          'Who is on call'
        ) : (
          'No channel that you see'
        )
      ) : (
        <>
          {channels.map((channel, index) => (
            <>
              {index === 0 ? '' : ', '}
              <bdi>{channel.name}</bdi>
              {channel.enabled ? '' : ' (disabled)'}
            </>
          ))}
          {hasOnCall ? ', and who is on call' : ''}
        </>
      )}
      , by {by}.{' '}
      <a href={`/dashboard/routes?monitor=${encodeURIComponent(monitor.id)}`}>
        Try it with another event or time
      </a>
    </>
  );
};

const WORDS = { up: 'up', down: 'down', partial: 'partial', no_data: 'no data' } as const;

const Related = ({ monitors }: { monitors: readonly RelatedMonitor[] }) =>
  monitors.length === 0 ? (
    <>None</>
  ) : (
    <>
      {monitors.map(({ id, name, verdict, paused }, index) => (
        <>
          {index === 0 ? '' : ', '}
          <a href={`/dashboard/monitors/${encodeURIComponent(id)}`}>
            <bdi>{name}</bdi>
          </a>{' '}
          <span class="small">({paused ? 'paused' : verdict === null ? 'pending' : WORDS[verdict]})</span>
        </>
      ))}
    </>
  );

export const DeletedNote = ({ at, now }: { at: number; now: number }) => (
  <p>
    It was deleted <RelativeTime since={at} now={now} /> ago, on <Timestamp at={at} />. Its history and its
    incidents are kept.
  </p>
);

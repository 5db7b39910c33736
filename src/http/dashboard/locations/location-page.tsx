// Owns the page of one location: how it is, its name, what fails only there, its incidents and its newest reports.
import type { Context } from 'hono';
import type { LocationDetail } from '../../../store/location-list.ts';
import type { HttpEnv } from '../../context.ts';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Field, Form, type FormErrors } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Empty, Stat } from '../parts/parts.tsx';
import { STATE_WORDS, StateBadge } from '../parts/state-badge.tsx';
import { failingPath, HealthBadge } from './location-table.tsx';
import { failedShare, type LocationView, milliseconds, REASON_WORDS } from './location-view.ts';

interface PageProps {
  readonly c: Context<HttpEnv>;
  readonly location: LocationView;
  readonly detail: LocationDetail;
  /** The name that an admin gave, or was typing. */
  readonly ownName: string;
  readonly errors: FormErrors;
}

export const LocationPage = ({ c, location, detail, ownName, errors }: PageProps) => {
  const { now } = c.var;
  const { recent, medianMs } = location;
  return (
    <>
      <div data-live="location">
        <p>
          <HealthBadge health={location.health} />
          {location.since === null ? null : (
            <>
              {' '}
              for <RelativeTime since={location.since} now={now} />
            </>
          )}
          {location.why === null ? null : ` – ${location.why}`}
        </p>
        {location.hasOtherContract ? (
          <Notice tone="warn" title="The probe has another contract version than the coordinator">
            <p>
              It answers runs with <code>version</code>, which never votes. Deploy the same release to the
              location.
            </p>
          </Notice>
        ) : null}
        <div class="stats">
          <Stat
            label="Newest report"
            value={
              location.newest === null ? (
                'none yet'
              ) : (
                <>
                  <RelativeTime since={location.newest.at} now={now} /> ago
                </>
              )
            }
          />
          <Stat
            label={
              recent === null ? 'Failed invocations' : `of the newest ${recent.count} invocations failed`
            }
            value={failedShare(location)?.replace(/ \(.*/, '') ?? '–'}
            {...(recent !== null && recent.failed > 0 ? { tone: 'warn' as const } : {})}
          />
          <Stat
            label="an invocation takes (median)"
            value={medianMs === null ? '–' : milliseconds(medianMs)}
          />
          <Stat label="monitors checked from here" value={location.monitors.toLocaleString('en')} />
          <Stat
            label="monitors failing here"
            value={location.failing.toLocaleString('en')}
            {...(location.failing > 0 ? { tone: 'bad' as const, href: failingPath(location.id) } : {})}
          />
        </div>
        <Failing location={location} detail={detail} now={now} />
        <Incidents c={c} detail={detail} />
        <Reports detail={detail} />
      </div>
      {mayUse(c, 'POST /dashboard/locations/:id/name') ? (
        <section aria-labelledby="name-heading">
          <h2 id="name-heading">Name for people</h2>
          <div class="plain">
            <Form c={c} action={`${location.path}/name`}>
              <Field
                name="name"
                label="Name"
                value={ownName}
                hint={`Status pages and the dashboard show it in place of ${location.id}. Empty: the name of its region.`}
                error={errors.name}
                maxlength={60}
                autocomplete="off"
              />
              <button type="submit">Save the name</button>
            </Form>
          </div>
        </section>
      ) : null}
    </>
  );
};

type Part = { readonly detail: LocationDetail };

const Failing = ({
  location: { id, failing },
  detail,
  now,
}: Part & { location: LocationView; now: number }) => (
  <section aria-labelledby="failing-heading">
    <h2 id="failing-heading">Monitors that fail here</h2>
    {detail.failing.length === 0 ? (
      <Empty title="No monitor fails from this location" />
    ) : (
      <div class="card">
        <table class="grid stacks">
          <thead>
            <tr>
              <th scope="col">Monitor</th>
              <th scope="col">Fails at</th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {detail.failing.map((monitor) => (
              <tr data-row>
                <th scope="row">
                  <a href={`/dashboard/monitors/${encodeURIComponent(monitor.id)}`}>
                    <bdi>{monitor.name}</bdi>
                  </a>
                </th>
                <td>
                  {monitor.failing === 1 ? (
                    <b>only here</b>
                  ) : (
                    `${monitor.failing} of ${monitor.voters} locations`
                  )}
                </td>
                <td>{monitor.since === null ? null : <RelativeTime since={monitor.since} now={now} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {failing > detail.failing.length ? (
          <p class="pad">
            <a href={failingPath(id)}>All {failing.toLocaleString('en')} monitors that fail here</a>
          </p>
        ) : null}
      </div>
    )}
  </section>
);

const Incidents = ({ c, detail }: Part & { c: Context<HttpEnv> }) =>
  c.var.caller.restriction !== null ? null : (
    <section aria-labelledby="incidents-heading">
      <h2 id="incidents-heading">Incidents of the location</h2>
      {detail.incidents.length === 0 ? (
        <Empty title="No incident of this location is stored" />
      ) : (
        <div class="card">
          <table class="grid stacks">
            <thead>
              <tr>
                <th scope="col">Incident</th>
                <th scope="col">Started</th>
                <th scope="col">Ended</th>
                <th scope="col">What failed</th>
              </tr>
            </thead>
            <tbody>
              {detail.incidents.map((incident) => (
                <tr data-row>
                  <th scope="row">
                    <a href={`/dashboard/incidents/${encodeURIComponent(incident.id)}`}>
                      {STATE_WORDS[incident.kind].label}
                    </a>
                  </th>
                  <td>
                    <Timestamp at={incident.startedAt} />
                  </td>
                  <td>
                    {incident.resolvedAt == null ? (
                      <StateBadge state="open" />
                    ) : (
                      <Timestamp at={incident.resolvedAt} />
                    )}
                  </td>
                  <td>
                    {incident.kind === 'quarantined'
                      ? `${incident.failedMonitors} of ${incident.checkedMonitors} monitors`
                      : 'nothing was measured'}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );

const Reports = ({ detail }: Part) => (
  <section aria-labelledby="reports-heading">
    <h2 id="reports-heading">Newest reports</h2>
    {detail.invocations.length === 0 ? (
      <Empty title="No report yet">
        <p>A location reports within a minute after a monitor uses it.</p>
      </Empty>
    ) : (
      <div class="card">
        <table class="grid stacks">
          <thead>
            <tr>
              <th scope="col">Report</th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col">Check runs</th>
              <th scope="col">Problem</th>
            </tr>
          </thead>
          <tbody>
            {detail.invocations.map((report) => (
              <tr>
                <th scope="row">
                  <Timestamp at={report.at} exact />
                </th>
                <td class="number">{milliseconds(report.durationMs)}</td>
                <td>{runsText(report)}</td>
                <td>{problemOf(report)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
);

type Invocation = LocationDetail['invocations'][number];

const runsText = ({ ok, failed, unmeasured }: Invocation): string =>
  [
    `${ok} ok`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(unmeasured > 0 ? [`${unmeasured} unmeasured`] : []),
  ].join(', ');

const problemOf = ({ error, missedDeadline, reasons }: Invocation): string =>
  [
    ...(error === null ? reasons.map((reason) => REASON_WORDS[reason] ?? reason) : [error]),
    ...(missedDeadline ? ['missed its deadline'] : []),
  ].join(', ');

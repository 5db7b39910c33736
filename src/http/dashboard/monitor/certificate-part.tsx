// Owns the part of a monitor's page about its TLS certificate: what most locations see, which see another one, and warnings.
import { duration } from '../../../channels/time-text.ts';
import { type LocatedCertificate, locatedCertificates } from '../../../store/certificates.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Timestamp } from '../../ui/times.tsx';
import type { MonitorData } from './load-monitor.ts';

const DAY_MS = 86_400_000;

/** By the options of the check. */
const hasTls = ({ type, url, tls, steps }: MonitorData['monitor']['check']): boolean =>
  type === 'tls' ||
  tls === true ||
  (typeof url === 'string' && url.startsWith('https:')) ||
  (Array.isArray(steps) && steps.some((step) => step.startTls === true));

export const Certificate = ({ data, checkPath }: { data: MonitorData; checkPath: string | null }) => {
  const { monitor, explanation, now, place } = data;
  const locations =
    explanation?.locations.map(({ id }) => id) ?? monitor.listed?.votes.map(([, id]) => id) ?? [];
  const seen = monitor.certificates === null ? [] : locatedCertificates(monitor.certificates, locations);
  if (seen.length === 0 && !hasTls(monitor.check)) return null;
  const [first, ...others] = seen;
  const warned = (explanation?.locations ?? []).flatMap(({ id, lastResult }) =>
    (lastResult?.degraded ?? []).flatMap(({ code, detail }) =>
      code === 'certificate' ? [{ id, detail }] : [],
    ),
  );
  return (
    <section aria-labelledby="certificate">
      <h2 id="certificate">Certificate</h2>
      <div class="card pad" data-live="monitor-certificate">
        {first === undefined ? (
          <p>No location has reported a certificate yet.</p>
        ) : (
          <Facts certificate={first} now={now} />
        )}
        {others.map((other) => (
          <>
            <h3>
              Another one, seen by <bdi>{other.locations.map(place).join(', ')}</bdi>
            </h3>
            <Facts certificate={other} now={now} />
          </>
        ))}
        {warned.length === 0 ? null : (
          <>
            <h3>Warnings</h3>
            <dl class="facts">
              {warned.map(({ id, detail }) => (
                <>
                  <dt>
                    <bdi>{place(id)}</bdi>
                  </dt>
                  <dd>
                    <Breakable text={detail} />
                  </dd>
                </>
              ))}
            </dl>
          </>
        )}
        {checkPath === null ? null : (
          <p class="note">
            <a href={checkPath}>Check now</a> asks every location for the certificate.
          </p>
        )}
      </div>
    </section>
  );
};

const Facts = ({ certificate, now }: { certificate: LocatedCertificate; now: number }) => {
  const { subject, issuer, names = [], validFrom, validTo, chainValidTo = validTo } = certificate;
  return (
    <dl class="facts">
      <dt>Valid until</dt>
      <dd>
        <Timestamp at={validTo} />, <Left at={validTo} now={now} />
      </dd>
      {chainValidTo >= validTo ? null : (
        <>
          <dt>Its chain until</dt>
          <dd>
            <Timestamp at={chainValidTo} />, <Left at={chainValidTo} now={now} />
          </dd>
        </>
      )}
      {validFrom === undefined ? null : (
        <>
          <dt>Valid from</dt>
          <dd>
            <Timestamp at={validFrom} />
          </dd>
        </>
      )}
      <dt>Issuer</dt>
      <dd>
        <Text text={issuer} />
      </dd>
      <dt>Subject</dt>
      <dd>
        <Text text={subject} />
      </dd>
      <dt>Names</dt>
      <dd>
        {names.length === 0
          ? 'None reported'
          : names.map((name, index) => (
              <>
                {index === 0 ? '' : ', '}
                <Text text={name} />
              </>
            ))}
      </dd>
    </dl>
  );
};

const Text = ({ text }: { text: string }) => (
  <bdi>{text === '' ? 'Without a name' : <Breakable text={text} />}</bdi>
);

/** Whole days, so that no one reads more than is left. */
const Left = ({ at, now }: { at: number; now: number }) => {
  if (at <= now) return <strong>expired {duration(now - at)} ago</strong>;
  const days = Math.floor((at - now) / DAY_MS);
  return <>{days === 0 ? 'less than 1 day left' : `${days} ${days === 1 ? 'day' : 'days'} left`}</>;
};

// Owns the notices at the top of the overview: what keeps the mesh from measuring or from notifying, in words.
import type { Context } from 'hono';
import { duration } from '../../../channels/time-text.ts';
import {
  isAboutChecks,
  REASON_CODES,
  type ReasonCode,
  reasonWords,
} from '../../../services/health/reasons.ts';
import type { countUnnotified } from '../../../services/routes/unnotified-monitors.ts';
import type { Overview } from '../../../store/overview-page.ts';
import type { HttpEnv } from '../../context.ts';
import { Breakable } from '../../ui/breakable.tsx';
import { Timestamp } from '../../ui/times.tsx';
import { Notice } from '../notice.tsx';

export type Unnotified = Awaited<ReturnType<typeof countUnnotified>>;

interface NoticesProps {
  readonly c: Context<HttpEnv>;
  readonly reasons: Overview['reasons'];
  readonly unnotified: Unnotified;
  /** Time of the newest tick. Null: ticks run. */
  readonly stoppedSince: number | null;
}

export const Notices = ({ c, reasons, unnotified, stoppedSince }: NoticesProps) => (
  <>
    {stoppedSince === null ? (
      <Impaired c={c} reasons={reasons} />
    ) : (
      <Stopped since={stoppedSince} now={c.var.now} />
    )}
    {unnotified.count === 0 ? null : <NotifiesNobody unnotified={unnotified} />}
  </>
);

const Stopped = ({ since, now }: { since: number; now: number }) => (
  <Notice tone="bad" title={`No check has been started for ${duration(now - since)}`}>
    <p>
      The newest tick started at <Timestamp at={since} exact />. What was measured before is not known to hold
      any more. Look at the cron trigger and the Worker's log.
    </p>
  </Notice>
);

const isKnown = (code: string): code is ReasonCode => (REASON_CODES as readonly string[]).includes(code);

const Impaired = ({ c, reasons }: Pick<NoticesProps, 'c' | 'reasons'>) => {
  const now = reasons.filter(({ state, goneSince }) => state !== 'ended' && goneSince === null);
  if (now.length === 0) return null;
  const stops = now.some(({ code }) => isKnown(code) && isAboutChecks(code));
  return (
    <Notice
      tone={stops ? 'bad' : 'warn'}
      title={stops ? 'The mesh does not measure as it should' : 'A part of the mesh does not work'}
    >
      <ul>
        {now.map(({ code, since, detail }) => (
          <li>
            <b>{isKnown(code) ? reasonWords(code) : code}</b>{' '}
            {/* Details may name what is outside of a restriction. */}
            {c.var.caller.restriction === null ? <Breakable text={detail} /> : null} Since{' '}
            <Timestamp at={since} />.
          </li>
        ))}
      </ul>
    </Notice>
  );
};

const NotifiesNobody = ({ unnotified: { count, some } }: { unnotified: Unnotified }) => (
  <Notice
    tone="warn"
    title={
      count === 1
        ? 'An outage of one monitor would notify nobody'
        : `Outages of ${count.toLocaleString('en')} monitors would notify nobody`
    }
  >
    <p>
      {some.map(({ id, name }, index) => (
        <>
          {index === 0 ? '' : ', '}
          <a href={`/dashboard/monitors/${encodeURIComponent(id)}`}>
            <bdi>{name}</bdi>
          </a>
        </>
      ))}
      {count > some.length ? ` and ${(count - some.length).toLocaleString('en')} more.` : '.'}{' '}
      <a href="/dashboard/routes">Add a route</a> that matches, or default channels.
    </p>
  </Notice>
);

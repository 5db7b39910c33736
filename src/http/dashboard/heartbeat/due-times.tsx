// Owns the next times at which a ping would be due, by what a form has: of a cron expression by the clock of its time zone.
// Does not validate: the API does. Stores nothing.
import { cronOf, nextDue } from '../../../heartbeats/schedule.ts';
import { spanText } from '../../../heartbeats/schedule-text.ts';
import { isTimeZone } from '../../../time-zone.ts';
import { Timestamp } from '../../ui/times.tsx';
import { zonedText } from '../notifications/time-zones.tsx';
import type { PostedValues } from '../schema-form/form-input.ts';

const TIMES = 5;

/** Which of the two schedules a form has. */
export const SCHEDULE = 'check.schedule';

/** A form that was not posted has what is stored. */
export const isByCron = (values: PostedValues): boolean =>
  (values[SCHEDULE]?.at(-1) ?? ((values['check.cron']?.at(-1) ?? '') === '' ? 'every' : 'cron')) === 'cron';

export const DueTimes = ({ values, now }: { values: PostedValues; now: number }) => (
  <div class="due-times" data-preview-result="" role="status">
    {isByCron(values) ? <CronTimes values={values} now={now} /> : <EveryText values={values} />}
  </div>
);

const one = (values: PostedValues, name: string): string => values[`check.${name}`]?.at(-1)?.trim() ?? '';

const EveryText = ({ values }: { values: PostedValues }) => {
  const [every, grace] = [Number(one(values, 'everySeconds')), Number(one(values, 'graceSeconds') || 300)];
  if (!(every > 0)) return <p class="note">Choose how often the job reports.</p>;
  return (
    <p class="note">
      Each ping makes the next one due {spanText(every)} later. It is late{' '}
      {grace > 0 ? `${spanText(grace)} after that` : 'at that time'}.
    </p>
  );
};

const CronTimes = ({ values, now }: { values: PostedValues; now: number }) => {
  const cron = one(values, 'cron');
  const timeZone = one(values, 'timeZone') || 'UTC';
  if (cron === '') return <p class="note">The next due times are shown here.</p>;
  if (!isTimeZone(timeZone))
    return <p class="error">Unknown time zone. Use an IANA name such as Europe/Berlin.</p>;
  const times = nextTimes({ cron, timeZone }, now);
  if (times === null)
    return (
      <p class="error">
        Not a cron expression with five fields: minute, hour, day of month, month, day of week.
      </p>
    );
  if (times.length === 0) return <p class="error">The expression never matches a date.</p>;
  return (
    <>
      <p>Next due</p>
      <ol>
        {times.map((at) => (
          <li>
            {zonedText(timeZone, at)} in {timeZone}
            {timeZone === 'UTC' ? null : (
              <small>
                {' '}
                (<Timestamp at={at} />)
              </small>
            )}
          </li>
        ))}
      </ol>
    </>
  );
};

/** Null: it cannot be read. */
function nextTimes(schedule: { readonly cron: string; readonly timeZone: string }, now: number) {
  const times: number[] = [];
  try {
    cronOf(schedule);
    for (let at = now; times.length < TIMES; ) {
      at = nextDue(schedule, at);
      if (!Number.isFinite(at)) break;
      times.push(at);
    }
  } catch {
    return null;
  }
  return times;
}

// Owns what people do with an incident: acknowledge, give back, snooze, comment. Does not do it: routes.tsx does.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { IncidentRow } from '../../../store/incidents.ts';
import type { HttpEnv } from '../../context.ts';
import { mayUse } from '../dashboard-layout.tsx';
import { Form, type FormErrors, type FormValues, Select } from '../form.tsx';
import { Action } from '../parts/parts.tsx';
import { incidentPath } from './incident-filters.ts';

interface TakeProps {
  readonly c: Context<HttpEnv>;
  readonly row: IncidentRow;
  /** Of the comment or the snooze that was refused. */
  readonly values?: FormValues;
  readonly errors?: FormErrors;
}

/** In minutes. */
export const SNOOZES = [
  ['15', '15 minutes'],
  ['30', '30 minutes'],
  ['60', '1 hour'],
  ['240', '4 hours'],
  ['480', '8 hours'],
  ['1440', '1 day'],
  ['10080', '1 week'],
] as const;

export const Take = ({ c, row, values = {}, errors = {} }: TakeProps) => {
  const path = incidentPath(row.id);
  const isOpen = row.resolvedAt === null;
  const mayAct = mayUse(c, 'POST /dashboard/incidents/:id/acknowledge');
  if (!mayAct) return null;
  const isSnoozed = row.snoozedUntil !== null && row.snoozedUntil > c.var.now;
  return (
    <section class="card pad take" aria-labelledby="take">
      <h2 id="take">{isOpen ? 'Take it' : 'Comment'}</h2>
      {!isOpen ? null : (
        <div data-live="incident-take">
          {row.acknowledgedAt === null ? (
            <p class="actions">
              <Optimistic c={c} action={`${path}/acknowledge`}>
                <button type="submit" class="primary">
                  Acknowledge
                </button>
              </Optimistic>
              {isSnoozed ? <Action c={c} action={`${path}/unacknowledge`} label="End the snooze" /> : null}
            </p>
          ) : (
            <p class="actions">
              <Action c={c} action={`${path}/unacknowledge`} label="Withdraw the acknowledgement" />
            </p>
          )}
          <p class="small">An acknowledgement stops reminders and escalation until the incident ends.</p>
        </div>
      )}
      {!isOpen ? null : (
        <Form c={c} action={`${path}/snooze`} class="snooze">
          <Select
            name="minutes"
            label="Snooze for"
            value={values.minutes ?? '60'}
            error={errors.minutes}
            hint="Reminders and escalation pause, and continue afterwards."
            options={SNOOZES.map(([value, label]) => ({ value, label }))}
          />
          <button type="submit" class="quiet">
            Snooze
          </button>
        </Form>
      )}
      <Form c={c} action={`${path}/comments`} id="comment">
        <div class="field">
          <label for="text">Comment for the team</label>
          <p class="note" id="text-hint">
            Everyone who was notified gets it. Readers do not.
          </p>
          <textarea
            id="text"
            name="text"
            rows={3}
            maxlength={2000}
            required
            aria-describedby={errors.text ? 'text-hint text-error' : 'text-hint'}
            {...(errors.text ? { 'aria-invalid': 'true' } : {})}
          >
            {values.text ?? ''}
          </textarea>
          {errors.text ? (
            <p class="error" id="text-error">
              {errors.text}
            </p>
          ) : null}
        </div>
        <button type="submit" class="quiet">
          Comment
        </button>
      </Form>
    </section>
  );
};

/** The island shows the new state before the answer is there. */
const Optimistic = ({ c, action, children }: { c: Context<HttpEnv>; action: string; children: Child }) => (
  <span data-optimistic="acknowledged">
    <Form c={c} action={action} class="inline">
      {children}
    </Form>
  </span>
);

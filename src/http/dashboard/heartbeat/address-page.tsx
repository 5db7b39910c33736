// Owns the page with the ping address of a heartbeat: the address, whether a ping has arrived, recipes to paste, and the button
// that makes a new address. Only editors see it. Does not read anything.
import type { Context } from 'hono';
import { RECIPES } from '../../../heartbeats/recipes.ts';
import type { Heartbeat } from '../../../services/heartbeats/heartbeats.ts';
import type { StoredPing } from '../../../store/pings.ts';
import type { HttpEnv } from '../../context.ts';
import { Icon } from '../../ui/icons.tsx';
import { RelativeTime, Timestamp } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Confirm, Form, Select } from '../form.tsx';
import { pathOf } from '../monitor/monitor-path.ts';
import { Notice } from '../notice.tsx';

/** The route of the API. */
export const ROTATE_RULE = 'POST /api/v1/monitors/:id/heartbeat/rotate';

interface AddressProps {
  readonly c: Context<HttpEnv>;
  readonly heartbeat: Heartbeat;
  readonly newest: StoredPing | null;
}

export const Address = ({ c, heartbeat, newest }: AddressProps) => {
  const { monitor, row, pingUrl } = heartbeat;
  const { now } = c.var;
  if (pingUrl === null)
    return (
      <Notice tone="bad" title="The ping address cannot be decrypted.">
        <p>
          The encryption key of the mesh is not the one that sealed it. Restore <code>ENCRYPTION_KEY</code>,
          or make a new address below.
        </p>
        <Rotate c={c} id={monitor.id} />
      </Notice>
    );
  return (
    <>
      <section class="card pad ping-address" aria-labelledby="address">
        <h2 id="address">Ping address</h2>
        <div class="field">
          <label for="ping-address">The job calls this address when it has run</label>
          <p class="note" id="ping-address-hint">
            It is a secret: who knows it can report for the job.
          </p>
          <div class="copy-line">
            <input
              id="ping-address"
              type="text"
              readonly
              value={pingUrl}
              aria-describedby="ping-address-hint"
              spellcheck={false}
              autocomplete="off"
              data-copy="Copy the address"
            />
          </div>
        </div>
        <dl class="facts">
          <dt>
            <code>/start</code>
          </dt>
          <dd>The job begins. Its duration is measured, and a run that takes too long is found.</dd>
          <dt>
            <code>/0</code> to <code>/255</code>
          </dt>
          <dd>Its exit code: 0 is a success, like the address alone.</dd>
          <dt>
            <code>/fail</code>
          </dt>
          <dd>It failed.</dd>
          <dt>
            <code>/log</code>
          </dt>
          <dd>A note, which changes nothing.</dd>
          <dt>
            <code>?rid=…</code>
          </dt>
          <dd>Names the run, so that runs that overlap are told apart.</dd>
        </dl>
        {row.previousKeyUntil !== null && row.previousKeyUntil > now ? (
          <p class="note">
            The address before this one works until <Timestamp at={row.previousKeyUntil} />.
          </p>
        ) : null}
      </section>
      <div data-live="first-ping" {...(newest === null ? { 'data-every': '3' } : { 'data-every': '15' })}>
        <FirstPing newest={newest} now={now} path={pathOf(monitor.id)} />
      </div>
      <section aria-labelledby="recipes">
        <h2 id="recipes">Recipes</h2>
        <p class="note">
          The address of this heartbeat is in them. Change the command and the time to those of your job.
        </p>
        {RECIPES.map(({ id, title, about, text }, index) => (
          <details class="card recipe" open={index === 0}>
            <summary>
              <h3 id={`recipe-${id}`}>{title}</h3>
            </summary>
            <p>
              <Words text={about} />
            </p>
            <section class="scroll" tabindex={0} aria-labelledby={`recipe-${id}`}>
              <pre data-copy="Copy">{text(pingUrl)}</pre>
            </section>
          </details>
        ))}
      </section>
      <Rotate c={c} id={monitor.id} />
    </>
  );
};

const FirstPing = ({ newest, now, path }: { newest: StoredPing | null; now: number; path: string }) => (
  <div class={`notice message ${newest === null ? 'calm' : 'good'} first-ping`} role="status">
    <Icon tone={newest === null ? 'no_data' : 'good'} />
    <div>
      {newest === null ? (
        <>
          <p>
            <strong>Waiting for the first ping.</strong>
          </p>
          <p>
            Run the job, or call the address. This line changes when it arrives. Without script, load the page
            again.
          </p>
        </>
      ) : (
        <>
          <p>
            <strong>
              Ping received <RelativeTime since={newest.at} now={now} /> ago.
            </strong>
          </p>
          <p>
            <a href={path}>Go to the monitor</a>
          </p>
        </>
      )}
    </div>
  </div>
);

/** Recipes mark values with backticks. */
const Words = ({ text }: { text: string }) => (
  <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
);

const Rotate = ({ c, id }: { c: Context<HttpEnv>; id: string }) =>
  mayUse(c, ROTATE_RULE) ? (
    <section aria-labelledby="rotate">
      <h2 id="rotate">If others know the address</h2>
      <p>
        <a class="button quiet danger" href={pathOf(id, '/rotate-key')}>
          Make a new address…
        </a>
      </p>
    </section>
  ) : null;

const OVERLAPS = [
  { value: '1440', label: '1 day' },
  { value: '60', label: '1 hour' },
  { value: '10080', label: '7 days' },
  { value: '0', label: 'No time: it ends at once' },
];

interface AskProps {
  readonly c: Context<HttpEnv>;
  readonly monitor: { readonly id: string; readonly name: string };
  readonly error?: string;
}

export const AskRotate = ({ c, monitor: { id, name }, error }: AskProps) => (
  <div class="card pad">
    <p>
      <bdi>{name}</bdi> gets a new ping address. The job has to call the new one: change it there right after
      this.
    </p>
    {error === undefined ? null : <p class="error">{error}</p>}
    <Form c={c} action={pathOf(id, '/rotate-key')}>
      <Select
        name="overlapMinutes"
        label="The address that it has now works for another"
        options={OVERLAPS}
        value="1440"
        hint="If somebody misuses it, end it at once."
      />
      <Confirm label="I can change the address in the job." />
      <div class="actions">
        <button type="submit" class="danger">
          Make a new address
        </button>
        <a class="button quiet" href={pathOf(id, '/ping-address')}>
          Cancel
        </a>
      </div>
    </Form>
  </div>
);

// Owns the first step of a new monitor: one field for a URL or host:port, what was guessed from it, and what else it can be.
import type { Context } from 'hono';
import { HEARTBEAT_TYPE } from '../../../engine/model/heartbeat.ts';
import type { HttpEnv } from '../../context.ts';
import { Field, Form } from '../form.tsx';
import type { Guess, Kind } from './guess-check.ts';
import { KINDS } from './guess-check.ts';
import { MAX_TARGET_LENGTH } from './read-target.ts';

interface TargetFormProps {
  readonly c: Context<HttpEnv>;
  readonly target: string;
  readonly error?: string | undefined;
}

export const TARGET = 'target';

export const TargetForm = ({ c, target, error }: TargetFormProps) => (
  <Form c={c} action="/dashboard/monitors/_new" class="target-form card pad">
    <input type="hidden" name="do" value={TARGET} />
    <div class="target-line">
      <Field
        name="target"
        label="URL or host:port"
        value={target}
        hint="Such as https://shop.example.com/health, db.example.com:5432 or mail.example.com:587. The check is guessed, and run at once from every location."
        error={error}
        required
        autocomplete="off"
        maxlength={MAX_TARGET_LENGTH}
      />
      <button type="submit" class="primary">
        Check it
      </button>
    </div>
  </Form>
);

interface ChoicesProps {
  readonly c: Context<HttpEnv>;
  readonly target: string;
  readonly choices: readonly Kind[];
}

const Choices = ({ c, target, choices }: ChoicesProps) => (
  <Form c={c} action="/dashboard/monitors/_new" class="check-kinds">
    <input type="hidden" name="do" value={TARGET} />
    <input type="hidden" name="target" value={target} />
    {choices.map((kind) => (
      <button type="submit" name="as" value={kind} class="quiet">
        {KINDS[kind]}
      </button>
    ))}
  </Form>
);

interface GuessedProps {
  readonly c: Context<HttpEnv>;
  readonly target: string;
  readonly guess: Exclude<Guess, { kind: 'refused' }>;
  /** Why another check than the guess is used. */
  readonly because?: string | undefined;
}

export const Guessed = ({ c, target, guess, because }: GuessedProps) =>
  guess.kind === 'ask' ? (
    <div class="card pad guessed">
      <p>
        <strong>{guess.question}</strong>
      </p>
      <Choices c={c} target={target} choices={guess.choices} />
    </div>
  ) : (
    <div class="card pad guessed">
      <p>
        <strong>{KINDS[guess.is]}.</strong> {because ?? guess.reason}
      </p>
      {guess.others.length === 0 ? null : (
        <>
          <p class="note">Something else? Choose, and it is checked again.</p>
          <Choices c={c} target={target} choices={guess.others} />
        </>
      )}
    </div>
  );

/** What has no address: it calls. */
export const JobOffer = ({ path }: { path: string }) => (
  <div class="card pad job-offer">
    <div>
      <h2>A job reports in (cron, backup, worker)</h2>
      <p class="note">
        The job calls an address of its own when it has run. If it does not, or fails, an incident opens.
      </p>
    </div>
    <a class="button" href={`${path}?type=${HEARTBEAT_TYPE}`}>
      Add a heartbeat
    </a>
  </div>
);

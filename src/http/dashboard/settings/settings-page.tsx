// Owns the page of settings of the mesh: default channels, the dead man's switch, the backup, how long rows are kept, and what the
// deployment decides. Does not change anything.
import type { Context } from 'hono';
import type { Config } from '../../../env.ts';
import type { ScheduledBackupFacts } from '../../../store/backup/scheduled-backup.ts';
import type { StoredDeadMansSwitch } from '../../../store/dead-mans-switch.ts';
import { VERSION } from '../../../version.ts';
import type { HttpEnv } from '../../context.ts';
import { RelativeTime } from '../../ui/times.tsx';
import { mayUse } from '../dashboard-layout.tsx';
import { Field, Form, type FormErrors, type FormValues } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Action } from '../parts/parts.tsx';
import { BackupPart } from './backup-part.tsx';

interface SettingsProps {
  readonly c: Context<HttpEnv>;
  readonly channels: readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[];
  readonly defaults: readonly string[];
  readonly deadMansSwitch: StoredDeadMansSwitch;
  readonly scheduledBackup: ScheduledBackupFacts | null;
  readonly values?: FormValues;
  readonly errors?: FormErrors;
}

export const SettingsPage = ({
  c,
  channels,
  defaults,
  deadMansSwitch,
  scheduledBackup,
  values = {},
  errors = {},
}: SettingsProps) => (
  <>
    {Object.keys(errors).length === 0 ? null : (
      <Notice tone="bad" title={errors.form ?? 'Nothing was changed.'} />
    )}
    <Defaults c={c} channels={channels} defaults={defaults} error={errors.defaultChannels} />
    <DeadMansSwitchPart c={c} deadMansSwitch={deadMansSwitch} value={values.url} error={errors.url} />
    <BackupPart
      isExpected={c.var.config.backups !== undefined}
      facts={scheduledBackup}
      days={c.var.config.backupDays}
      now={c.var.now}
    />
    <Retention config={c.var.config} />
    <Deployment config={c.var.config} />
  </>
);

const Defaults = ({
  c,
  channels,
  defaults,
  error,
}: Pick<SettingsProps, 'c' | 'channels' | 'defaults'> & { error: string | undefined }) => {
  const mayEdit = mayUse(c, 'POST /dashboard/settings/default-channels');
  return (
    <section aria-labelledby="defaults">
      <h2 id="defaults">Default channels</h2>
      <div class="plain">
        <p>
          They are notified of a monitor if no route matches and the monitor lists no channels. A new channel
          is none of them until you tick it here.
        </p>
        {channels.length === 0 ? (
          <p>
            There is no channel yet. <a href="/dashboard/channels">Add a channel</a>
          </p>
        ) : (
          <Form c={c} action="/dashboard/settings/default-channels">
            <fieldset disabled={!mayEdit} {...(error ? { 'aria-describedby': 'defaults-error' } : {})}>
              <legend class="hidden">Default channels</legend>
              <div class="boxes">
                {channels.map(({ id, name, enabled }) => (
                  <div class="choice">
                    <input
                      type="checkbox"
                      id={`default-${id}`}
                      name="defaultChannels"
                      value={id}
                      checked={defaults.includes(id)}
                    />
                    <label for={`default-${id}`}>
                      <bdi>{name}</bdi>
                      {enabled ? '' : ' (disabled)'}
                    </label>
                  </div>
                ))}
              </div>
              {error ? (
                <p class="error" id="defaults-error">
                  {error}
                </p>
              ) : null}
            </fieldset>
            {mayEdit ? (
              <button type="submit" class="primary">
                Save
              </button>
            ) : (
              <p class="note">Only admins change them.</p>
            )}
          </Form>
        )}
      </div>
    </section>
  );
};

interface DeadMansSwitchProps {
  readonly c: Context<HttpEnv>;
  readonly deadMansSwitch: StoredDeadMansSwitch;
  readonly value: string | undefined;
  readonly error: string | undefined;
}

const DeadMansSwitchPart = ({
  c,
  deadMansSwitch: { setting, result },
  value,
  error,
}: DeadMansSwitchProps) => (
  <section aria-labelledby="dead-mans-switch">
    <h2 id="dead-mans-switch">Dead man's switch</h2>
    <div class="plain">
      <p>
        Once a minute, while it is healthy, the mesh calls an address of another service. That service tells
        you if the calls stop: then the mesh itself has failed.
      </p>
      {setting === null ? (
        <p>
          <strong>Not set.</strong> If the coordinator fails, no notification is sent.
        </p>
      ) : (
        <p>
          Calls <strong>{setting.host}</strong>.{' '}
          {result === null ? (
            'It was not called yet.'
          ) : result.error === null ? (
            <>
              The newest call succeeded <RelativeTime since={result.at} now={c.var.now} /> ago.
            </>
          ) : (
            <strong>The newest call failed: {result.error}</strong>
          )}
        </p>
      )}
      {mayUse(c, 'POST /dashboard/settings/dead-mans-switch') ? (
        <>
          <Form c={c} action="/dashboard/settings/dead-mans-switch">
            <Field
              name="url"
              label={setting === null ? 'Address to call' : 'Another address'}
              hint="It is stored encrypted, and no page shows it again. Such as https://hc.example.com/ping/uuid"
              value={value ?? ''}
              error={error}
              required
              maxlength={2_000}
            />
            <button type="submit">{setting === null ? 'Save' : 'Replace'}</button>
          </Form>
          {setting === null ? null : (
            <Action
              c={c}
              action="/dashboard/settings/dead-mans-switch/remove"
              label="Stop calling it"
              class="quiet danger"
            />
          )}
        </>
      ) : null}
    </div>
  </section>
);

const KEPT = [
  ['journalDays', 'Journal: reports and changes', 'JOURNAL_DAYS'],
  ['observationDays', 'Observations: every check run', 'OBSERVATION_DAYS'],
  ['dayDays', 'Figures of each day', 'DAY_DAYS'],
  ['evidenceDays', 'Evidence of incidents that have ended', 'EVIDENCE_DAYS'],
  ['deliveryDays', 'Notifications and deliveries', 'DELIVERY_DAYS'],
  ['auditDays', 'Audit log', 'AUDIT_DAYS'],
] as const;

const Retention = ({ config: { retention } }: { config: Pick<Config, 'retention'> }) => (
  <section>
    <h2 id="retention">Retention</h2>
    <div class="plain">
      <p>
        The deployment decides them: change the variable in <code>wrangler.toml</code>, then deploy. Incidents
        are kept for good.
      </p>
      <section class="scroll" tabindex={0} aria-labelledby="retention">
        <table class="grid stacks">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" class="number">
                Days
              </th>
              <th scope="col">Variable</th>
            </tr>
          </thead>
          <tbody>
            {KEPT.map(([key, label, variable]) => (
              <tr>
                <th scope="row">{label}</th>
                <td class="number" data-label="Days">
                  {retention[key]}
                </td>
                <td data-label="Variable">
                  <code>{variable}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  </section>
);

const Deployment = ({ config }: { config: Config }) => (
  <section aria-labelledby="deployment">
    <h2 id="deployment">Deployment</h2>
    <dl class="facts plain">
      <dt>Version</dt>
      <dd>{VERSION}</dd>
      <dt>Address</dt>
      <dd>{config.publicUrl}</dd>
      <dt>Host names of status pages</dt>
      <dd>
        {config.pageHosts.length === 0
          ? 'None: all pages are at the address above'
          : config.pageHosts.join(', ')}
      </dd>
      <dt>Locations</dt>
      <dd>
        <a href="/dashboard/locations">{config.locations.length} locations</a>
      </dd>
      <dt>Size of the database</dt>
      <dd>At most {(config.maxDatabaseBytes / 1e9).toLocaleString('en')} GB</dd>
    </dl>
  </section>
);

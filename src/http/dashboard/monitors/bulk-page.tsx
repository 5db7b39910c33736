// Owns the page that changes many monitors: what to do, with the inputs of each action. What would become of the monitors is in
// bulk-plan.tsx. Does not change anything.
import { locationName } from '../../../status-pages/location-names.ts';
import { INTERVALS } from '../parts/intervals.ts';
import { BULK_ACTIONS, CHANNEL_MODES, isComplete } from './bulk-actions.ts';
import { BULK_PATH, type BulkPageProps, Plan, SelectionFields } from './bulk-plan.tsx';

export const BulkContent = (props: BulkPageProps) => {
  const { action, plan } = props;
  return (
    <>
      <form action={BULK_PATH} class="card pad bulk-form">
        <SelectionFields {...props} />
        <input type="hidden" name="action" value={action} />
        {/* Enter takes the first button. */}
        <button type="submit" name="preview" value="yes" class="hidden">
          Preview
        </button>
        <fieldset class="bulk-actions">
          <legend class="hidden">What to do</legend>
          {Object.entries(BULK_ACTIONS).map(([name, { label }]) => (
            <button
              type="submit"
              name="action"
              value={name}
              class="quiet"
              formnovalidate
              {...(name === action ? { 'aria-pressed': 'true' } : { 'aria-pressed': 'false' })}
            >
              {label}
            </button>
          ))}
        </fieldset>
        <Inputs {...props} />
        {isComplete(action) && action !== 'delete' ? null : (
          <button type="submit" name="preview" value="yes">
            Preview
          </button>
        )}
      </form>
      {plan === null ? null : <Plan {...props} plan={plan} />}
    </>
  );
};

const Inputs = ({ action, values, errors, channels, locations, names }: BulkPageProps) => {
  switch (action) {
    case 'pause':
      return <p class="note">Paused monitors are not checked. An open incident ends.</p>;
    case 'resume':
      return <p class="note">Checks start again at once.</p>;
    case 'addTags':
    case 'removeTags':
      return (
        <Text
          name="tags"
          label="Tags"
          value={values.tags}
          error={errors.tags}
          hint={
            action === 'addTags'
              ? 'Such as team:shop, stage:production. A tag with the same name gets the new value.'
              : 'Such as team, or team:shop to remove it only where it has this value.'
          }
        />
      );
    case 'group':
      return (
        <Text name="group" label="Group" value={values.group} error={errors.group} hint="Empty: no group." />
      );
    case 'interval':
      return (
        <div class="field">
          <label for="b-interval">Time between two checks from each location</label>
          <select id="b-interval" name="interval">
            {INTERVALS.map(([seconds, label]) => (
              <option value={seconds} selected={seconds === (values.interval || '60')}>
                {label}
              </option>
            ))}
          </select>
        </div>
      );
    case 'channels':
      return (
        <>
          <div class="field">
            <label for="b-mode">What to do</label>
            <select id="b-mode" name="channelMode">
              {Object.entries(CHANNEL_MODES).map(([mode, label]) => (
                <option value={mode} selected={mode === values.channelMode}>
                  {label}
                </option>
              ))}
            </select>
          </div>
          <Boxes
            name="channel"
            legend="Channels"
            error={errors.channels}
            chosen={values.channels}
            options={channels.map(({ id, name }) => [id, name])}
            none="No channel exists yet."
          />
        </>
      );
    case 'locations':
      return (
        <>
          <div class="field">
            <label for="b-mode">Check from</label>
            <select id="b-mode" name="locationMode">
              <option value="all" selected={values.locationMode === 'all'}>
                All locations
              </option>
              <option value="some" selected={values.locationMode !== 'all'}>
                These locations
              </option>
            </select>
          </div>
          <Boxes
            name="location"
            legend="Locations"
            error={errors.locations}
            chosen={values.locations}
            options={locations.map((id) => [id, locationName(id, names)])}
            none="No location exists."
          />
        </>
      );
    case 'delete':
      return (
        <div class="choice">
          <input type="checkbox" id="b-detach" name="detach" value="yes" checked={values.detach} />
          <label for="b-detach">
            Also remove them from the monitors, windows, routes and status pages that name them
          </label>
        </div>
      );
    default:
      return action satisfies never;
  }
};

interface TextProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  readonly error: string | undefined;
}

const Text = ({ name, label, value, hint, error }: TextProps) => (
  <div class="field">
    <label for={`b-${name}`}>{label}</label>
    <p class="note" id={`b-${name}-hint`}>
      {hint}
    </p>
    <input
      id={`b-${name}`}
      name={name}
      value={value}
      aria-describedby={`b-${name}-hint${error === undefined ? '' : ` b-${name}-error`}`}
      {...(error === undefined ? {} : { 'aria-invalid': 'true' })}
    />
    {error === undefined ? null : (
      <p class="error" id={`b-${name}-error`}>
        {error}
      </p>
    )}
  </div>
);

interface BoxesProps {
  readonly name: string;
  readonly legend: string;
  readonly error: string | undefined;
  readonly chosen: readonly string[];
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly none: string;
}

const Boxes = ({ name, legend, error, chosen, options, none }: BoxesProps) => (
  <fieldset>
    <legend>{legend}</legend>
    {options.length === 0 ? <p class="note">{none}</p> : null}
    <div class="boxes">
      {options.map(([value, label], index) => (
        <div class="choice">
          <input
            type="checkbox"
            id={`b-${name}-${index}`}
            name={name}
            value={value}
            checked={chosen.includes(value)}
          />
          <label for={`b-${name}-${index}`}>
            <bdi>{label}</bdi>
          </label>
        </div>
      ))}
    </div>
    {error === undefined ? null : <p class="error">{error}</p>}
  </fieldset>
);

// Owns the page that changes many monitors: what to do, and before it is done, what would become of each of them.
// Does not change anything.
import type { Context } from 'hono';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { HttpEnv } from '../../context.ts';
import type { ApiResponse } from '../call-api.ts';
import { Confirm, Form } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { Empty } from '../parts/parts.tsx';
import { BULK_ACTIONS, type BulkAction, type BulkValues, CHANNEL_MODES, isComplete } from './bulk-actions.ts';
import { FILTER_PREFIX, type Selection } from './bulk-selection.ts';
import { LIST_PATH, listHref, paramsOf } from './list-query.ts';

export const BULK_PATH = `${LIST_PATH}/bulk`;

export interface BulkPageProps {
  readonly c: Context<HttpEnv>;
  readonly selection: Selection;
  readonly action: BulkAction;
  readonly values: BulkValues;
  readonly errors: Readonly<Record<string, string | undefined>>;
  /** How many monitors are meant. */
  readonly count: number;
  /** The plan of the API. Null: something is still missing. */
  readonly plan: ApiResponse['body'] | null;
  readonly names: LocationNames;
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly locations: readonly string[];
}

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

/** Which monitors, as the address says it. */
const SelectionFields = ({ selection: { isAll, ticked, filters } }: Pick<BulkPageProps, 'selection'>) => (
  <>
    <input type="hidden" name="scope" value={isAll ? 'all' : 'ticked'} />
    {isAll ? null : ticked.map((id) => <input type="hidden" name="monitor" value={id} />)}
    {[...paramsOf(filters)].map(([name, value]) => (
      <input type="hidden" name={FILTER_PREFIX + name} value={value} />
    ))}
  </>
);

const INTERVALS: readonly (readonly [seconds: string, label: string])[] = [
  ...([
    ['30', '30 seconds'],
    ['60', '1 minute'],
    ['120', '2 minutes'],
    ['300', '5 minutes'],
    ['600', '10 minutes'],
    ['1800', '30 minutes'],
    ['3600', '1 hour'],
  ] as const),
];

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

interface PlannedMonitor {
  readonly id: string;
  readonly name: string | null;
  readonly outcome: 'updated' | 'unchanged' | 'deleted' | 'refused';
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly references: readonly { readonly kind: string; readonly name: string; readonly effect: string }[];
}

const MAX_ROWS = 100;
const many = (count: number): string =>
  `${count.toLocaleString('en')} ${count === 1 ? 'monitor' : 'monitors'}`;

const Plan = (props: BulkPageProps) => {
  const { c, plan, action, selection } = props;
  const monitors = plan.monitors as readonly PlannedMonitor[];
  const of = (outcome: PlannedMonitor['outcome']) => monitors.filter((one) => one.outcome === outcome);
  const changed = [...of('updated'), ...of('deleted')];
  const refused = of('refused');
  const unchanged = of('unchanged');
  const { label } = BULK_ACTIONS[action];
  return (
    <section aria-labelledby="preview" class="plan">
      <h2 id="preview">
        {changed.length === 0 ? 'Nothing would change' : `What changes: ${many(changed.length)}`}
      </h2>
      {refused.length === 0 ? null : (
        <Notice
          tone="warn"
          title={`${many(refused.length)} ${refused.length === 1 ? 'is' : 'are'} refused and would stay as now.`}
        />
      )}
      {changed.length === 0 ? (
        <Empty
          title={
            unchanged.length === 0
              ? 'No monitor can be changed like this'
              : 'All of them are like this already'
          }
        >
          <p>Choose another change above, or go back to the list.</p>
          <a class="button" href={listHref(selection.filters)}>
            Back to the list
          </a>
        </Empty>
      ) : (
        <>
          <PlanTable {...props} rows={changed} />
          <Form c={c} action={BULK_PATH} class="bulk">
            <SelectionFields {...props} />
            <ValueFields {...props} />
            <input type="hidden" name="revision" value={plan.revision} />
            {action === 'delete' ? (
              <Confirm
                label={`Delete ${many(changed.length)} and what was measured. This cannot be undone.`}
              />
            ) : null}
            <button type="submit" class={action === 'delete' ? 'danger' : 'primary'}>
              {label}: apply to {many(changed.length)}
            </button>
            <a class="button quiet" href={listHref(selection.filters)}>
              Back to the list
            </a>
          </Form>
        </>
      )}
      {refused.length === 0 ? null : (
        <section aria-labelledby="refused">
          <h2 id="refused">Refused: {many(refused.length)}</h2>
          <div class="card">
            <table class="grid stacks">
              <thead>
                <tr>
                  <th scope="col">Monitor</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {refused.slice(0, MAX_ROWS).map(({ id, name, errors }) => (
                  <tr>
                    <th scope="row">
                      <bdi>{name ?? id}</bdi>
                    </th>
                    <td>{errors.map(({ message }) => message).join(' ')}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <More count={refused.length} />
        </section>
      )}
      {unchanged.length === 0 ? null : (
        <details class="more">
          <summary>{many(unchanged.length)} stay the same</summary>
          <p>
            {unchanged.slice(0, MAX_ROWS).map(({ name, id }, index) => (
              <>
                {index === 0 ? '' : ', '}
                <bdi>{name ?? id}</bdi>
              </>
            ))}
          </p>
          <More count={unchanged.length} />
        </details>
      )}
    </section>
  );
};

const More = ({ count }: { count: number }) =>
  count <= MAX_ROWS ? null : <p class="note">And {many(count - MAX_ROWS)} more, which are not shown.</p>;

/** What was chosen, as the form of the preview had it. */
const ValueFields = ({ action, values }: BulkPageProps) => {
  const pairs: [string, string][] = [
    ['action', action],
    ...([
      ['tags', values.tags],
      ['group', values.group],
      ['channelMode', values.channelMode],
      ['interval', values.interval],
      ['locationMode', values.locationMode],
      ['detach', values.detach ? 'yes' : ''],
    ] as [string, string][]),
    ...values.channels.map((id): [string, string] => ['channel', id]),
    ...values.locations.map((id): [string, string] => ['location', id]),
  ];
  return (
    <>
      {pairs
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
    </>
  );
};

const PlanTable = (props: BulkPageProps & { readonly rows: readonly PlannedMonitor[] }) => {
  const { rows, action } = props;
  const isDelete = action === 'delete';
  return (
    <>
      <section class="scroll card" tabindex={0} aria-label="Monitors that change">
        <table class="grid stacks">
          <thead>
            <tr>
              <th scope="col">Monitor</th>
              {isDelete ? <th scope="col">Also removed from</th> : <th scope="col">Now</th>}
              {isDelete ? null : <th scope="col">Then</th>}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MAX_ROWS).map(({ id, name, before, after, references }) => (
              <tr>
                <th scope="row">
                  <bdi>{name ?? id}</bdi>
                </th>
                {isDelete ? (
                  <td>
                    {references.map((one) => `${one.kind.replaceAll('_', ' ')} ${one.name}`).join(', ') ||
                      '–'}
                  </td>
                ) : (
                  <>
                    <td>{fieldsText(before, after, props)}</td>
                    <td>{fieldsText(after, before, props)}</td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <More count={rows.length} />
    </>
  );
};

type Fields = PlannedMonitor['before'];
type Names = Pick<BulkPageProps, 'names' | 'channels'>;

/** The fields of one side, in words. Of tags, those that differ. */
const fieldsText = (fields: Fields, other: Fields, names: Names): string =>
  Object.entries(fields ?? {})
    .map(([field, value]) => fieldText(field, value, other?.[field], names))
    .join('; ') || '–';

function fieldText(field: string, value: unknown, other: unknown, { names, channels }: Names): string {
  const channelName = (id: string): string => channels.find((one) => one.id === id)?.name ?? id;
  switch (field) {
    case 'paused':
      return value === true ? 'Paused' : 'Checked';
    case 'group':
      return value === null ? 'No group' : String(value);
    case 'intervalSeconds':
      return INTERVALS.find(([seconds]) => Number(seconds) === value)?.[1] ?? `${value} seconds`;
    case 'channels':
      if (value === 'default') return 'By the routes, or the default channels';
      return (value as string[]).map(channelName).join(', ') || 'No channel';
    case 'locations':
      if (value === 'all') return 'All locations';
      return (value as string[]).map((id) => locationName(id, names)).join(', ');
    case 'tags': {
      const others = other as Readonly<Record<string, string>>;
      const tags = Object.entries(value as Readonly<Record<string, string>>).filter(
        ([name, text]) => others[name] !== text,
      );
      return tags.map(([name, text]) => (text === '' ? name : `${name}:${text}`)).join(', ') || 'No such tag';
    }
    default:
      return `${field}: ${JSON.stringify(value)}`;
  }
}

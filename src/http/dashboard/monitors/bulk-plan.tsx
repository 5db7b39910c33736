// Owns what would become of each monitor of a change: before and after, what stays the same, what is refused and why, and the
// button that applies it. Does not change anything.
import type { Context } from 'hono';
import { type LocationNames, locationName } from '../../../status-pages/location-names.ts';
import type { HttpEnv } from '../../context.ts';
import type { ApiResponse } from '../call-api.ts';
import { Confirm, Form } from '../form.tsx';
import { Notice } from '../notice.tsx';
import { INTERVALS } from '../parts/intervals.ts';
import { Empty } from '../parts/parts.tsx';
import { BULK_ACTIONS, type BulkAction, type BulkValues } from './bulk-actions.ts';
import { FILTER_PREFIX, type Selection } from './bulk-selection.ts';
import { LIST_PATH, listHref, paramsOf } from './list-query.ts';

export const BULK_PATH = `${LIST_PATH}/_bulk`;

export interface BulkPageProps {
  readonly c: Context<HttpEnv>;
  readonly selection: Selection;
  readonly action: BulkAction;
  readonly values: BulkValues;
  readonly errors: Readonly<Record<string, string | undefined>>;
  /** The plan of the API. Null: something is still missing. */
  readonly plan: ApiResponse['body'] | null;
  readonly names: LocationNames;
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly locations: readonly string[];
}

/** Which monitors, as the address says it. */
export const SelectionFields = ({
  selection: { isAll, ticked, filters },
}: Pick<BulkPageProps, 'selection'>) => (
  <>
    <input type="hidden" name="scope" value={isAll ? 'all' : 'ticked'} />
    {isAll ? null : ticked.map((id) => <input type="hidden" name="monitor" value={id} />)}
    {[...paramsOf(filters)].map(([name, value]) => (
      <input type="hidden" name={FILTER_PREFIX + name} value={value} />
    ))}
  </>
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

export const Plan = (props: BulkPageProps) => {
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
            <a class="button" href={listHref(selection.filters)}>
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
                    <td data-label="Now">{fieldsText(before, after, props)}</td>
                    <td data-label="Then">{fieldsText(after, before, props)}</td>
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

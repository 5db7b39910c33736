// Owns the form of a monitor: the fields of the API's schema in the order of people, with the choices that this mesh has.
// Does not draw or read them: schema-form does.
import type { Restriction } from '../../../access/restriction.ts';
import { isHeartbeat, MONITOR_TYPES } from '../../../heartbeats/check.ts';
import { locationName } from '../../../status-pages/location-names.ts';
import { monitorInputSchema } from '../../api/monitors/schema.ts';
import { HEARTBEAT_LABELS, WITHOUT_PROBES } from '../heartbeat/schedule-fields.tsx';
import { INTERVALS } from '../parts/intervals.ts';
import {
  type FieldOptions,
  type FieldSpec,
  fieldsOf,
  type OptionsByPath,
} from '../schema-form/field-spec.ts';
import type { EditorData } from './editor-data.ts';

/** In the order of the form. What is not listed is behind "More options". */
const ORDER = [
  'name',
  'check',
  'intervalSeconds',
  'locations',
  'channels',
  'group',
  'tags',
  'public',
  'paused',
];

/** Options of checks that everybody needs. */
const CHECK_ORDER = [
  'url',
  'name',
  'record',
  'server',
  'host',
  'port',
  'send',
  'steps',
  'status',
  'contains',
  'expect',
];

export const CHECK_WORDS: Readonly<Record<string, string>> = {
  http: 'HTTP',
  tls: 'TLS',
  tcp: 'TCP',
  dns: 'DNS',
  udp: 'UDP',
  script: 'Script',
  heartbeat: 'Heartbeat',
};

export const CHECK_TYPES: readonly { readonly type: string; readonly label: string }[] = MONITOR_TYPES.map(
  (type) => ({ type, label: CHECK_WORDS[type] ?? type }),
);

const ESCAPES = 'Write `\\r\\n` for the end of a line.';

const LABELS: Readonly<Record<string, FieldOptions>> = {
  ...HEARTBEAT_LABELS,
  name: { hint: '' },
  locations: { hint: '' },
  check: { hint: '' },
  intervalSeconds: { label: 'Check every', hint: 'From each location.' },
  channels: { label: 'Notify' },
  group: { hint: 'Monitors that belong together. Routes can match it.' },
  tags: {
    hint: 'Labels such as `team: shop`, one a line. They also decide which restricted people see the monitor.',
  },
  public: { label: 'Show on the status page', hint: 'Readers see the name and the state, not the target.' },
  paused: { label: 'Pause checks', hint: 'A paused monitor is not checked and notifies nobody.' },
  dependsOn: { label: 'Depends on' },
  description: { hint: 'What the monitor is, for people who are on call.' },
  sloTarget: {
    label: 'SLO target (%)',
    hint: 'The uptime to reach, from 50 to 99.999 percent. Reports show its error budget.',
  },
  id: {
    hint: 'For the API and for addresses of pages. Without it, it follows from the name. It never changes.',
  },
  'check.port': { label: 'Port' },
  'check.url': { label: 'URL', widget: 'line' },
  'check.contains': { label: 'Body contains', widget: 'line' },
  'check.notContains': { label: 'Body does not contain', widget: 'line' },
  'check.matches': { label: 'Body matches', widget: 'line' },
  'check.jsonPath': { label: 'JSONPath', itemLabel: 'Query' },
  'check.jsonPath.*.path': { label: 'Query' },
  'check.jsonPath.*.equals': {
    hint: 'A text, a number, `true`, `false` or `null`. Write a text of digits in quotes: `"200"`. Or use one of the other two.',
  },
  'check.jsonPath.*.matches': { hint: 'A regular expression (RE2).', widget: 'line' },
  'check.jsonPath.*.exists': { hint: '', widget: 'yes-no' },
  'check.send': { widget: 'escaped', hint: `${ESCAPES} Sent as it is, in UTF-8.` },
  'check.secrets': {
    hint: 'The check uses a value as `{{name}}`, such as in a header. Values are stored encrypted, and never shown again.',
  },
  'check.legacyTls': { widget: 'yes-no' },
  'check.sign': { label: 'Sign the request', widget: 'yes-no', advanced: true },
  'check.ca': { widget: 'textarea' },
  'check.body': { widget: 'textarea' },
  'check.expect': { widget: 'escaped' },
  'check.steps': { itemLabel: 'Step', hint: 'The conversation, in order. Each step does one thing.' },
  'check.steps.*.send': { widget: 'escaped', hint: `${ESCAPES} A line needs its line break.` },
  'check.steps.*.expect': { widget: 'escaped', hint: 'Reads lines until one contains this text.' },
  'check.steps.*.expectMatch': { label: 'Expect a match', widget: 'line', advanced: true },
  'check.steps.*.unless': { label: 'Fail at once on a line that matches', widget: 'line', advanced: true },
  'check.steps.*.sendHex': { label: 'Send bytes', advanced: true },
  'check.steps.*.expectHex': { label: 'Expect bytes', advanced: true },
  'check.steps.*.expectEnd': { label: 'Expect the end', advanced: true },
  'check.steps.*.startTls': { label: 'Start TLS', advanced: true },
  'check.steps.*.pauseMs': { advanced: true },
};

/** Of a heartbeat, other words fit. */
const OF_JOBS: OptionsByPath = {
  paused: { label: 'Pause', hint: 'While it is paused, no ping is expected and nobody is notified.' },
  public: { label: 'Show on the status page', hint: 'Readers see the name and the state, not the pings.' },
};

interface FormOptions {
  readonly mode: 'create' | 'update';
  /** Locations that the monitor has, although the mesh has them no more. */
  readonly keptLocations?: readonly string[];
  /** Of the check. */
  readonly type?: string | undefined;
}

export function monitorFields(
  data: EditorData,
  { mode, keptLocations = [], type = '' }: FormOptions,
): readonly FieldSpec[] {
  const locations = [...new Set([...data.locations, ...keptLocations])];
  const options: OptionsByPath = {
    ...LABELS,
    ...(mode === 'update' ? { id: { omit: true } } : {}),
    intervalSeconds: {
      ...LABELS.intervalSeconds,
      choices: INTERVALS.map(([value, label]) => ({ value, label })),
    },
    locations: {
      ...LABELS.locations,
      choices: locations.map((id) => ({ value: id, label: locationName(id, data.locationNames) })),
    },
    channels: {
      ...LABELS.channels,
      hint: channelsHint(data),
      choices: data.channels.map(({ id, name }) => ({ value: id, label: name })),
    },
  };
  const isOfJob = isHeartbeat({ type });
  const all = fieldsOf(monitorInputSchema, isOfJob ? { ...options, ...OF_JOBS } : options);
  const fields = isOfJob ? all.filter(({ path }) => !WITHOUT_PROBES.includes(path)) : all;
  // A new monitor is rarely paused.
  const order = mode === 'create' ? ORDER.filter((name) => name !== 'paused') : ORDER;
  return arrange(fields, order);
}

function channelsHint({ channels, defaultChannelNames, restriction }: EditorData): string {
  if (channels.length === 0)
    return restriction === null
      ? 'There is no channel yet. Add one next: until then, an outage notifies nobody.'
      : 'No channel has your tags. Ask an admin for one: until then, an outage notifies nobody.';
  const names = defaultChannelNames.length === 0 ? 'none is set' : defaultChannelNames.join(', ');
  return `Default: what the routes say, else the default channels (${names}).`;
}

/** Fields of `order` first, in its order. Others are behind "More options". */
function arrange(fields: readonly FieldSpec[], order: readonly string[]): FieldSpec[] {
  const rankOf = ({ path }: FieldSpec): number => order.indexOf(path.split('.').at(-1)!);
  return fields
    .map((field): FieldSpec => {
      const advanced = rankOf(field) === -1;
      if (field.kind !== 'variants') return { ...field, advanced };
      return {
        ...field,
        advanced,
        variants: field.variants.map(({ value, fields: inner }) => ({
          value,
          fields: arrange(inner, CHECK_ORDER),
        })),
      };
    })
    .toSorted((a, b) => Number(a.advanced) - Number(b.advanced) || rankOf(a) - rankOf(b));
}

/** What a new monitor begins with. A restricted person sees it only with one of their tags. */
export function newMonitorDefaults({ restriction, newMonitorsPublic }: EditorData): Record<string, unknown> {
  const common = { intervalSeconds: 60, locations: 'all', public: newMonitorsPublic };
  if (restriction === null) return { ...common, channels: 'default' };
  return { ...common, channels: [], tags: tagsOf(restriction) };
}

function tagsOf(restriction: NonNullable<Restriction>): Record<string, string> {
  const [name = '', value = ''] = (restriction[0] ?? '').split(':', 2);
  return name === '' || value === '' ? {} : { [name]: value };
}

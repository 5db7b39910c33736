// Owns the fields of a status page as its form has them: labels for people, what there is to choose, and the parts of the form.
// Does not draw them.

import type { PageDefinition } from '../../../services/status-pages/page-record.ts';
import { LANGUAGE_TAGS } from '../../../status-pages/languages/index.ts';
import type { PageChoices } from '../../../store/page-choices.ts';
import { pageInputSchema } from '../../api/status-pages/schema.ts';
import { type Choice, type FieldSpec, fieldsOf, type OptionsByPath } from '../schema-form/field-spec.ts';

export interface FormPart {
  readonly title: string;
  readonly fields: readonly FieldSpec[];
}

export interface PageForm {
  readonly all: readonly FieldSpec[];
  readonly parts: readonly FormPart[];
}

const PARTS: readonly (readonly [title: string, paths: readonly string[]])[] = [
  ['Page', ['title', 'id', 'host', 'description']],
  ['What it shows', ['components', 'collapsedGroups', 'showLatency']],
  ['Incidents', ['lead', 'publishAfterMinutes']],
  ['Look', ['logoUrl', 'accentColor', 'theme', 'language', 'timeZone', 'links']],
  ['Who may read it', ['access', 'noindex']],
  ['Subscribers', ['subscriptions', 'mailChannel']],
  ['Team', ['tags']],
];

export function pageForm(
  choices: PageChoices,
  pageHosts: readonly string[],
  stored: PageDefinition | null,
  isNew: boolean,
): PageForm {
  const all = fieldsOf(pageInputSchema, optionsOf(choices, pageHosts, stored, isNew));
  const parts = PARTS.map(([title, paths]) => ({
    title,
    fields: paths.flatMap((path) => all.find((field) => field.path === path) ?? []),
  }));
  return { all, parts };
}

function optionsOf(
  choices: PageChoices,
  pageHosts: readonly string[],
  stored: PageDefinition | null,
  isNew: boolean,
): OptionsByPath {
  const components = stored?.components;
  const hosts = [...new Set([...pageHosts, ...(stored?.host ? [stored.host] : [])])];
  const ids = components === undefined || components.monitors === 'all' ? [] : components.monitors;
  const mailers = choices.channels.filter(({ type }) => type === 'email');
  const senders = withStored(mailers.map(named), [stored?.mailChannel ?? null]);
  const groups = listed(choices.groups, [...(components?.groups ?? []), ...(stored?.collapsedGroups ?? [])]);
  const access = stored?.access;
  return {
    id: isNew
      ? { label: 'Address', hint: 'The page is at /pages/ and this. Empty: made of the title.' }
      : { omit: true },
    title: { label: 'Title', hint: 'At the top of the page, and in mails.' },
    host: {
      label: 'Own host',
      choices: hosts.map((host) => ({ value: host, label: host })),
      hint:
        hosts.length === 0
          ? 'A host that serves this page at its root. This deployment has none: an admin adds them to PAGE_HOSTS.'
          : 'This host serves the page at its root, and nothing else.',
    },
    description: { hint: 'A text below the title.', widget: 'textarea' },
    components: { label: 'Components', hint: 'Everything that one of these chooses.' },
    'components.monitors': {
      label: 'Monitors',
      hint:
        choices.monitors === null
          ? 'All, or ids of monitors, one a line. Beside them, the page shows those of the groups and tags below.'
          : 'All, or only these. Beside them, the page shows those of the groups and tags below.',
      ...(choices.monitors === null ? {} : { choices: withStored(choices.monitors.map(named), ids) }),
    },
    'components.groups': { label: 'Groups', hint: 'The page shows their monitors.', ...groups },
    'components.tags': {
      label: 'Tags',
      hint: 'The page shows every monitor that has one of them.',
      ...listed(choices.tags, components?.tags ?? []),
    },
    'components.static': {
      label: 'Components without a probe',
      hint: 'Such as a phone line. People write their state, in public incidents.',
      widget: 'rows',
    },
    'components.static.*.id': { hint: 'Lowercase letters, digits and hyphens. Unique on the page.' },
    'components.static.*.name': { hint: 'As readers see it.' },
    'components.static.*.description': { hint: 'A text below the name.' },
    'components.static.*.group': { hint: 'The group on the page.' },
    collapsedGroups: { label: 'Closed groups', hint: 'Groups that are closed while all is well.', ...groups },
    showLatency: {
      label: 'Show latency and locations',
      hint: 'Readers see how fast each location gets an answer.',
    },
    lead: {
      label: 'Who leads',
      hint: 'What readers see when probes measure an outage.',
      choices: [
        { value: 'probes', label: 'Probes: an outage is shown at once' },
        { value: 'people', label: 'People: only what people write is shown' },
        { value: 'draft', label: 'Draft: an outage opens a draft, which a person publishes' },
        { value: 'delayed', label: 'Delayed: an outage is published after some minutes' },
      ],
    },
    publishAfterMinutes: {
      label: 'Publish after (minutes)',
      hint: 'Of delayed: from the start of an outage until it is published.',
    },
    logoUrl: {
      label: 'Logo',
      hint: 'The https address of a picture. Browsers of readers load it from there.',
    },
    accentColor: { label: 'Accent color', hint: 'Of links and headings, such as #1f5fa8.' },
    theme: {
      hint: 'Light or dark.',
      choices: [
        { value: 'auto', label: 'As the browser of the reader prefers' },
        { value: 'light', label: 'Light' },
        { value: 'dark', label: 'Dark' },
      ],
    },
    language: {
      hint: 'Of the words of probemesh. What you write stays as it is.',
      choices: [
        { value: 'auto', label: 'As the browser of the reader asks for' },
        ...LANGUAGE_TAGS.map((tag) => ({ value: tag, label: languageName(tag) })),
      ],
    },
    links: { hint: 'At the top of the page.', widget: 'rows' },
    'links.*.text': { hint: 'What readers see.' },
    'links.*.url': { label: 'Address', hint: 'It begins with https.' },
    noindex: { label: 'Hide from search engines', hint: 'They never list a page that is not public.' },
    subscriptions: { label: 'Readers can subscribe', hint: 'To mails, webhooks, Slack and feeds.' },
    mailChannel: {
      label: 'Sends mails',
      hint: 'The email channel that sends mails to subscribers. Not set: readers cannot subscribe by email.',
      choices: senders,
    },
    access: { label: 'Access' },
    'access.channel': {
      label: 'Sends the links',
      hint: 'An email channel.',
      choices: withStored(mailers.map(named), access?.type === 'email' ? [access.channel] : []),
    },
    'access.password': {
      widget: 'secret',
      hint: 'Empty: the stored one stays. A new one ends the access of all readers.',
    },
    'access.providers': {
      label: 'Signed in with',
      hint: 'None ticked: everybody who can sign in.',
      choices: withStored(
        [{ value: 'local', label: 'Local accounts' }, ...choices.providers.map(named)],
        access?.type === 'sign_in' ? (access.providers ?? []) : [],
      ),
    },
    'access.domains': { hint: 'Domains of mail addresses, one a line.' },
    tags: {
      label: 'Tags of the page',
      hint: 'They decide which restricted people see it here. One a line, as name: value.',
    },
  };
}

const named = ({ id, name }: { readonly id: string; readonly name: string }): Choice => ({
  ...{ value: id, label: name },
});

/** What is stored can be kept, even if it does not exist any more. */
function withStored(choices: readonly Choice[], stored: readonly (string | null)[]): readonly Choice[] {
  const known = new Set(choices.map(({ value }) => value));
  const missing = stored.filter((value) => value !== null && !known.has(value)) as string[];
  return [...choices, ...missing.map((value) => ({ value, label: `${value} (not found)` }))];
}

/** Boxes if there are few values, else lines to type. */
function listed(values: readonly string[] | null, stored: readonly string[]) {
  if (values === null) return {};
  const all = [...new Set([...values, ...stored])];
  return all.length === 0 ? {} : { choices: all.map((value) => ({ value, label: value })) };
}

function languageName(tag: string): string {
  const name = new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag;
  return `${name} (${tag})`;
}

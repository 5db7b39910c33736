// Owns the form of a channel: the choice of its type, its fields from the schema of the API, and the preview of a message.
// Does not store anything, and never gets a stored secret.
import type { Context } from 'hono';
import { raw } from 'hono/html';
import { type ChannelType, channelTypes, findChannelType } from '../../../channels/catalogue.ts';
import type { Channel } from '../../../channels/channel.ts';
import { eventTypes, isReserved } from '../../../channels/events.ts';
import type { ChannelPreview } from '../../../channels/preview.ts';
import { hiddenFields, hintField, isOptional } from '../../../channels/written-config.ts';
import { markdownToHtml } from '../../../markdown.ts';
import type { ListedChannel } from '../../../store/channel-list.ts';
import { channelInputSchema } from '../../api/channels/schema.ts';
import type { HttpEnv } from '../../context.ts';
import { Form, type FormErrors, Select } from '../form.tsx';
import { type FieldOptions, type FieldSpec, fieldsOf } from '../schema-form/field-spec.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { SchemaFields } from '../schema-form/schema-fields.tsx';
import { CHANNELS, pathOf } from './section.tsx';

/** The cards of all types, those that people read first. */
export const ChooseType = () => {
  const all = Object.values(channelTypes) as unknown as readonly Channel[];
  const groups = [
    { title: 'Messages to people', types: all.filter(({ audience }) => audience === 'people') },
    { title: 'Pagers and programs', types: all.filter(({ audience }) => audience === 'machine') },
  ];
  return (
    <>
      {groups.map(({ title, types }) => (
        <section aria-label={title}>
          <h2>{title}</h2>
          <ul class="types">
            {types
              .toSorted((a, b) => a.docs.name.localeCompare(b.docs.name))
              .map(({ type, docs }) => (
                <li class="card">
                  <h3>
                    <a href={`${CHANNELS}/_new?type=${type}`}>{docs.name}</a>
                  </h3>
                  <p class="note">
                    <Inline markdown={docs.summary} />
                  </p>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </>
  );
};

/** Text of the program, never of people. */
const Inline = ({ markdown }: { markdown: string }) => (
  <>{raw(markdownToHtml(markdown).replace(/^<p>|<\/p>\s*$/g, ''))}</>
);

/** Behind "More options": most people leave them. */
const ADVANCED = new Set(['apiUrl', 'previousSecret', 'threadId', 'messageStream', 'device']);

/** `stored`: the channel that the form changes. */
export function channelFields(type: ChannelType, stored: ListedChannel | null): readonly FieldSpec[] {
  const channel = findChannelType(type)!;
  const hidden = new Set(hiddenFields(channel));
  const ofConfig = Object.keys(channel.config.shape).map((name): [string, FieldOptions] => {
    const isHint = channel.urlFields.some((field) => hintField(field) === name);
    const isAddress = channel.urlFields.includes(name as never);
    const own = hidden.has(name) ? hiddenOptions(channel, name, stored) : {};
    return [
      `config.${name}`,
      {
        ...own,
        ...(hidden.has(name) && !isAddress ? { widget: 'secret' as const } : {}),
        ...(ADVANCED.has(name) ? { advanced: true } : {}),
        ...(isHint ? { omit: true } : {}),
      },
    ];
  });
  const options: Record<string, FieldOptions> = {
    ...Object.fromEntries(channel.urlFields.map((field) => [`config.${hintField(field)}`, { omit: true }])),
    ...Object.fromEntries(ofConfig),
    config: { label: channel.docs.name, hint: '' },
    id: {
      ...{ advanced: true, omit: stored !== null },
      hint: 'For the API and configuration files. Derived from the name if you leave it empty.',
    },
    name: { hint: 'As people see it, such as the name of the room or the team.' },
    tags: {
      ...{ advanced: true },
      hint: 'One a line, as `team: shop`. They decide which restricted people and keys see the channel.',
    },
    enabled: { omit: true },
    type: { omit: stored !== null },
    templates: {
      omit: !channel.hasTemplates,
      hint: 'Liquid templates. Without one, the default text is sent. The preview shows the result.',
    },
    'templates.title': { hint: 'One line, such as `{{ monitor.name }} is {{ verdict }}`.' },
    'templates.body': { hint: 'Such as `{{ summary }}`.' },
  };
  const fields = fieldsOf(channelInputSchema, options, type);
  const order = ['type', 'name', 'config', 'templates', 'tags', 'id'];
  return fields.toSorted((a, b) => order.indexOf(a.path) - order.indexOf(b.path));
}

/** Secrets and addresses. The page does not have their values. */
function hiddenOptions(channel: Channel, name: string, stored: ListedChannel | null): FieldOptions {
  const about = (channel.config.shape[name]?.meta() as { description?: string } | undefined)?.description;
  const isStored =
    stored !== null &&
    (!isOptional(channel, name) || Object.hasOwn(stored.publicConfig, name) || hasHint(stored, name));
  const text = (about ?? '').replace(/\s*Stored encrypted; never returned\./, '');
  if (!isStored) return { hint: `${text} Stored encrypted.`.trim() };
  const hint = stored.publicConfig[hintField(name)];
  return {
    hint: `${text} ${typeof hint === 'string' && hint !== '' ? `Stored: ${hint}.` : 'A value is stored.'} Leave it empty to keep it, or write a new one.`.trim(),
    stored: { isRemovable: isOptional(channel, name) },
  };
}

const hasHint = ({ publicConfig }: ListedChannel, name: string): boolean =>
  publicConfig[hintField(name)] !== undefined;

interface ChannelFormProps {
  readonly c: Context<HttpEnv>;
  readonly type: ChannelType;
  readonly stored: ListedChannel | null;
  readonly fields: readonly FieldSpec[];
  readonly values: PostedValues;
  /** Whether the person may make it a default channel. Of a new channel. */
  readonly offersDefault: boolean;
  readonly errors?: FormErrors;
  readonly version?: string | undefined;
  readonly preview: PreviewState;
}

export const PREVIEW_EVENT = 'previewEvent';
export const DEFAULT = 'default';

/** What the preview shows: the message, or what is wrong with the templates. */
export interface PreviewState {
  readonly event: string;
  readonly shown: ChannelPreview | null;
  readonly problem: string | null;
}

/** The preview has a button of its own. With script, it follows what is typed. */
export const ChannelForm = ({
  c,
  type,
  stored,
  fields,
  values,
  offersDefault,
  errors = {},
  version,
  preview,
}: ChannelFormProps) => {
  const { docs } = findChannelType(type)!;
  const action = stored === null ? CHANNELS : pathOf(CHANNELS, stored.id);
  const previewPath = stored === null ? `${CHANNELS}/_new` : `${action}/edit`;
  return (
    <div data-preview={previewPath}>
      <Form c={c} action={action} class="columns channel-form">
        <div class="card pad">
          {version === undefined ? null : <input type="hidden" name="version" value={version} />}
          {stored === null ? <input type="hidden" name="type" value={type} /> : null}
          <SchemaFields
            fields={fields.filter(({ path }) => path !== 'type')}
            values={values}
            errors={errors}
          />
          {stored === null && offersDefault ? <Default isTicked={values[DEFAULT]?.at(-1) === 'yes'} /> : null}
          <p class="actions">
            <button type="submit" class="primary">
              {stored === null ? 'Create the channel' : 'Save'}
            </button>
            <a class="button" href={stored === null ? CHANNELS : action}>
              Cancel
            </a>
          </p>
        </div>
        <div>
          {stored === null ? (
            <section class="card pad" aria-labelledby="setup">
              <h2 id="setup">How to set it up</h2>
              <ol class="setup">
                {docs.setup.map((step) => (
                  <li>
                    <Inline markdown={step} />
                  </li>
                ))}
              </ol>
            </section>
          ) : null}
          <section class="card pad" aria-labelledby="preview">
            <h2 id="preview">Preview</h2>
            <Select
              name={PREVIEW_EVENT}
              label="Event"
              options={eventTypes
                .filter((event) => !isReserved(event))
                .map((event) => ({ value: event, label: event }))}
              value={preview.event}
            />
            <button type="submit" formaction={previewPath} formnovalidate class="quiet">
              Show the preview
            </button>
            <PreviewResult {...preview} />
          </section>
        </div>
      </Form>
    </div>
  );
};

const Default = ({ isTicked }: { isTicked: boolean }) => (
  <div class="choice field">
    <input
      type="checkbox"
      id={DEFAULT}
      name={DEFAULT}
      value="yes"
      checked={isTicked}
      aria-describedby={`${DEFAULT}-hint`}
    />
    <div>
      <label for={DEFAULT}>Make it a default channel</label>
      <p class="note" id={`${DEFAULT}-hint`}>
        Default channels get what no route matches, of monitors that list no channels of their own. Without
        one, and without a route, an outage reaches nobody.
      </p>
    </div>
  </div>
);

const PreviewResult = ({ shown, problem }: PreviewState) => (
  <div class="preview" data-preview-result aria-live="polite">
    {problem === null ? null : <p class="error">{problem}</p>}
    {shown === null ? (
      problem === null ? (
        <p class="note">Shows a message with example data. Nothing is sent.</p>
      ) : null
    ) : (
      <>
        {shown.warning === null ? null : <p class="error">{shown.warning}</p>}
        <div class="message-preview">
          <p>
            <strong>{shown.title}</strong>
          </p>
          <p class="text">{shown.body}</p>
        </div>
        <p class="note">With example data. Nothing was sent.</p>
        {shown.requests.map(({ method, url, body }) => (
          <details>
            <summary>What is sent</summary>
            <p class="note">
              <code>
                {method} {url ?? ''}
              </code>
            </p>
            <pre tabindex={0}>
              <code>{body}</code>
            </pre>
          </details>
        ))}
      </>
    )}
  </div>
);

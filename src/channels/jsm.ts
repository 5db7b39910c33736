// Owns the channel of Jira Service Management's operations: its integration events API
// (https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/), and that of Opsgenie,
// which has the same paths and fields. Pure.
import { z } from 'zod';
import { apiUrl, withoutSlash } from './api-url.ts';
import { defineChannel, type HttpRequest } from './channel.ts';
import { conditionOf, partialKey } from './condition.ts';
import type { Severity } from './events.ts';
import type { Message } from './message.ts';
import { shortened } from './plain-text.ts';
import { bodyOf, titleOf } from './short-text.ts';
import { jsonObjectOf, jsonPost } from './vendor-request.ts';

/** https://docs.opsgenie.com/docs/alert-api, "Create Alert": the fields and their limits. */
const MAX_MESSAGE = 130;
const MAX_ALIAS = 512;
const MAX_DESCRIPTION = 15_000;
const MAX_ENTITY = 512;
const MAX_TAGS = 20;
const MAX_TAG = 50;
const MAX_DETAIL = 1_000;
const MAX_NOTE = 5_000;
const MAX_USER = 100;

const PRIORITIES: Readonly<Record<Severity, string>> = { critical: 'P1', warning: 'P3', info: 'P5' };

const config = z.strictObject({
  apiKey: z
    .string()
    .regex(
      /^[\x21-\x7e]{16,500}$/,
      'The API key must have 16 to 500 printable characters without spaces. Copy it from the API integration.',
    )
    .meta({
      description: 'Key of an API integration. Stored encrypted; never returned.',
      example: '8d1f3f7a-52c8-4b5d-9a0e-6f2c4b1d7e90',
    }),
  apiUrl: apiUrl(
    'https://api.atlassian.com/jsm/ops/integration',
    'Address that `/v2/alerts` follows. For Opsgenie, until it ends on 2027-04-05: `https://api.opsgenie.com`, in the EU `https://api.eu.opsgenie.com`.',
  ),
});

type Config = z.output<typeof config>;

export const jsm = defineChannel({
  type: 'jsm',
  audience: 'machine',
  hasTemplates: true,
  config,
  secretFields: ['apiKey'],
  sentFields: ['apiKey'],
  urlFields: [],
  apiUrlFields: ['apiUrl'],
  docs: {
    name: 'Jira Service Management',
    summary: 'Creates, acknowledges and closes alerts of Jira Service Management, and of Opsgenie.',
    setup: [
      'In Jira Service Management, open **Operations → your team → Integrations → Add integration** and choose **API**.',
      'Turn the integration on, let it create and update alerts, and copy its **API key**. It is `apiKey`. A personal API token does not work.',
      'For Opsgenie, create an **API** integration there and set `apiUrl` to `https://api.opsgenie.com`, in the EU to `https://api.eu.opsgenie.com`. Opsgenie ends on 2027-04-05.',
    ],
    example: { apiKey: '8d1f3f7a-52c8-4b5d-9a0e-6f2c4b1d7e90' },
    behaviour: [
      'One alert for each incident: its alias is the id of the incident. A regional problem has the alias `<incident>_partial`, so that its acknowledgement does not silence the outage that it becomes.',
      'Openings, reminders and escalations create the alert: with an alias that is open, only its count increases. Acknowledgements and ends acknowledge and close it. A comment becomes a note.',
      'Critical events have priority P1, warnings P3, others P5. Tags and group of the monitor become tags.',
      'A slow monitor, a certificate that expires, a changed port and a rebuilt state have no end: their alerts stay open until a person closes them. A test is created and closed at once.',
    ],
    limits: [
      '`message`: 130 characters. `description`: 15,000. `alias` and `entity`: 512. At most 20 tags of 50 characters.',
      'The API answers 202 before it handles a request, so an alias that is not open is not an error.',
    ],
    references: [
      {
        label: 'Integration events API',
        url: 'https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/',
      },
      { label: 'Opsgenie Alert API', url: 'https://docs.opsgenie.com/docs/alert-api' },
    ],
  },
  async requests(message, settings, { publicUrl, receipt }) {
    const [notification] = message.notifications;
    const { phase, key } = conditionOf(notification, publicUrl);
    const { type, data } = notification.body;
    const aliasOf = (condition: string) => shortened(condition, MAX_ALIAS);
    const act = (action: 'acknowledge' | 'close' | 'notes', condition = key) =>
      actionRequest(settings, aliasOf(condition), action, message);
    if (phase === 'ends') return [act('close')];
    if (phase === 'acknowledged') return [act('acknowledge')];
    if (phase === 'note') return [act('notes')];
    const create = jsonPost(
      `${withoutSlash(settings.apiUrl)}/v2/alerts`,
      alertOf(message, aliasOf(key)),
      authorization(settings),
    );
    if (type === 'test') return [create, act('close')];
    // An earlier message about the incident can only be that of the regional problem, which the outage replaces.
    if (type === 'incident.opened' && receipt !== null && data.incident)
      return [create, act('close', partialKey(data.incident.id))];
    return [create];
  },
  /** The id of the request: that an alert exists is what a later message needs to know. */
  receiptOf({ body }) {
    const { requestId } = jsonObjectOf(body) ?? {};
    return typeof requestId === 'string' ? requestId : null;
  },
});

const authorization = ({ apiKey }: Config) => ({ authorization: `GenieKey ${apiKey}` });

/** The vendor renders HTML in some texts. */
const withoutTags = (text: string): string => text.replaceAll('<', '‹').replaceAll('>', '›');

const limited = (text: string, length: number): string => shortened(withoutTags(text), length);

function actionRequest(settings: Config, alias: string, action: string, message: Message): HttpRequest {
  const [{ body }] = message.notifications;
  const { action: done } = body.data;
  const url = `${withoutSlash(settings.apiUrl)}/v2/alerts/${encodeURIComponent(alias)}/${action}?identifierType=alias`;
  const text = `${titleOf(message)}\n${bodyOf(message)}`;
  return jsonPost(
    url,
    {
      source: 'probemesh',
      ...(done ? { user: limited(done.by, MAX_USER) } : {}),
      note: limited(text, MAX_NOTE),
    },
    authorization(settings),
  );
}

function alertOf(message: Message, alias: string): object {
  const [{ body }] = message.notifications;
  const { monitor, location, incident } = body.data;
  const links = message.links.map(({ label, url }) => `${label}: ${url}`);
  const description = [bodyOf(message), ...links].join('\n');
  const entity = monitor?.name ?? location?.id;
  return {
    message: limited(titleOf(message), MAX_MESSAGE),
    alias,
    description: limited(description, MAX_DESCRIPTION),
    priority: PRIORITIES[body.severity],
    source: 'probemesh',
    ...(entity ? { entity: limited(entity, MAX_ENTITY) } : {}),
    tags: tagsOf(message),
    details: {
      event: body.type,
      ...(incident ? { incident: incident.id } : {}),
      ...Object.fromEntries(message.facts.map(({ label, value }) => [label, limited(value, MAX_DETAIL)])),
    },
  };
}

/** A comma would make two tags of one. */
function tagsOf(message: Message): string[] {
  const [{ body }] = message.notifications;
  const { monitor } = body.data;
  const own = Object.entries(monitor?.tags ?? {}).map(([name, value]) =>
    value === '' ? name : `${name}:${value}`,
  );
  const tags = [
    'probemesh',
    ...(body.drill ? ['drill'] : []),
    ...(monitor?.group ? [monitor.group] : []),
    ...own,
  ];
  const safe = tags.map((tag) => limited(tag.replaceAll(',', ' ').replace(/\s+/g, ' ').trim(), MAX_TAG));
  return [...new Set(safe)].filter((tag) => tag !== '').slice(0, MAX_TAGS);
}

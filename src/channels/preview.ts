// Owns the preview of a channel: the requests of an example event, with the names of secrets and addresses in their place.
// Pure. Opens no secret: the values of the channel's documentation stand in for them.
import { type Templates, withTemplates } from './apply-templates.ts';
import type { Channel, ChannelRequest } from './channel.ts';
import { exampleMessage } from './check-templates.ts';
import type { EventType } from './events.ts';
import { hiddenFields, isOptional, textsOf } from './written-config.ts';

type Config = Readonly<Record<string, unknown>>;

export interface PreviewedRequest {
  readonly method: string;
  /** Null: Cloudflare's email binding gets it. */
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ChannelPreview {
  readonly title: string;
  readonly body: string;
  readonly warning: string | null;
  readonly requests: readonly PreviewedRequest[];
}

/** 24 November 2026, 09:30:13 UTC: a second after the example events. */
const PREVIEWED_AT = Date.UTC(2026, 10, 24, 9, 30, 13);

/**
 * The config that the preview uses: what is hidden in `shown` has a value of the documentation. There are several ways to
 * write some configs: a stored channel, or a caller who names a hidden field, has chosen one. Throws nothing: the config may
 * still be invalid.
 */
export function previewConfig(channel: Channel, shown: Config, isStored: boolean): Record<string, unknown> {
  const { example } = channel.docs;
  const readable = Object.entries(shown).filter(
    ([field, value]) => value !== null && Object.hasOwn(channel.config.shape, field),
  );
  const fields = hiddenFields(channel);
  const isChosen = isStored || fields.some((field) => Object.hasOwn(shown, field));
  const hidden = fields
    .filter((field) =>
      isChosen ? Object.hasOwn(shown, field) || !isOptional(channel, field) : Object.hasOwn(example, field),
    )
    .map((field) => [field, example[field] ?? exampleOf(channel, field)]);
  return { ...Object.fromEntries(hidden), ...Object.fromEntries(readable) };
}

/** The documentation shows one way to write the config. A secret of another way has the example of its field. */
const exampleOf = (channel: Channel, field: string): unknown =>
  (channel.config.shape[field]?.meta() as { readonly example?: unknown } | undefined)?.example;

/** `config` is valid. */
export async function previewChannel(
  channel: Channel,
  config: Config,
  templates: Templates | null,
  event: EventType,
  publicUrl: string,
): Promise<ChannelPreview> {
  const { message, warning } = withTemplates(channel, config, templates, exampleMessage(event));
  const requests = await channel.requests(message, config, { now: PREVIEWED_AT, receipt: null, publicUrl });
  const hide = hider(channel, config);
  return {
    title: message.templated.title ?? message.title,
    body: message.templated.body ?? message.summary,
    warning,
    requests: requests.map((request) => shownRequest(request, hide)),
  };
}

function shownRequest(request: ChannelRequest, hide: (text: string) => string): PreviewedRequest {
  if (request.transport === 'email') {
    const { transport: _, headers, ...mail } = request;
    return { method: 'EMAIL', url: null, headers, body: JSON.stringify(mail, null, 2) };
  }
  const { method, url, headers, body } = request;
  return {
    method,
    url: hide(url),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, hide(value)])),
    body: hide(body),
  };
}

/** Longer values first, so that one that contains another is whole. */
function hider(channel: Channel, config: Config): (text: string) => string {
  const hidden = hiddenFields(channel).flatMap((field) => {
    const texts = textsOf(config[field]);
    return texts.map((text) => [text, `<${field}>`] as const);
  });
  const ordered = hidden.toSorted(([a], [b]) => b.length - a.length);
  return (text) => ordered.reduce((shown, [value, name]) => shown.replaceAll(value, name), text);
}

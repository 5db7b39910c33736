// Owns what a channel's templates change in a message. A template that fails falls back to the default text, with a warning
// for the delivery: a person is notified in any case. Pure.
import type { Channel, TemplateFormat, TemplateFormats } from './channel.ts';
import type { Message, Templated } from './message.ts';
import { MAX_TITLE } from './notification.ts';
import { shortened } from './plain-text.ts';
import { compileTemplate, TemplateError, type Variables } from './template.ts';
import { templateVariables } from './template-variables.ts';

export interface Templates {
  readonly title?: string | undefined;
  readonly body?: string | undefined;
}

export interface TemplatedMessage {
  readonly message: Message;
  /** Why a default text is sent in place of a template. Null: every template was used. */
  readonly warning: string | null;
}

type Config = Readonly<Record<string, unknown>>;

export function formatsOf(channel: Pick<Channel, 'templateFormats'>, config: Config): TemplateFormats {
  return channel.templateFormats?.(config) ?? { title: 'text', body: 'text' };
}

/** Gathered messages keep the default texts, which name every one of them. */
export function withTemplates(
  channel: Pick<Channel, 'hasTemplates' | 'templateFormats'>,
  config: Config,
  templates: Templates | null,
  message: Message,
): TemplatedMessage {
  const unchanged = { message, warning: null };
  if (!channel.hasTemplates || message.items.length > 0) return unchanged;
  const formats = formatsOf(channel, config);
  const headers = Object.entries(formats.headers ?? {});
  if (!templates?.title && !templates?.body && headers.length === 0) return unchanged;
  const warnings: string[] = [];
  const attempt = (name: string, work: () => string): string | null => {
    try {
      // An empty output asks for the default text: a template may be about some events only.
      return work() || null;
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      warnings.push(`The template of ${name} was not used. ${error.message}`);
      return null;
    }
  };
  const variables = templateVariables(message);
  const { title, body } = templates ?? {};
  const templated: Templated = {
    title:
      title && formats.title
        ? attempt('the title', () => titleOf(render(title, 'text', variables), message))
        : null,
    body: body ? attempt('the body', () => bodyOf(body, formats.body, variables)) : null,
    headers: Object.fromEntries(
      headers.flatMap(([name, value]) => {
        const rendered = attempt(`the header ${name}`, () => render(value, 'header', variables).trim());
        return rendered === null ? [] : [[name, rendered]];
      }),
    ),
  };
  return { message: { ...message, templated }, warning: warnings.length > 0 ? warnings.join(' ') : null };
}

const render = (text: string, format: TemplateFormat, variables: Variables): string =>
  compileTemplate(text, format).render(variables);

/** One line. A drill and a test look like what they are, whatever the template says. */
function titleOf(text: string, { notifications: [{ body }] }: Message): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const mark = body.drill ? '[Drill] ' : body.type === 'test' ? '[Test] ' : '';
  return line === '' ? '' : shortened(line.startsWith(mark) ? line : mark + line, MAX_TITLE);
}

function bodyOf(text: string, format: TemplateFormats['body'], variables: Variables): string {
  const output = render(text, format, variables).trim();
  if (format !== 'json' || output === '') return output;
  try {
    JSON.parse(output);
  } catch {
    throw new TemplateError(
      'The output is not valid JSON. Put quotes around each value, or use the filter json.',
    );
  }
  return output;
}

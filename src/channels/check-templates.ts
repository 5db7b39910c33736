// Owns the check of templates as they are written: they parse, read variables that exist, and render every event. Pure.
import { formatsOf, type Templates, withTemplates } from './apply-templates.ts';
import type { Channel, TemplateFormat } from './channel.ts';
import { type EventType, eventTypes } from './events.ts';
import { exampleBody } from './example-bodies.ts';
import type { Message } from './message.ts';
import { compileTemplate, TemplateError } from './template.ts';
import { templateVariables } from './template-variables.ts';
import { toMessage } from './to-message.ts';

type Config = Readonly<Record<string, unknown>>;

/** Where the problem is, in the channel as a person writes it, with what is wrong and the fix. */
export interface TemplateProblem {
  readonly path: readonly string[];
  readonly message: string;
}

const EXAMPLE_LINK = 'https://status.example.com/acknowledge/example';

/** The event with example data. */
export const exampleMessage = (type: EventType): Message =>
  toMessage([{ id: `example_${type.replace('.', '_')}`, body: exampleBody(type) }], {
    acknowledgeUrl: EXAMPLE_LINK,
  });

/** Null if every template is valid. */
export function templateProblem(
  channel: Channel,
  config: Config,
  templates: Templates | null,
): TemplateProblem | null {
  const { title, body } = templates ?? {};
  const written = Object.keys({ ...(title && { title }), ...(body && { body }) });
  if (!channel.hasTemplates && written.length > 0)
    return {
      path: ['templates'],
      message: `Channels of type ${channel.type} have no templates. Remove \`templates\`.`,
    };
  if (!channel.hasTemplates) return null;
  const formats = formatsOf(channel, config);
  if (title && formats.title === null)
    return {
      path: ['templates', 'title'],
      message: `Channels of type ${channel.type} have no title. Remove \`templates.title\`.`,
    };
  const texts: (readonly [path: readonly string[], text: string, format: TemplateFormat])[] = [
    ...(title ? [[['templates', 'title'], title, 'text'] as const] : []),
    ...(body ? [[['templates', 'body'], body, formats.body] as const] : []),
    ...Object.entries(formats.headers ?? {}).map(
      ([name, text]) => [['config', 'headers', name], text, 'header'] as const,
    ),
  ];
  for (const [path, text, format] of texts) {
    const message = syntaxProblem(text, format);
    if (message !== null) return { path, message };
  }
  return renderProblem(channel, config, templates);
}

function syntaxProblem(text: string, format: TemplateFormat): string | null {
  try {
    const { reads } = compileTemplate(text, format);
    const unknown = reads.find((path) => !isKnown(path));
    return unknown === undefined ? null : unknownVariable(unknown);
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

/** What the newest event of each kind has: together they have every variable. */
function renderProblem(
  channel: Channel,
  config: Config,
  templates: Templates | null,
): TemplateProblem | null {
  for (const type of eventTypes) {
    const { warning } = withTemplates(channel, config, templates, exampleMessage(type));
    if (warning !== null) return { path: ['templates'], message: `For the event ${type}: ${warning}` };
  }
  return null;
}

/** Variables of the examples, merged: what is null in one event has its fields in another. */
function shapes(): readonly unknown[] {
  return eventTypes.map((type) => templateVariables(exampleMessage(type)));
}

let known: readonly unknown[] | null = null;

/** Tags have any name. A number is an index of a list. */
function isKnown(path: readonly (string | number)[]): boolean {
  known ??= shapes();
  return known.some((variables) => {
    let value: unknown = variables;
    for (const [index, part] of path.entries()) {
      if (path[index - 1] === 'tags') return true;
      // The name of a variable inside brackets is known only as it renders.
      if (typeof part !== 'string' && typeof part !== 'number') return true;
      if (
        ['size', 'first', 'last'].includes(String(part)) &&
        (Array.isArray(value) || typeof value === 'string')
      )
        return true;
      if (Array.isArray(value) && typeof part === 'number') value = value[0];
      else if (typeof value === 'object' && value !== null && Object.hasOwn(value, part))
        value = (value as Record<string, unknown>)[String(part)];
      else return false;
    }
    return true;
  });
}

function unknownVariable(path: readonly (string | number)[]): string {
  const names = Object.keys((known?.[0] ?? {}) as object).toSorted();
  return `Unknown variable "${path.join('.')}". Use one of: ${names.join(', ')}, with the fields that docs/guide/templates.md lists.`;
}

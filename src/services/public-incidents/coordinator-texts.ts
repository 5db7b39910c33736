// Owns the words that the coordinator writes for readers by itself, until a person writes better ones. Pure.
// They name no monitor: a page shows the names of the components that it has. Only the title of a single outage has one.
import type { UpdateTemplateRow } from '../../store/update-templates.ts';

export const RESOLVED_TEXT = 'The service works again. Our monitoring reports that the outage is over.';
/** Of a monitor that was paused, deleted or retargeted. */
export const ENDED_TEXT = 'This incident is closed. Our monitoring does not check the service any more.';

const TEXTS = {
  'outage-opened': 'Our monitoring reports an outage. We are investigating.',
  'outage-more': 'More services are affected.',
  'outage-reopened': 'The outage is back. We are investigating.',
  'outage-resolved': RESOLVED_TEXT,
} as const;

type TextId = keyof typeof TEXTS;

/** Update templates with these ids replace the words. */
export const COORDINATOR_TEMPLATES = Object.keys(TEXTS) as TextId[];

type Templates = readonly Pick<UpdateTemplateRow, 'id' | 'title' | 'body'>[];

export const textOf = (templates: Templates, id: TextId): string =>
  templates.find((template) => template.id === id)?.body ?? TEXTS[id];

/** `{name}` in the title of a template is the name of the monitor, or of the group of several. */
export const outageTitle = (templates: Templates, name: string | null): string => {
  const template = templates.find(({ id }) => id === 'outage-opened');
  const title = template?.title ?? (name === null ? 'Outage of {name}' : 'Outage: {name}');
  return title.replaceAll('{name}', () => name ?? 'several services').slice(0, 200);
};

// Owns how many subscribers words for readers reach at most. Pure: a subscriber of a page that shows none of the components gets
// nothing, which only the mailing itself knows.
import type { PageChoices } from '../../../store/page-choices.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { KEYWORD_SUFFIX } from '../schema-form/form-input.ts';

export const SUBSCRIBER_WORDS = (count: number): string =>
  count === 1 ? '1 subscriber' : `${count.toLocaleString('en')} subscribers`;

export function reachOf(
  { pages, subscribers }: Pick<PageChoices, 'pages' | 'subscribers'>,
  chosen: 'all' | readonly string[],
): number {
  const ids = chosen === 'all' ? pages.map(({ id }) => id) : chosen;
  return ids.reduce((sum, id) => sum + (subscribers.get(id) ?? 0), 0);
}

/** The pages that a form has chosen. */
export const chosenPages = (values: PostedValues): 'all' | readonly string[] =>
  values.pages === undefined || values[`pages${KEYWORD_SUFFIX}`]?.at(-1) === 'all'
    ? 'all'
    : values.pages.flatMap((text) => text.split('\n'));

// Owns the fields of a type of check or channel: choosing another type shows its fields at once, and what was typed stays. The
// page for `?type=…` has them; links and a form that ask for that page do the same without script.
import { imported } from './morph.ts';
import { announceChange, parsePage } from './page-changes.ts';

const PARAMETER = 'type';

let number = 0;

export function switchVariants(): void {
  if (document.querySelector('fieldset[data-variants]') === null) return;
  document.addEventListener('click', (event) => {
    const link =
      event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('main a[href]') : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !isForVariants(link.href)) return;
    event.preventDefault();
    void show(link.href);
  });
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLSelectElement || target instanceof HTMLInputElement)) return;
    if (target.name !== PARAMETER || target.form?.getAttribute('method') === 'post') return;
    const url = new URL(location.href);
    url.searchParams.set(PARAMETER, target.value);
    void show(url.href);
  });
  addEventListener('popstate', () => void show(location.href, false));
}

/** Another type of the form on this page. */
function isForVariants(href: string): boolean {
  const url = new URL(href);
  return (
    url.origin === location.origin && url.pathname === location.pathname && url.searchParams.has(PARAMETER)
  );
}

/** If the page cannot be asked, or has no such fields, the browser goes there. */
async function show(href: string, isNew = true): Promise<void> {
  const own = ++number;
  const response = await fetch(href, { headers: { accept: 'text/html' }, redirect: 'manual' }).catch(
    () => null,
  );
  if (own !== number) return;
  const copy = response?.ok ? parsePage(await response.text()) : null;
  const changed = [...document.querySelectorAll<HTMLElement>('fieldset[data-variants]')].map((old) => ({
    old,
    newer: copy?.querySelector<HTMLElement>(
      `fieldset[data-variants="${CSS.escape(old.dataset.variants ?? '')}"]`,
    ),
  }));
  if (copy === null || changed.some(({ newer }) => !newer)) {
    location.assign(href);
    return;
  }
  for (const { old, newer } of changed) {
    const made = imported(newer!) as HTMLElement;
    keepTyped(old, made);
    old.replaceWith(made);
  }
  for (const part of document.querySelectorAll<HTMLElement>('[data-variant-links]')) {
    const newer = copy.querySelector('[data-variant-links]');
    const made = newer && imported(newer);
    if (!made) continue;
    const focused = part.contains(document.activeElement)
      ? document.activeElement?.getAttribute('href')
      : null;
    part.replaceWith(made);
    if (focused) (made as Element).querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus();
  }
  if (isNew) history.pushState(null, '', href);
  announceChange();
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const fieldsOf = (part: Element): Field[] => [...part.querySelectorAll<Field>('input, textarea, select')];

/** Fields that both types have keep what a person typed. */
function keepTyped(old: Element, made: Element): void {
  const before = fieldsOf(old).filter(({ type }) => type !== 'hidden');
  for (const field of fieldsOf(made)) {
    const same = before.find(
      ({ name, type, value }) =>
        name === field.name &&
        (type === field.type || (type !== 'checkbox' && type !== 'radio')) &&
        (type !== 'radio' || value === field.value) &&
        (type !== 'checkbox' || value === field.value),
    );
    if (!same || field.type === 'hidden') continue;
    if (field instanceof HTMLInputElement && same instanceof HTMLInputElement && isBox(field)) {
      if (same.checked !== same.defaultChecked) field.checked = same.checked;
    } else if (!isUntouched(same)) field.value = same.value;
  }
}

const isBox = ({ type }: Field): boolean => type === 'checkbox' || type === 'radio';

const isUntouched = (field: Field): boolean =>
  field instanceof HTMLSelectElement
    ? [...field.options].every((option) => option.selected === option.defaultSelected)
    : field.value === field.defaultValue;

// Owns the fields of a type of check or channel: choosing another type shows its fields at once, and what was typed stays. The
// page for `?type=…` has them, or the answer to a button without validation; both do the same without script.
import { imported } from './morph.ts';
import { announceChange, parsePage } from './page-changes.ts';
import { postForm } from './post-form.ts';

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
  // A button that needs no valid form draws the same form with other fields.
  document.addEventListener('submit', (event) => {
    const { submitter } = event;
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || !(submitter instanceof HTMLButtonElement) || !submitter.formNoValidate)
      return;
    if (form.querySelector('fieldset[data-variants]') === null || redrawn.has(submitter)) return;
    event.preventDefault();
    void redraw(form, submitter);
  });
  addEventListener('popstate', () => void show(location.href, false));
}

/** Buttons whose answer had no such form: the browser shows what it is. */
const redrawn = new WeakSet<HTMLButtonElement>();

/** The server draws the form with everything that was typed, so all of it is replaced. */
async function redraw(form: HTMLFormElement, submitter: HTMLButtonElement): Promise<void> {
  const own = ++number;
  const response = await postForm(form, submitter).catch(() => null);
  if (own !== number) return;
  const copy = response === null || response.status >= 500 ? null : parsePage(await response.text());
  const newer = [...(copy?.forms ?? [])].find((one) => one.querySelector('fieldset[data-variants]') !== null);
  if (newer === undefined) {
    redrawn.add(submitter);
    form.requestSubmit(submitter);
    return;
  }
  const made = imported(newer) as HTMLFormElement;
  form.replaceChildren(...made.childNodes);
  // It is as typed, which a browser does not know any more.
  form.dataset.typed = '';
  [...form.querySelectorAll('button')]
    .find(({ name, value }) => name === submitter.name && value === submitter.value)
    ?.focus();
  announceChange();
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

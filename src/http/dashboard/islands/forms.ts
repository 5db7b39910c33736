// Owns what script adds to forms: sent once, a second thought in a dialog, a warning before typed text is lost, and the focus on
// the first wrong field. Forms post without it. Changes that are shown at once: optimistic.ts.
import { confirmed } from './dialog.ts';
import { element } from './element.ts';
import { isChanged } from './morph.ts';

/** A form with fewer fields is typed again in a moment. */
const LONG_FORM_FIELDS = 4;
/** After that, the answer is not coming, and the person may try again. */
const RESEND_MS = 15_000;

export function improveForms(): void {
  focusFirstError();
  document.addEventListener('submit', onSubmit);
  addEventListener('beforeunload', (event) => {
    if (
      longForms().some(
        (form) => form.dataset.sent === undefined && (form.dataset.typed !== undefined || isChanged(form)),
      )
    )
      event.preventDefault();
  });
  // From the cache of the browser, a page has its buttons as they were left.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) for (const form of document.forms) release(form);
  });
}

function focusFirstError(): void {
  const wrong = document.querySelector<HTMLElement>('main [aria-invalid]');
  if (wrong === null) return;
  const details = wrong.closest('details');
  if (details) details.open = true;
  const field = wrong.matches('fieldset')
    ? wrong.querySelector<HTMLElement>('input, textarea, select')
    : wrong;
  field?.focus();
}

const longForms = (): HTMLFormElement[] =>
  [...document.querySelectorAll<HTMLFormElement>('form[method=post]:not([data-bulk])')].filter(
    (form) =>
      [...form.elements].filter((field) => field.matches('input:not([type=hidden]), textarea, select'))
        .length >= LONG_FORM_FIELDS,
  );

/** Forms whose question was answered with yes. */
const agreed = new WeakSet<HTMLFormElement>();

/** By the attribute: a field may be called `method`. */
const posts = (form: HTMLFormElement): boolean => form.getAttribute('method')?.toLowerCase() === 'post';

function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const submitter = event.submitter as HTMLButtonElement | null;
  const question = submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question !== undefined && !agreed.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    void askFirst(form, submitter, question);
    return;
  }
  agreed.delete(form);
  if (event.defaultPrevented || !posts(form)) return;
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = '';
  submitter?.setAttribute('aria-busy', 'true');
  setTimeout(() => release(form), RESEND_MS);
}

export function release(form: HTMLFormElement): void {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy');
}

async function askFirst(
  form: HTMLFormElement,
  submitter: HTMLButtonElement | null,
  question: string,
): Promise<void> {
  if (!(await confirmed(question, submitter?.textContent?.trim() || 'Go on'))) {
    submitter?.focus();
    return;
  }
  // What the page without script asks for.
  if (form.elements.namedItem('confirm') === null)
    form.append(element('input', { type: 'hidden', name: 'confirm', value: 'yes' }));
  agreed.add(form);
  form.requestSubmit(submitter);
}

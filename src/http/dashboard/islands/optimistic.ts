// Owns changes that show at once: a form with `data-optimistic="Acknowledged"`, or within such an
// element, is sent without leaving the page, and its button
// says so before the answer is there. If the change is refused, everything is as it was, and a message says why.
import { release } from './forms.ts';
import { ask } from './live.ts';
import { applyRegions, parsePage } from './page-changes.ts';
import { postForm } from './post-form.ts';
import { showToast, showToastOf } from './toasts.ts';

export function sendInPlace(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    const done = form.closest<HTMLElement>('[data-optimistic]')?.dataset.optimistic;
    if (event.defaultPrevented || done === undefined || form.dataset.sent === undefined) return;
    event.preventDefault();
    void send(form, event.submitter as HTMLButtonElement | null, done);
  });
  // A box that is a form of its own.
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.dataset.sends === undefined) return;
    target.form?.requestSubmit();
  });
}

async function send(form: HTMLFormElement, submitter: HTMLButtonElement | null, done: string): Promise<void> {
  const button = submitter ?? form.querySelector<HTMLButtonElement>('button');
  const label = [...(button?.childNodes ?? [])];
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[data-sends]')];
  if (button && done !== '') button.replaceChildren(done.charAt(0).toUpperCase() + done.slice(1));
  const back = (message: string): void => {
    button?.replaceChildren(...label);
    for (const box of boxes) box.checked = box.defaultChecked;
    showToast(message);
  };
  try {
    const response = await postForm(form, submitter);
    const copy = parsePage(await response.text());
    if (!response.ok) {
      back(refusalOf(copy) ?? `Nothing was changed: the server answered with status ${response.status}.`);
      return;
    }
    const { pathname } = new URL(response.url);
    if (pathname !== location.pathname) {
      location.assign(response.url);
      return;
    }
    // The page has its own words for the new state.
    button?.replaceChildren(...label);
    for (const box of boxes) box.defaultChecked = box.checked;
    // What was typed is sent, so the form may become what the server has.
    form.reset();
    applyRegions(copy);
    showToastOf(copy);
    void ask();
  } catch {
    back('Nothing was changed: the server does not answer. Try again in a moment.');
  } finally {
    release(form);
  }
}

const refusalOf = (copy: Document): string | null =>
  copy.querySelector('main [role=alert] strong')?.textContent ??
  copy.querySelector('main .error')?.textContent ??
  null;

// Owns changes that show at once: a form with `data-optimistic="Acknowledged"` is sent without leaving the page, and its button
// says so before the answer is there. If the change is refused, everything is as it was, and a message says why.
import { release } from './forms.ts';
import { ask } from './live.ts';
import { applyRegions, parsePage } from './page-changes.ts';
import { showToast, showToastOf } from './toasts.ts';

export function sendInPlace(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.dataset.optimistic === undefined || form.dataset.sent === undefined)
      return;
    event.preventDefault();
    void send(form, event.submitter as HTMLButtonElement | null, form.dataset.optimistic);
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
  if (button && done !== '') button.replaceChildren(done);
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter))
    if (typeof value === 'string') fields.append(name, value);
  const back = (message: string): void => {
    button?.replaceChildren(...label);
    for (const box of boxes) box.checked = box.defaultChecked;
    showToast(message);
  };
  try {
    const response = await fetch(form.getAttribute('action') ?? location.href, {
      method: 'POST',
      body: fields,
      headers: { accept: 'text/html' },
    });
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

// Owns the message of a change: how long it stays, that a screen reader reads it, and that it can be undone or closed by key.
// One that can be undone stays longer, and an error stays until it is closed.
import { element } from './element.ts';
import { imported } from './morph.ts';

const SHOWN_MS = 7_000;
const UNDO_MS = 30_000;
/** A screen reader reads what changes in a region that it knows. */
const READ_AFTER_MS = 150;

const toasts = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('.toast')];

export function prepareToasts(): void {
  for (const toast of toasts()) prepare(toast);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    for (const toast of toasts()) toast.remove();
  });
}

function prepare(toast: HTMLElement): void {
  const close = element(
    'button',
    { type: 'button', class: 'quiet close', 'aria-label': 'Close the message' },
    '×',
  );
  close.addEventListener('click', () => toast.remove());
  toast.append(close);
  const text = toast.querySelector('p');
  const parent = text?.parentElement;
  if (text && parent) {
    text.remove();
    setTimeout(() => parent.prepend(text), READ_AFTER_MS);
  }
  if (toast.classList.contains('bad')) return;
  const remove = (): void => {
    // Somebody reads or uses it.
    if (toast.matches(':hover, :focus-within') || document.visibilityState === 'hidden')
      setTimeout(remove, SHOWN_MS);
    else toast.remove();
  };
  setTimeout(remove, toast.querySelector('form') === null ? SHOWN_MS : UNDO_MS);
}

/** Presses the button of the newest message that can be undone. */
export function undoToast(): boolean {
  const button = document.querySelector<HTMLButtonElement>('.toast form button');
  button?.click();
  return button !== null;
}

/** The message of a copy of the page, such as the page after a form. */
export function showToastOf(copy: Document): void {
  const toast = copy.querySelector('.toast');
  const shown = toast === null ? null : imported(toast);
  if (shown instanceof HTMLElement) show(shown);
}

/** A message that script has, such as that a change did not work. */
export function showToast(text: string): void {
  const toast = element('div', { class: 'notice message toast bad', role: 'alert' });
  const body = element('div');
  body.append(element('p', {}, text));
  toast.append(body);
  show(toast);
}

function show(toast: HTMLElement): void {
  for (const older of toasts()) older.remove();
  document.querySelector('main')?.prepend(toast);
  prepare(toast);
}

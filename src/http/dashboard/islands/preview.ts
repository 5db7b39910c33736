// Owns previews that follow what is typed: within `data-preview="path"`, the form is posted to that path after a pause, and
// `[data-preview-result]` of the answer replaces that of the page. Nothing is stored. Without script, a button does it.
import { morph } from './morph.ts';
import { announceChange, parsePage } from './page-changes.ts';
import { postForm } from './post-form.ts';

const PAUSE_MS = 700;

export function followTyping(): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-preview]')) prepare(part);
}

function prepare(part: HTMLElement): void {
  const path = part.dataset.preview ?? '';
  const form = part.matches('form') ? (part as HTMLFormElement) : part.querySelector('form');
  if (form === null || path === '') return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let number = 0;

  async function show(submitter: HTMLElement | null): Promise<void> {
    const own = ++number;
    clearTimeout(timer);
    // A form may have previews only with some of its choices.
    if (part.querySelector('[data-preview-result]') === null) return;
    const response = await postForm(form!, submitter, path).catch(() => null);
    const copy = response === null ? null : parsePage(await response.text());
    const newer = copy?.querySelector('[data-preview-result]');
    const old = part.querySelector('[data-preview-result]');
    // A newer one is on its way, or there is none: the one before stays.
    if (own !== number || !newer || !old) return;
    morph(old, newer);
    announceChange();
  }

  part.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void show(null), PAUSE_MS);
  });
  form.addEventListener('submit', (event) => {
    const submitter = event.submitter;
    if (submitter?.getAttribute('formaction') !== path) return;
    event.preventDefault();
    void show(submitter);
  });
}

// Owns buttons that copy: beside each `[data-copy]`, which is an input or a text that people can select without script.
import { element } from './element.ts';
import { say } from './live.ts';

const SHOWN_MS = 2_000;

export function addCopyButtons(): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-copy]')) add(part);
}

function add(part: HTMLElement): void {
  const label = part.dataset.copy || 'Copy';
  const button = element('button', { type: 'button', class: 'quiet copy', 'data-made': '' }, label);
  if (part instanceof HTMLInputElement) part.addEventListener('focus', () => part.select());
  button.addEventListener('click', async () => {
    const text = part instanceof HTMLInputElement ? part.value : (part.textContent ?? '');
    try {
      await navigator.clipboard.writeText(text);
      say('Copied.');
      button.textContent = 'Copied';
    } catch {
      // Over plain HTTP, a browser has no clipboard for scripts: the text is selected, for Ctrl+C.
      select(part);
      button.textContent = 'Selected: press Ctrl+C';
    }
    setTimeout(() => {
      button.textContent = label;
    }, SHOWN_MS);
  });
  part.after(button);
}

function select(part: HTMLElement): void {
  if (part instanceof HTMLInputElement) {
    part.focus();
    part.select();
    return;
  }
  getSelection()?.selectAllChildren(part);
}

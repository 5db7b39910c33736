// Owns choosing rows of a list for one change: all of the page, ranges with Shift, how many are chosen. Forms with `data-bulk`.
// Without script, the toolbar is always there.
import { element } from './element.ts';
import { onChanged } from './page-changes.ts';

const ROW_BOX = '[data-row] input[type=checkbox]';

export function chooseRows(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-bulk]')) prepare(form);
}

function prepare(form: HTMLFormElement): void {
  let last: HTMLInputElement | null = null;
  const boxes = (): HTMLInputElement[] => [...form.querySelectorAll<HTMLInputElement>(ROW_BOX)];

  form.addEventListener('click', (event) => {
    const { target } = event;
    if (!(target instanceof HTMLInputElement) || !target.matches(ROW_BOX)) return;
    const all = boxes();
    const from = last === null ? -1 : all.indexOf(last);
    if (event.shiftKey && from !== -1) {
      const to = all.indexOf(target);
      for (const box of all.slice(Math.min(from, to), Math.max(from, to) + 1))
        if (!box.disabled) box.checked = target.checked;
    }
    last = target;
    show();
  });
  form.addEventListener('change', () => show());
  form.addEventListener('reset', () => setTimeout(show));

  function show(): void {
    const all = boxes();
    const chosen = all.filter(({ checked }) => checked).length;
    for (const box of all) box.closest('[data-row]')?.classList.toggle('selected', box.checked);
    const { master, count, bars } = parts(form, () => {
      for (const box of boxes()) if (!box.disabled) box.checked = master?.checked ?? false;
      show();
    });
    if (master) {
      master.checked = chosen > 0 && chosen === all.length;
      master.indeterminate = chosen > 0 && chosen < all.length;
      master.disabled = all.length === 0;
    }
    for (const bar of bars) bar.hidden = chosen === 0;
    const text = chosen === 0 ? '' : `${chosen} selected`;
    for (const one of count) if (one.textContent !== text) one.textContent = text;
  }
  onChanged(show);
  show();
}

interface Parts {
  readonly master: HTMLInputElement | null;
  readonly count: readonly HTMLElement[];
  readonly bars: readonly HTMLElement[];
}

/** The box in the head of the table and the count are made here: without script they would do nothing. */
function parts(form: HTMLFormElement, onMaster: () => void): Parts {
  const head = form.querySelector<HTMLElement>('thead .tick');
  let master = head?.querySelector<HTMLInputElement>('input[type=checkbox]') ?? null;
  if (head && master === null) {
    master = element('input', { type: 'checkbox', 'aria-label': 'Select all on this page', 'data-made': '' });
    head.append(master);
  }
  if (master && master.dataset.ready === undefined) {
    master.dataset.ready = '';
    master.addEventListener('change', onMaster);
  }
  const bars = [...form.querySelectorAll<HTMLElement>('.bulk')];
  for (const bar of bars)
    if (bar.querySelector('.selected-count') === null)
      bar.prepend(element('strong', { class: 'selected-count', role: 'status', 'data-made': '' }));
  return { master, count: [...form.querySelectorAll<HTMLElement>('.selected-count')], bars };
}

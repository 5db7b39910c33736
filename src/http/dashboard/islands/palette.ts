// Owns the command palette: sections of the navigation, actions, and monitors and incidents that the server finds. The pattern
// is that of a combobox with a listbox (WAI-ARIA Authoring Practices). Does not decide what a person may see.
import { openDialog } from './dialog.ts';
import { element } from './element.ts';

interface Found {
  readonly path: string;
  readonly label: string;
  /** What it is: "Section", "Monitor · Down". */
  readonly note: string;
}

interface SearchResponse {
  readonly actions: readonly { readonly path: string; readonly label: string }[];
  readonly monitors: readonly { readonly path: string; readonly name: string; readonly state: string }[];
  readonly incidents: readonly { readonly path: string; readonly name: string; readonly state: string }[];
}

const PAUSE_MS = 120;
const NOTHING: SearchResponse = { actions: [], monitors: [], incidents: [] };

export function openPalette(): void {
  const input = element('input', {
    ...{ type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list' },
    ...{ 'aria-autocomplete': 'list', 'aria-label': 'Search monitors, incidents and pages' },
    ...{ autocomplete: 'off', spellcheck: 'false', placeholder: 'Search, or go to…', maxlength: '200' },
  });
  const list = element('ul', { id: 'palette-list', role: 'listbox', 'aria-label': 'Results' });
  const status = element('p', { class: 'note', role: 'status' });
  let answer = NOTHING;
  let shown: readonly Found[] = [];
  let active = 0;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function activate(index: number): void {
    active = Math.max(0, Math.min(index, shown.length - 1));
    for (const [at, option] of [...list.children].entries())
      option.setAttribute('aria-selected', String(at === active));
    const option = list.children[active];
    if (option) {
      input.setAttribute('aria-activedescendant', option.id);
      option.scrollIntoView({ block: 'nearest' });
    } else input.removeAttribute('aria-activedescendant');
  }

  function draw(): void {
    const words = input.value.trim().toLowerCase().split(/\s+/);
    const matches = ({ label }: Found): boolean => words.every((word) => label.toLowerCase().includes(word));
    shown = [
      ...answer.monitors.map(({ path, name, state }) => ({ path, label: name, note: `Monitor · ${state}` })),
      ...answer.incidents.map(({ path, name, state }) => ({
        path,
        label: name,
        note: `Incident · ${state}`,
      })),
      ...answer.actions.map((action) => ({ ...action, note: 'Action' })).filter(matches),
      ...sections().filter(matches),
    ];
    list.replaceChildren(
      ...shown.map(({ path, label, note }, index) => {
        const option = element('li', { role: 'option', id: `palette-${index}` });
        option.append(element('bdi', {}, label), element('span', { class: 'note' }, note));
        option.addEventListener('pointermove', () => active !== index && activate(index));
        option.addEventListener('click', () => location.assign(path));
        return option;
      }),
    );
    activate(0);
    status.textContent = shown.length === 0 ? 'Nothing found.' : '';
  }

  async function search(): Promise<void> {
    const number = ++asked;
    const query = input.value.trim();
    const response = await fetch(`/dashboard/search?q=${encodeURIComponent(query)}`, {
      headers: { accept: 'application/json' },
    }).catch(() => null);
    // Another one was asked meanwhile.
    if (number !== asked || !input.isConnected) return;
    answer = response?.ok ? ((await response.json()) as SearchResponse) : NOTHING;
    draw();
    if (!response?.ok) status.textContent = 'The search does not answer. Try again in a moment.';
  }

  input.addEventListener('input', () => {
    draw();
    clearTimeout(timer);
    timer = setTimeout(() => void search(), PAUSE_MS);
  });
  input.addEventListener('keydown', (event) => {
    const target = {
      ...{ ArrowDown: (active + 1) % Math.max(1, shown.length), Home: 0, End: shown.length - 1 },
      ArrowUp: (active - 1 + shown.length) % Math.max(1, shown.length),
    }[event.key];
    const isMove = event.key.startsWith('Arrow') || input.value === '';
    if (target !== undefined && isMove) {
      event.preventDefault();
      activate(target);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const found = shown[active];
      if (found) location.assign(found.path);
    }
  });
  void openDialog('Search and go to', [input, list, status], input, 'palette');
  draw();
  void search();
}

/** Those that the navigation shows: what the person may open. */
const sections = (): Found[] =>
  [...document.querySelectorAll<HTMLAnchorElement>('.side .sections a')].map((link) => ({
    path: link.getAttribute('href') ?? '',
    label: link.textContent?.trim() ?? '',
    note: 'Section',
  }));

/** A button for people who do not know the keys. */
export function addPaletteButton(): void {
  const brand = document.querySelector('.side .brand');
  if (brand === null || document.querySelector('.side .sections') === null) return;
  const button = element('button', { type: 'button', class: 'quiet palette-button', 'data-made': '' });
  const keys = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘K' : 'Ctrl K';
  button.append('Search', element('kbd', { 'aria-hidden': 'true' }, keys));
  button.addEventListener('click', openPalette);
  brand.after(button);
}

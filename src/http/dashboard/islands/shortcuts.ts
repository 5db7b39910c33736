// Owns single keys and what each does. None acts while a person types, or if the person turned them off. Does not own the
// palette or the dialogs.
import { closeDialog, openDialog } from './dialog.ts';
import { element } from './element.ts';
import { linkOf } from './morph.ts';
import { openPalette } from './palette.ts';
import { undoToast } from './toasts.ts';

/** By the second key after `g`: the path of a section in the navigation. */
const SECTIONS: Readonly<Record<string, string>> = {
  o: '/dashboard',
  m: '/dashboard/monitors',
  i: '/dashboard/incidents',
  l: '/dashboard/locations',
  n: '/dashboard/channels',
  w: '/dashboard/maintenance',
  s: '/dashboard/status-pages',
  r: '/dashboard/reports',
  c: '/dashboard/configuration',
  a: '/dashboard/audit',
  e: '/dashboard/settings',
};

const OFF = 'probemesh-keys-off';
const SEQUENCE_MS = 1_500;

let wantsSectionUntil = 0;

export function listenForKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (
      (event.ctrlKey || event.metaKey) &&
      !event.altKey &&
      !event.shiftKey &&
      event.key.toLowerCase() === 'k'
    ) {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null || areOff()) return;
    if (act(event.key)) event.preventDefault();
  });
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches(
      'textarea, select, input:not([type=checkbox], [type=radio], [type=submit], [type=button])',
    ));

function areOff(): boolean {
  try {
    return localStorage.getItem(OFF) === 'yes';
  } catch {
    return false;
  }
}

function setOff(isOff: boolean): void {
  try {
    if (isOff) localStorage.setItem(OFF, 'yes');
    else localStorage.removeItem(OFF);
  } catch {
    // A browser without storage: until the next page.
  }
}

/** Whether the key means something here. */
function act(key: string): boolean {
  if (Date.now() < wantsSectionUntil) {
    wantsSectionUntil = 0;
    return openSection(key);
  }
  switch (key) {
    case '/':
      return focusSearch();
    case 'j':
      return moveRow(1);
    case 'k':
      return moveRow(-1);
    case 'x':
      return tickRow();
    case 'u':
      return undoToast();
    case '?':
      showKeys();
      return true;
    case 'g':
      wantsSectionUntil = Date.now() + SEQUENCE_MS;
      return true;
    default:
      return false;
  }
}

function openSection(key: string): boolean {
  const path = SECTIONS[key];
  const link =
    path === undefined ? null : document.querySelector<HTMLAnchorElement>(`.sections a[href="${path}"]`);
  link?.click();
  return link !== null;
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('[data-search]');
  if (field === null) openPalette();
  else {
    field.focus();
    field.select();
  }
  return true;
}

const rows = (): HTMLElement[] =>
  [...document.querySelectorAll<HTMLElement>('[data-row]')].filter((row) => row.offsetParent !== null);

const currentRow = (): HTMLElement | null => document.querySelector<HTMLElement>('[data-row].focused');

/** The link of the row has the focus: Enter opens it, and a screen reader reads it. */
function moveRow(step: 1 | -1): boolean {
  const all = rows();
  if (all.length === 0) return false;
  const at = document.activeElement?.closest<HTMLElement>('[data-row]') ?? currentRow();
  const index = at === null ? -1 : all.indexOf(at);
  const row = all[index === -1 ? (step === 1 ? 0 : all.length - 1) : index + step];
  if (row === undefined) return true;
  linkOf(row)?.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
  return true;
}

function tickRow(): boolean {
  const row = document.activeElement?.closest<HTMLElement>('[data-row]') ?? currentRow();
  const box = row?.querySelector<HTMLInputElement>('input[type=checkbox]:not(:disabled)');
  if (!box) return false;
  // A click, so that everything that follows a tick happens.
  box.click();
  return true;
}

/** The row with the focus is marked, also after the focus left the list. */
export function markFocusedRows(): void {
  document.addEventListener('focusin', ({ target }) => {
    const row = target instanceof Element ? target.closest('[data-row]') : null;
    if (row === null) return;
    currentRow()?.classList.remove('focused');
    row.classList.add('focused');
  });
}

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['Ctrl K', 'Search everything and go anywhere'],
  ['/', 'Search this list'],
  ['j  k', 'Next row, previous row'],
  ['x', 'Tick the row'],
  ['Enter', 'Open the row'],
  ['u', 'Undo the last change, while its message is shown'],
  ['g o', 'Go to the overview'],
  ['g m', 'Go to the monitors'],
  ['g i', 'Go to the incidents'],
  ['g l', 'Go to the locations'],
  ['g n', 'Go to the notifications'],
  ['?', 'Show the keys'],
];

function showKeys(): void {
  const list = element('dl', { class: 'keys' });
  for (const [keys, meaning] of KEYS) {
    const term = element('dt');
    term.append(
      ...keys.split(/ +/).flatMap((key, index) => [...(index > 0 ? [' '] : []), element('kbd', {}, key)]),
    );
    list.append(term, element('dd', {}, meaning));
  }
  const choice = element('div', { class: 'choice' });
  const box = element('input', { type: 'checkbox', id: 'keys-on' });
  box.checked = !areOff();
  box.addEventListener('change', () => setOff(!box.checked));
  choice.append(box, element('label', { for: 'keys-on' }, 'Single keys do something (Ctrl K always does)'));
  const close = element('button', { type: 'button', class: 'primary' }, 'Close');
  close.addEventListener('click', closeDialog);
  openDialog('Keys', [list, choice, close], close);
}

// Owns the one dialog that is open: a native `<dialog>`, which holds the focus and closes with Escape.
import { element } from './element.ts';

let opened: HTMLDialogElement | null = null;

/** `first` gets the focus. The promise ends when the dialog closes, with the value of the button that closed it. */
export function openDialog(
  heading: string,
  content: readonly Node[],
  first: HTMLElement | null,
  style = '',
): Promise<string> {
  closeDialog();
  const dialog = element('dialog', {
    class: `dialog ${style}`.trim(),
    'aria-labelledby': 'dialog-heading',
    'data-made': '',
  });
  dialog.append(element('h2', { id: 'dialog-heading' }, heading), ...content);
  document.body.append(dialog);
  opened = dialog;
  // Outside the dialog is its backdrop.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog && !isInside(dialog, event)) dialog.close();
  });
  dialog.showModal();
  first?.focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (opened === dialog) opened = null;
      resolve(dialog.returnValue);
    });
  });
}

export const closeDialog = (): void => opened?.close();

function isInside(dialog: HTMLElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}

/** Asks whether something may be done. */
export async function confirmed(question: string, action: string): Promise<boolean> {
  const cancel = element('button', { type: 'button' }, 'Cancel');
  const go = element('button', { type: 'button', class: 'danger' }, action);
  cancel.addEventListener('click', () => closeDialog());
  go.addEventListener('click', () => opened?.close('yes'));
  const actions = element('div', { class: 'actions' });
  actions.append(go, cancel);
  return (await openDialog(question, [actions], cancel)) === 'yes';
}

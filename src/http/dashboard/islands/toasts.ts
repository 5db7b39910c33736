// Owns how long the message of a change stays. One that can be undone, or that is an error, stays longer.

const SHOWN_MS = 6_000;
const UNDO_MS = 15_000;

export function dismissToasts(): void {
  for (const toast of document.querySelectorAll<HTMLElement>('.toast')) {
    if (toast.classList.contains('bad')) continue;
    const remove = (): void => {
      // Somebody reads or uses it.
      if (toast.matches(':hover, :focus-within')) setTimeout(remove, SHOWN_MS);
      else toast.remove();
    };
    setTimeout(remove, toast.querySelector('form') === null ? SHOWN_MS : UNDO_MS);
  }
}

// Owns previews: the form is posted into the frame beside it after a pause in typing, and the frame is exchanged when the new one
// has loaded, so that nothing flickers and the history of the browser gets no entry. Without script, the button does it.

const PAUSE_MS = 700;

export function showPreviews(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-preview]')) follow(button);
}

function follow(button: HTMLButtonElement): void {
  const { form } = button;
  if (form === null) return;
  let timer = 0;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => load(button, form), PAUSE_MS);
  };
  // The frame begins empty where the page cannot show a text by its address.
  if (button.dataset.previewNow !== undefined) load(button, form);
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
  // Before what waits for a form that is sent: this one stays.
  addEventListener(
    'submit',
    (event) => {
      if (event.submitter !== button) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      load(button, form);
    },
    { capture: true },
  );
}

let number = 0;

function load(button: HTMLButtonElement, form: HTMLFormElement): void {
  const name = button.dataset.preview ?? '';
  const old = [...document.querySelectorAll<HTMLIFrameElement>('iframe')].find((one) =>
    one.name.startsWith(name),
  );
  if (!old) return;
  for (const one of document.querySelectorAll('iframe.loading')) one.remove();
  const frame = old.cloneNode() as HTMLIFrameElement;
  frame.name = `${name}-${++number}`;
  frame.removeAttribute('src');
  frame.classList.add('loading');
  old.after(frame);
  frame.addEventListener('load', () => {
    if (frame.contentDocument?.URL === 'about:blank') return;
    frame.contentWindow?.scrollTo(0, old.contentWindow?.scrollY ?? 0);
    frame.classList.remove('loading');
    old.remove();
  });
  post(form, button.formAction, frame.name);
}

/** What the form has now, without sending the form itself. */
function post(form: HTMLFormElement, action: string, target: string): void {
  const copy = document.createElement('form');
  Object.assign(copy, { method: 'post', action, target, hidden: true });
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== 'string') continue;
    const input = document.createElement('input');
    Object.assign(input, { type: 'hidden', name, value });
    copy.append(input);
  }
  document.body.append(copy);
  copy.submit();
  copy.remove();
}

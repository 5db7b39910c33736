// Owns live previews: a form within `data-preview="<path>"` is posted there while a person types, and the part of the answer
// with `data-preview-result` replaces that of the page. Without script, the form has a button for it.

const DELAY_MS = 400;

export function followForms(): void {
  for (const area of document.querySelectorAll<HTMLElement>('[data-preview]')) {
    const form = area.querySelector('form');
    if (form === null) continue;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let sent = 0;
    const show = async (): Promise<void> => {
      sent += 1;
      const own = sent;
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) if (typeof value === 'string') body.append(name, value);
      const response = await fetch(area.dataset.preview!, { method: 'POST', body }).catch(() => null);
      // A newer one is on its way, or the network is down: the button still works.
      if (response === null || own !== sent) return;
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const next = page.querySelector('[data-preview-result]');
      const shown = area.querySelector('[data-preview-result]');
      if (next && shown && own === sent) shown.replaceChildren(...next.childNodes);
    };
    form.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(show, DELAY_MS);
    });
  }
}

// Owns posting a form without leaving the page, as the browser would post it: its fields, and the button that was pressed.

export function postForm(
  form: HTMLFormElement,
  submitter: HTMLElement | null,
  path?: string,
): Promise<Response> {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter))
    if (typeof value === 'string') fields.append(name, value);
  // By the attribute: a field may be called `action`.
  const action =
    path ?? submitter?.getAttribute('formaction') ?? form.getAttribute('action') ?? location.href;
  return fetch(action, { method: 'POST', body: fields, headers: { accept: 'text/html' } });
}

// Owns making a part of the page what a newer copy of it is, by changing only what differs: focus, ticks, open details, typed
// text and scroll stay. Nodes that script made (`data-made`) and attributes that script owns stay too.
// No script of the copy ever runs: scripts are left out, and attributes with handlers are not copied.

/** Script owns these: a copy from the server does not have them. `open` is what a person did. */
const OWN_ATTRIBUTES: ReadonlySet<string> = new Set(['open', 'data-local', 'data-drawn', 'data-sent']);

/** `from` stays in the document, and becomes like `to`, which is of another document. */
export function morph(from: Element, to: Element): void {
  if (isHalfTyped(from)) return;
  if (from.localName === 'time') morphTime(from as HTMLTimeElement, to as HTMLTimeElement);
  else {
    copyAttributes(from, to);
    morphChildren(from, to);
  }
}

/** What a person typed must not meet hidden fields, such as a version, of another time. */
const isHalfTyped = (node: Element): boolean =>
  node instanceof HTMLFormElement && !node.matches('[data-bulk]') && isChanged(node);

/** Whether a field has another value than the page came with. */
export const isChanged = (form: HTMLFormElement): boolean =>
  [...form.elements].some((field) => {
    if (field instanceof HTMLInputElement) {
      if (field.type === 'hidden') return false;
      const isBox = field.type === 'checkbox' || field.type === 'radio';
      return isBox ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
    }
    if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
    if (!(field instanceof HTMLSelectElement) || field.multiple) return false;
    // Without one that is selected in the HTML, the first option is.
    const first = Math.max(
      0,
      [...field.options].findIndex((option) => option.defaultSelected),
    );
    return field.selectedIndex !== first;
  });

/** A text in the zone of the viewer stays while the time is the same. */
function morphTime(from: HTMLTimeElement, to: HTMLTimeElement): void {
  if (
    from.dateTime === to.dateTime &&
    from.hasAttribute('data-relative') === to.hasAttribute('data-relative') &&
    from.hasAttribute('data-until') === to.hasAttribute('data-until')
  )
    return;
  delete from.dataset.local;
  copyAttributes(from, to);
  from.textContent = to.textContent;
}

function copyAttributes(from: Element, to: Element): void {
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && !OWN_ATTRIBUTES.has(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes)
    if (!OWN_ATTRIBUTES.has(name) && !isHandler(name) && from.getAttribute(name) !== value)
      from.setAttribute(name, value);
}

const isHandler = (name: string): boolean => name.startsWith('on');

function morphChildren(from: Element, to: Element): void {
  const byKey = new Map<string, Element>();
  for (const child of from.children) {
    const key = keyOf(child);
    if (key !== null && !byKey.has(key)) byKey.set(key, child);
  }
  const kept = new Set<Node>();
  /** The first old child that has no place yet. */
  let at = next(from.firstChild);
  for (const child of [...to.childNodes]) {
    const key = child instanceof Element ? keyOf(child) : null;
    const own = key === null ? undefined : byKey.get(key);
    if (own !== undefined && !kept.has(own) && own.localName === (child as Element).localName) {
      if (own === at) at = next(own.nextSibling);
      else from.insertBefore(own, at);
      kept.add(own);
      morph(own, child as Element);
    } else if (at !== null && key === null && isAlike(at, child)) {
      kept.add(at);
      const old = at;
      at = next(at.nextSibling);
      if (child instanceof Element) morph(old as Element, child);
      else if (old.nodeValue !== child.nodeValue) old.nodeValue = child.nodeValue;
    } else {
      const made = imported(child);
      if (made !== null) kept.add(from.insertBefore(made, at));
    }
  }
  for (const child of [...from.childNodes]) if (!kept.has(child) && !isMade(child)) child.remove();
}

const isMade = (node: Node): boolean => node instanceof Element && node.hasAttribute('data-made');

function next(node: ChildNode | null): ChildNode | null {
  let found = node;
  while (found !== null && isMade(found)) found = found.nextSibling;
  return found;
}

const isAlike = (a: Node, b: Node): boolean =>
  a.nodeType === b.nodeType &&
  a.nodeName === b.nodeName &&
  (!(a instanceof Element) ||
    (keyOf(a) === null && a.getAttribute('type') === (b as Element).getAttribute('type')));

/** What names an element among its siblings: a row is named by its link. */
function keyOf(element: Element): string | null {
  const given = element.id || element.getAttribute('data-key') || element.getAttribute('data-live');
  if (given) return given;
  if (element.localName !== 'tr' && element.localName !== 'li') return null;
  return linkOf(element)?.getAttribute('href') ?? null;
}

/** What Enter opens: the link of the row's name, and otherwise the first. */
export const linkOf = (row: Element): HTMLAnchorElement | null =>
  row.querySelector<HTMLAnchorElement>('th[scope=row] a[href]') ??
  row.querySelector<HTMLAnchorElement>('a[href]');

/** A copy for this document that runs nothing. */
export function imported(node: Node): Node | null {
  if (isScript(node)) return null;
  const copy = document.importNode(node, true);
  if (copy instanceof Element) {
    for (const script of copy.querySelectorAll('script')) if (isScript(script)) script.remove();
    for (const element of [copy, ...copy.querySelectorAll('*')])
      for (const { name } of [...element.attributes]) if (isHandler(name)) element.removeAttribute(name);
  }
  return copy;
}

const isScript = (node: Node): boolean =>
  node instanceof Element && node.localName === 'script' && node.getAttribute('type') !== 'application/json';

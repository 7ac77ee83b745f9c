/** Builds elements, and changes what is shown into what was built. Text is only ever text: nothing parses HTML. */

export type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

export function element(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(tag);
  fill(made, attributes, children);
  return made;
}

export function svg(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(made, attributes, children);
  return made;
}

function fill(made: Element, attributes: Attributes, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
}

/**
 * Makes `shown` equal to `wanted` with as few changes as possible, so that focus, selection, and what a screen reader is
 * reading stay. Children with `data-key` are matched by it, others by their place.
 */
export function morph(shown: Element, wanted: Element): void {
  morphAttributes(shown, wanted);
  morphState(shown, wanted);
  const keyed = new Map([...shown.children].flatMap((child) => keyOf(child, child)));
  // Rows that stay would otherwise be moved past those that go, and a row that is moved loses the focus.
  const kept = new Set([...wanted.children].flatMap((child) => keyOf(child, child)).map(([key]) => key));
  for (const [key, child] of keyed) if (!kept.has(key)) child.remove();
  let place = shown.firstChild;
  for (const next of Array.from(wanted.childNodes)) {
    const [key] = keyOf(next, next).flat();
    const same = typeof key === "string" ? keyed.get(key) : unkeyed(place);
    if (same === undefined || same === null || !isSameKind(same, next)) {
      shown.insertBefore(next, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else shown.insertBefore(same, place);
    morphNode(same, next);
  }
  while (place !== null) {
    const after: ChildNode | null = place.nextSibling;
    place.remove();
    place = after;
  }
}

function morphNode(shown: Node, wanted: Node): void {
  if (shown instanceof Element && wanted instanceof Element) morph(shown, wanted);
  else if (shown.nodeValue !== wanted.nodeValue) shown.nodeValue = wanted.nodeValue;
}

function keyOf<Held>(node: Node, held: Held): [string, Held][] {
  const key = node instanceof Element ? node.getAttribute("data-key") : null;
  return key === null ? [] : [[key, held]];
}

/** A child with a key is never made into one without. */
function unkeyed(node: ChildNode | null): ChildNode | null {
  return node instanceof Element && node.hasAttribute("data-key") ? null : node;
}

function isSameKind(one: Node, other: Node): boolean {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName;
}

function morphAttributes(shown: Element, wanted: Element): void {
  for (const { name, value } of Array.from(wanted.attributes)) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  for (const { name } of Array.from(shown.attributes)) if (!wanted.hasAttribute(name)) shown.removeAttribute(name);
}

/** What people have typed or chosen is not in the attributes. */
function morphState(shown: Element, wanted: Element): void {
  if (shown instanceof HTMLInputElement && wanted instanceof HTMLInputElement) {
    if (shown.type === "checkbox") shown.checked = wanted.checked;
    else if (document.activeElement !== shown) shown.value = wanted.value;
  }
  if (shown instanceof HTMLOptionElement && wanted instanceof HTMLOptionElement) shown.selected = wanted.selected;
}

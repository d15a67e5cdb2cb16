/** The element of the page with this id, which is known to be there. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

/** A new element with its class, and what is in it. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content);
  return element;
}

export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

/** Shows words, or nothing. */
export function tell(element: HTMLElement, words: string | undefined): void {
  element.textContent = words ?? '';
  element.hidden = !words;
}

/** For who listens to the page instead of looking at it. */
export function announce(words: string): void {
  byId('announcer').textContent = words;
}

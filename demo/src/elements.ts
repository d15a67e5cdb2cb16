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

/** How many of the words that were announced last stay, so that several at once are all heard. */
const ANNOUNCEMENTS = 5;

/** For who listens to the page instead of looking at it. */
export function announce(words: string): void {
  const announcer = byId('announcer');
  announcer.append(make('p', '', words));
  while (announcer.childElementCount > ANNOUNCEMENTS) announcer.firstElementChild!.remove();
}

/** So that what can be read elsewhere now is not come across twice. */
export function clearAnnouncements(): void {
  byId('announcer').replaceChildren();
}

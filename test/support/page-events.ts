type Listener = (event: Event) => void;

/** The events of a page's window, and who listens to them. */
export class PageEvents {
  readonly #target = new EventTarget();
  readonly listeners = new Set<Listener>();

  /** To be put where a page has them: on `globalThis`. */
  readonly methods = {
    addEventListener: (type: string, listener: Listener) => {
      this.#target.addEventListener(type, listener);
      this.listeners.add(listener);
    },
    removeEventListener: (type: string, listener: Listener) => {
      this.#target.removeEventListener(type, listener);
      this.listeners.delete(listener);
    },
  };

  dispatch(type: string): void {
    this.#target.dispatchEvent(new Event(type));
  }
}

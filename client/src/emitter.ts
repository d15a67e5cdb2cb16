/** Typed events: `Events` gives each type the arguments of its listeners. */
export class Emitter<Events extends Record<keyof Events, unknown[]>> {
  readonly #listeners = new Map<keyof Events, Set<unknown>>();

  /** Calls `listener` at every event of this type, until the function returned is called. */
  on<K extends keyof Events>(type: K, listener: (...args: Events[K]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** @internal */
  emit<K extends keyof Events>(type: K, ...args: Events[K]): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        (listener as (...args: Events[K]) => void)(...args);
      } catch (error) {
        // A fault of the listener: told as uncaught, without keeping the event from the others.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

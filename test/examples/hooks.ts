// As much of React as the hook in examples/react needs: state, effects, and what StrictMode does to them. React itself is
// no dependency here.

interface State<T> {
  value: T;
  set: (update: T | ((former: T) => T)) => void;
}

interface Effect {
  run: () => () => void;
  deps: readonly unknown[];
  cleanUp?: () => void;
}

/** Whose component is being called. */
let current: Pick<Mounted<unknown>, 'state' | 'effect'>;

/** Stands in for the module `react`. */
export const react = {
  useState<T>(initial: T) {
    const { value, set } = current.state(initial);
    return [value, set];
  },
  useEffect(run: Effect['run'], deps: Effect['deps']) {
    current.effect(run, deps);
  },
};

/** A component on screen; what it returns is what it shows. */
export class Mounted<Shown> {
  shown!: Shown;
  private readonly slots: any[] = [];
  private position = 0;
  private readonly effects = new Set<Effect>();
  private due: Effect[] = [];
  private isDue = false;
  private isMounted = true;
  private waiting: (() => void)[] = [];

  constructor(
    private component: () => Shown,
    { strict = false } = {},
  ) {
    this.render();
    if (!strict) return;
    for (const effect of this.effects) effect.cleanUp?.();
    for (const effect of this.effects) effect.cleanUp = effect.run();
  }

  /** With other props. */
  become(component: () => Shown): void {
    this.component = component;
    this.render();
  }

  unmount(): void {
    this.isMounted = false;
    for (const effect of this.effects) effect.cleanUp?.();
  }

  /** Resolves as what is shown fits. */
  async until(fits: (shown: Shown) => boolean): Promise<void> {
    while (!fits(this.shown)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  state<T>(initial: T): State<T> {
    const state: State<T> = {
      value: initial,
      set: (update) => {
        const value = update instanceof Function ? update(state.value) : update;
        if (Object.is(value, state.value)) return;
        state.value = value;
        this.renderSoon();
      },
    };
    return (this.slots[this.position++] ??= state);
  }

  effect(run: Effect['run'], deps: Effect['deps']): void {
    const effect: Effect = (this.slots[this.position++] ??= { run, deps: [{}] });
    if (deps.every((dep, index) => Object.is(dep, effect.deps[index]))) return;
    Object.assign(effect, { run, deps });
    this.effects.add(effect);
    this.due.push(effect);
  }

  /** Several changes at once are one rendering. */
  private renderSoon() {
    if (this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      if (this.isMounted) this.render();
    });
  }

  private render() {
    current = { state: (initial) => this.state(initial), effect: (run, deps) => this.effect(run, deps) };
    this.position = 0;
    this.shown = this.component();
    const due = this.due.splice(0);
    for (const effect of due) effect.cleanUp?.();
    for (const effect of due) effect.cleanUp = effect.run();
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Anything with typed events: a client, a room, a call. */
interface Source {
  on(type: any, listener: (...args: any[]) => void): () => void;
}

/** The arguments of the next event of this type that fits. */
export function next(
  source: Source,
  type: string,
  fits: (...args: any[]) => boolean = () => true,
): Promise<any[]> {
  return new Promise((resolve) => {
    const stop = source.on(type, (...args: any[]) => {
      if (!fits(...args)) return;
      stop();
      resolve(args);
    });
  });
}

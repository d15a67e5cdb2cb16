/** Counts up from a port until `start` gets one that is free. */
export async function onFreePort<T>(from: number, start: (port: number) => Promise<T>): Promise<T> {
  for (let port = from; ; port += 1) {
    try {
      return await start(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}

interface NetworkInformation extends EventTarget {
  type?: string;
}

/**
 * Calls `listener` as the machine gets onto a network, or from one kind to another, where the platform tells of it (Node
 * does not), until the function returned is called.
 */
export function onNetworkChange(listener: () => void): () => void {
  const target = globalThis as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>;
  const { connection } = (globalThis.navigator ?? {}) as Navigator & { connection?: NetworkInformation };
  let { type } = connection ?? {};
  // It also changes with every estimate of the speed.
  const look = () => {
    if (type !== (type = connection?.type)) listener();
  };
  target.addEventListener?.('online', listener);
  connection?.addEventListener('change', look);
  return () => {
    target.removeEventListener?.('online', listener);
    connection?.removeEventListener('change', look);
  };
}

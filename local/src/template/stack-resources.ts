import type { Intrinsics } from './intrinsics';

/** The resources of a stack, looked at by type. */
export interface StackResources {
  intrinsics: Intrinsics;
  ofType(...types: string[]): [logicalId: string, properties: (name: string) => unknown][];
  /** Takes up what `read` throws, so that the rest is looked at too. */
  attempt<T>(read: () => T): T[];
  problem(text: string): void;
}

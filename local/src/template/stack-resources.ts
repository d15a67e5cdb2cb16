import type { Intrinsics } from './intrinsics';

/** A property of a resource, its intrinsic functions evaluated. */
export type Get = (property: string) => unknown;

/** The resources of a stack, looked at by type. */
export interface StackResources {
  intrinsics: Intrinsics;
  ofType(...types: string[]): [logicalId: string, get: Get][];
  /** Takes up what `read` throws, so that the rest is looked at too. */
  attempt<T>(read: () => T): T[];
  problem(text: string): void;
}

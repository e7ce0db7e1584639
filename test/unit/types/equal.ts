type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles when two types are the same, not merely assignable to each other. */
export const equal = <A, B>(_same: Equal<A, B>): void => undefined;

/**
 * HW1_DEBUG: a list of names, such as `engine`, of what is told on stderr while hw1 works, for who wants to see inside.
 *
 * It changes no result, and costs nothing where it is not set.
 */
export const debugNames = ["engine"] as const;
export type DebugName = (typeof debugNames)[number];

interface Debug {
  readonly names: ReadonlySet<DebugName>;
  /** What stands there and names nothing. */
  readonly unknown: readonly string[];
}

/** @param list  the variable's text: names with commas between them, or undefined */
export function readDebug(list: string | undefined): Debug {
  const words = (list ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  return {
    names: new Set(debugNames.filter((name) => words.includes(name))),
    unknown: [...new Set(words.filter((word) => !debugNames.some((name) => name === word)))],
  };
}

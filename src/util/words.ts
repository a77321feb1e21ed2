/** Counts and lists as sentences say them. */

/** `1 fold`, `10 folds`; `0 folds`. @param count  as text where it is not written as the number is */
export const plural = (count: number, noun: string, said = String(count)): string =>
  `${said} ${noun}${count === 1 ? "" : "s"}`;

/** `a`, `a and b`, `a, b and c`. */
export const listed = (words: readonly string[], last: "and" | "or" = "and"): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;

/**
 * Names of columns that a pipeline spells out, or says by a pattern: `*` stands for any characters, also none, `?` for
 * one. A column that has such a sign in its name is meant where a name is spelled exactly so.
 */

export const mayBePattern = (name: string): boolean => /[*?]/.test(name);

/** Whether a name is one that the pattern stands for; upper and lower case are told apart. */
export function matches(pattern: string, name: string): boolean {
  const [wanted, letters] = [[...pattern], [...name]];
  // Where the last `*` stands, and up to where it reaches: a mismatch lets it reach one further. So no pattern is slow.
  let [at, letter, star, reach] = [0, 0, -1, 0];
  while (letter < letters.length) {
    if (wanted[at] === "*") {
      star = at++;
      reach = letter;
    } else if (wanted[at] === "?" || wanted[at] === letters[letter]) {
      at++;
      letter++;
    } else if (star >= 0) {
      at = star + 1;
      letter = ++reach;
    } else return false;
  }
  while (wanted[at] === "*") at++;
  return at === wanted.length;
}

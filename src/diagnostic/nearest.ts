/** Close names, best first; silent when nothing is close. */

/** Three rows of a table of distances, kept because thousands of names may be compared. */
let rows: readonly [Uint16Array, Uint16Array, Uint16Array] = [
  new Uint16Array(128),
  new Uint16Array(128),
  new Uint16Array(128),
];

/** Damerau–Levenshtein distance with adjacent transpositions (optimal string alignment). */
function distance(a: string, b: string): number {
  if (b.length >= rows[0].length)
    rows = [new Uint16Array(2 * b.length), new Uint16Array(2 * b.length), new Uint16Array(2 * b.length)];
  let [before, last, row] = rows;
  for (let j = 0; j <= b.length; j++) last[j] = j;
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    const letter = a.charCodeAt(i - 1);
    const earlier = i > 1 ? a.charCodeAt(i - 2) : -1;
    for (let j = 1; j <= b.length; j++) {
      const other = b.charCodeAt(j - 1);
      let best = last[j - 1]! + (letter === other ? 0 : 1);
      if (last[j]! + 1 < best) best = last[j]! + 1;
      if (row[j - 1]! + 1 < best) best = row[j - 1]! + 1;
      if (j > 1 && earlier === other && letter === b.charCodeAt(j - 2) && before[j - 2]! + 1 < best)
        best = before[j - 2]! + 1;
      row[j] = best;
    }
    [before, last, row] = [last, row, before];
  }
  return last[b.length]!;
}

/**
 * The candidate that the word was most likely meant to be: at most a third of its letters differ (two for short words
 * of four or more), or it is the only one that begins with the word (from four letters).
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 100) return undefined;
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  const lower = word.toLowerCase();
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const found = distance(lower, candidate.toLowerCase());
    if (found < bestDistance && found < candidate.length) {
      best = candidate;
      bestDistance = found;
    }
  }
  if (best === undefined && word.length >= 4) {
    const longer = candidates.filter((candidate) => candidate.toLowerCase().startsWith(word.toLowerCase()));
    if (longer.length === 1) best = longer[0];
  }
  return best;
}

/** " Did you mean `x`?" or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : ` Did you mean \`${near}\`?`;
}

/** Names in a sentence; of very many the first. */
export const namesInWords = (names: readonly string[], most = 100): string =>
  names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} … and ${names.length - most} more`;

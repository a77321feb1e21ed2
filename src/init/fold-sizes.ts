/** How many rows of a table a network of its pipeline learns from. */

/** Up to so many rows each is judged by cross-validation; of more, one part validates. */
export const mostFolded = 10_000;
/** With fewer rows than folds need for it, folds are fewer. */
export const foldCount = (rows: number): number => Math.max(2, Math.min(5, Math.floor(rows / 4)));
/** Rows that a network learns from: what is left of them without those held out, and without those of its own fold. */
export function learnedRows(rows: number): number {
  const folds = foldCount(rows);
  return (rows <= mostFolded ? (0.8 * (folds - 1)) / folds : 0.7) * rows;
}

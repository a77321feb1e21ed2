/**
 * Whole numbers that sum to `total`, as near as can be to each group's share of it (largest remainders first, ties to
 * the first group).
 */
export function shares(groups: readonly number[], total: number): number[] {
  const all = groups.reduce((sum, size) => sum + size, 0);
  const exact = groups.map((size) => (all === 0 ? 0 : (size * total) / all));
  const floors = exact.map(Math.floor);
  const left = total - floors.reduce((sum, size) => sum + size, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, rest: value - floors[index]! }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) floors[index]!++;
  return floors;
}

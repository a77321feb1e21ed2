/** Shapes of arrays: the lengths of their axes, outermost first; [] is a single number. */

/** How many numbers an array of this shape holds: 1 for [], 0 where an axis is empty. */
export const sizeOfShape = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

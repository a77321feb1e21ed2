/** What agrees with another program: to 1e-9 of the value, and near 0 to 1e-12. */
import { expect } from "vitest";

export function expectNear(value: number, wanted: number, what = String(wanted)): void {
  expect(Math.abs(value - wanted), `${what}: ${value}, not ${wanted}`).toBeLessThanOrEqual(
    Math.max(1e-9 * Math.abs(wanted), 1e-12),
  );
}

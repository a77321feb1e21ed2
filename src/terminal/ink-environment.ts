/**
 * Makes Ink draw live whatever the variables of a CI say: whether there is a screen is decided in `mode.ts`, once.
 *
 * Ink reads CI and CONTINUOUS_INTEGRATION while it is imported, and then shows only the last frame. This is imported
 * before it; `restoreEnvironment` puts the variables back, so that worker processes inherit what the user set.
 */
const names = ["CI", "CONTINUOUS_INTEGRATION"] as const;
const before = names.map((name) => [name, process.env[name]] as const);
for (const name of names) delete process.env[name];

export function restoreEnvironment(): void {
  for (const [name, value] of before) if (value !== undefined) process.env[name] = value;
}

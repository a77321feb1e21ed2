/**
 * Names that nothing has, or that nobody reads: a profile's change of a stage that is not there is a mistake, a
 * parameter that no stage reads may be a slip of the pen. Profiles are looked at whether or not one is chosen.
 */

import { suggestion } from "../diagnostic/nearest.js";
import { type Entry, entriesOf, member, type Value } from "./document.js";
import { namesLookedUp } from "./lookup.js";
import { isWholeStage } from "./overrides.js";
import type { Report } from "./report.js";

/** Stages that a profile changes, although the file has none of that name. One with a `kind` is a stage of its own. */
export function checkProfileStages(root: Value, report: Report): void {
  const known = entriesOf(member(root, "stages")).map((stage) => stage.key);
  for (const profile of entriesOf(member(root, "profiles")))
    for (const { key, keySpan, value } of entriesOf(member(profile.value, "stages")))
      if (!known.includes(key) && !isWholeStage(value))
        report({
          span: keySpan,
          title: "no such stage",
          message:
            `The profile \`${profile.key}\` changes the stage \`${key}\`, but there is none.` +
            `${suggestion(key, known)} A stage of its own needs a \`kind:\`.`,
          about: `stage ${key}`,
        });
}

/**
 * Parameters that no stage reads, under whatever profile, and that no parameter which is read looks up: where only a
 * profile has the name, or it is nearly one that is read. Others may wait for their stage.
 *
 * @param named  values that aliases stand for: their place may be where they are kept, not where they are read
 */
export function reportUnusedParameters(root: Value, named: ReadonlySet<Value>, report: Report): void {
  const profiles = entriesOf(member(root, "profiles")).map((profile) => profile.value);
  const all = [root, ...profiles];
  const entries: readonly Entry[] = all.flatMap((part) => entriesOf(member(part, "params")));
  const used = new Set<string>();
  const open = all.flatMap((part) =>
    entriesOf(part).flatMap(({ key, value }) => (key === "stages" ? [...namesLookedUp(value, "params")] : [])),
  );
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name)) continue;
    used.add(name);
    for (const { key, value } of entries) if (key === name) open.push(...namesLookedUp(value, "params"));
  }
  const reported = new Set<string>();
  const own = new Set(entriesOf(member(root, "params")).map(({ key }) => key));
  for (const { key, keySpan, value } of entries) {
    if (used.has(key) || reported.has(key) || named.has(value)) continue;
    reported.add(key);
    const near = suggestion(key, [...used]);
    if (near === "" && own.has(key)) continue;
    report({
      span: keySpan,
      title: "unused parameter",
      message: `No stage reads \`\${params.${key}}\`, so its value changes nothing.${near} Read it, or remove it.`,
      severity: "warning",
    });
  }
}

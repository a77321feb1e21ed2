/** Each screen as it is accepted. `vitest -u` accepts it as it is now; look at `npm run gallery` before. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { acceptedScreens, screens } from "./screens.js";

const committed = readdirSync(acceptedScreens);

test.each(screens.map(({ name, text }) => [name, text] as const))(
  "the screen %s is the accepted one",
  async (name, text) => {
    await expect(text()).toMatchFileSnapshot(join(acceptedScreens, `${name}.txt`));
  },
);

test("every screen is accepted, and nothing else is", () => {
  expect(committed.toSorted()).toEqual(screens.map(({ name }) => `${name}.txt`).toSorted());
});

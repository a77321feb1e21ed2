import { expect, test } from "vitest";
import { roundsOf } from "../../src/stages/rounds.js";
import { followersOf, roundsBefore } from "../../src/values/search.js";

test("the rounds that follow from one are those that have it before them", () => {
  const halving = { epochs: [1, 3, 9], factor: 2 };
  for (const rounds of [
    roundsOf([["a", "b", "c"]], null),
    roundsOf([["a", "b", "c"]], halving),
    roundsOf([["1", "2"], ["3", "4"], 2, 2, 1], null),
    roundsOf([["1", "2"], ["3", "4"], 2, 2, 1], halving),
    roundsOf([["1", "2"], 2, 2], halving),
  ])
    expect(followersOf(rounds)).toEqual(
      rounds.map(
        (round) => rounds.filter((later) => !later.isKnown && roundsBefore(later, rounds).includes(round)).length,
      ),
    );
});

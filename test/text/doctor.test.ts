import { expect, test } from "vitest";
import { renderFindings } from "../../src/text/doctor.js";
import { formatBytes } from "../../src/util/numbers.js";

test("findings stand in columns, remedies and names below them within the width", () => {
  const text = renderFindings(
    [
      { name: "Node", mark: "ok", found: "22.1.0" },
      {
        name: "cache",
        mark: "warning",
        found: "/home/a/cache: 3.0 GiB; 812 MiB free on its disk",
        remedy: "Free some space there,\nor name another folder.",
      },
      {
        name: "onnx",
        mark: "problem",
        found: "it is damaged",
        names: ["Acos", "Acosh", "All", "Any", "Asin", "Asinh", "Atan", "Atan2"],
      },
      { name: "tensorflow", mark: "note", found: "not installed" },
    ],
    { color: false, columns: 44 },
  );
  expect(text).toBe(`Node        ✓  22.1.0
cache       !  /home/a/cache: 3.0 GiB; 812
               MiB free on its disk
               Free some space there,
               or name another folder.
onnx        ✗  it is damaged
               Acos Acosh All Any Asin Asinh
               Atan Atan2
tensorflow  –  not installed

1 problem: onnx. What needs it does not work before.
`);
});

test("a path that is longer than the line stays whole, and control characters draw nothing", () => {
  const path = `/${"a".repeat(60)}`;
  const text = renderFindings([{ name: "cache", mark: "ok", found: `in\u001b[2J ${path}` }], {
    color: false,
    columns: 40,
  });
  expect(text).toBe(`cache  ✓  in\\u001b[2J\n          ${path}\n\nEverything that hw1 needs works.\n`);
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1023 bytes"],
  [1024, "1.0 KiB"],
  [1_048_575, "1.0 MiB"],
  [33_285_996_544, "31 GiB"],
])("%i bytes are %s", (count, text) => {
  expect(formatBytes(count)).toBe(text);
});

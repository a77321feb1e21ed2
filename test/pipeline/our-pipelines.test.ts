/** Every pipeline that comes with hw1 says what it teaches, and has a quick profile that is right, too. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";

const folder = join(import.meta.dirname, "..", "..", "pipelines");
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

const checked = (name: string, profile?: string) => {
  const document = readText(name, readFileSync(join(folder, name), "utf8"));
  if (!document.ok) throw new Error(`${name} cannot be read.`);
  return checkPipeline(document.value, kinds, { set: [], ...(profile === undefined ? {} : { profile }) });
};
const lengthsOf = (name: string, profile?: string): readonly number[] => {
  const result = checked(name, profile);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return result.value.stages
    .flatMap((stage) => [stage, ...(stage.search?.trials ?? []).flatMap((trial) => [...trial.stages.values()])])
    .flatMap(({ options }) => (typeof options.epochs === "number" ? [options.epochs] : []));
};

describe.each(files)("%s", (name) => {
  test("begins with a comment and is named after its file", () => {
    const text = readFileSync(join(folder, name), "utf8");
    const [, ...lines] = text.split("\n");
    expect(lines[0]).toBe("#");
    expect(lines[1]).toMatch(/^# [A-Z]/);
    expect(text).toContain(`hw1 run pipelines/${name} --profile quick`);
    expect(text).toMatch(new RegExp(`^name: ${name.replace(".yaml", "")}$`, "m"));
  });

  test("has a quick profile without a mistake or a warning, whose trainings are no longer than the file's", () => {
    const { diagnostics } = checked(name, "quick");
    expect(diagnostics.map(({ title, message }) => `${title}: ${message}`)).toEqual([]);
    const [whole, quick] = [lengthsOf(name), lengthsOf(name, "quick")];
    if (whole.length > 0) expect(Math.max(...quick)).toBeLessThan(Math.max(...whole));
  });
});

describe("networks that beat the report", () => {
  test("of mnist-minute are two, of unlike shape, on all training images and of a fixed length", () => {
    const result = checked("mnist-minute.yaml");
    if (!result.ok) throw new Error("It is not right.");
    const trained = result.value.stages.filter(({ kind }) => kind === "train");
    expect(trained).toHaveLength(2);
    expect(JSON.stringify(trained[0]!.options.layers)).not.toBe(JSON.stringify(trained[1]!.options.layers));
    for (const { options } of trained) expect([options.epochs, options.early_stopping]).toEqual([2, undefined]);
    expect(result.value.stages.map(({ name }) => name)).toContain("score");
  });

  test("of mnist-best are chosen by three seeds of each candidate, and told for five", () => {
    const result = checked("mnist-best.yaml");
    if (!result.ok) throw new Error("It is not right.");
    const sizeOf = (stage: string): unknown => result.value.stages.find(({ name }) => name === stage)?.options.count;
    expect([sizeOf("tries"), sizeOf("seeds")]).toEqual([3, 5]);
  });
});

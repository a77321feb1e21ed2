/** Toy kinds whose stages are opened and closed by the test, so that order is tested without sleeping. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { EnvironmentError, MistakeError } from "../../src/diagnostic/diagnostic.js";
import { renderer } from "../../src/figure/renderer.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import type { Kind, Kinds } from "../../src/pipeline/kind.js";
import { readText } from "../../src/pipeline/read.js";
import { InterruptedError } from "../../src/pipeline/run-context.js";
import { planRun } from "../../src/plan/plan.js";
import type { RunEvent } from "../../src/run/event.js";
import { executeSteps } from "../../src/run/execute.js";
import { type RunResult, runPlan, type Workers } from "../../src/run/run.js";
import { WorkerLostError } from "../../src/run/worker-pool.js";
import { digestFile, judgedFile, readFile } from "../../src/stages/load-files.js";
import { search } from "../../src/stages/search.js";
import { select } from "../../src/stages/select.js";
import { openStore } from "../../src/store/sqlite.js";
import type { Store } from "../../src/store/store.js";
import { installedVersion } from "../../src/util/installed.js";
import type { JsonObject } from "../../src/util/json.js";
import { blobOf } from "../../src/values/blob.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { jsonOf, looseOutput } from "./output.js";

export interface Toys {
  readonly kinds: Kinds;
  readonly store: Store;
  /** Names of the steps that have begun, in order. */
  readonly begun: string[];
  /** Epochs that `fit` computed. */
  readonly trained: { epochs: number };
  /** Holds every step of a value back until `open`. */
  hold(value: string): void;
  open(value: string): void;
  /**
   * Stands in for processes that compute: each call is first put to `failing`. @returns what ran together, by value or
   * by `a` and fold
   */
  workers(
    failing: (label: string, call: readonly string[]) => Error | undefined,
  ): Workers & { readonly calls: (readonly string[])[]; readonly dismissed: () => number };
  /** Versions of packages, where they are not those that are installed. */
  readonly versions: Map<string, string>;
  /** Does something whenever a step of a value has begun. */
  meanwhile(value: string, action: () => void): void;
  /** Resolves when a step of this value has begun. */
  reached(value: string): Promise<void>;
  plan(text: string): ReturnType<typeof planRun>;
  run(
    text: string,
    options?: {
      jobs?: number;
      keepGoing?: boolean;
      force?: string[];
      only?: string[];
      from?: string[];
      signal?: AbortSignal;
      now?: () => number;
      workers?: Workers;
    },
  ): Promise<RunResult & { events: RunEvent[]; told: string }>;
  close(): void;
}

const ref = z.string();

/**
 * `make: {value, leaves}` leaves a dataset; `pass: {data, value, leaves}` reads one. `leaves` decides the bytes,
 * `value` only the fingerprint.
 */
export function toys(): Toys {
  const folder = mkdtempSync(join(tmpdir(), "hw1-toy-"));
  const store = openStore(folder);
  const begun: string[] = [];
  const gates = new Map<string, { promise: Promise<void>; open: () => void }>();
  const waiting = new Map<string, () => void>();
  const versions = new Map<string, string>();
  const versionOf = (name: string): string | null => versions.get(name) ?? installedVersion(name);
  const actions = new Map<string, () => void>();
  const output = (leaves: string, more: JsonObject = {}): Output =>
    looseOutput(
      "dataset",
      {
        count: 4,
        shape: [1],
        classes: null,
        scale: 1,
        featureNames: ["x"],
        targetNames: ["y"],
        split: "train",
        leaves,
        ...more,
      },
      {
        features: blobOf("float32", [4, 1], Float32Array.of(1, 2, 3, 4)),
        labels: blobOf("float32", [4, 1], Float32Array.of(1, 2, 3, 4)),
      },
    );
  async function work(value: string, leaves: string, stopping: () => boolean): Promise<Record<string, Output>> {
    begun.push(value);
    waiting.get(value)?.();
    actions.get(value)?.();
    await gates.get(value)?.promise;
    if (stopping()) throw new InterruptedError();
    if (value.startsWith("bad"))
      throw new MistakeError({ title: "bad value", message: `\`${value}\` is bad.`, at: ["value"] });
    if (value.startsWith("bug")) throw new TypeError("a bug");
    return { data: output(leaves === "" ? value : leaves) };
  }
  const options = { value: z.string().describe("v"), leaves: z.string().default("").describe("l") };
  const make: Kind<{ value: string; leaves: string }> = {
    name: "make",
    version: 1,
    summary: "toy",
    schema: z.strictObject(options),
    optionNames: ["value", "leaves"],
    inputs: [],
    usesEngine: false,
    drawsRandomNumbers: false,
    check: () => ({ data: { type: "dataset", shape: [1], classes: null, count: 4 } }),
    run: ({ options: { value, leaves }, stopping }) => work(value, leaves, stopping),
  };
  const pass: Kind<{ value: string; leaves: string }> = {
    ...make,
    name: "pass",
    schema: z.strictObject({ ...options, data: ref.describe("d"), more: ref.optional().describe("m") }) as never,
    optionNames: ["value", "leaves", "data", "more"],
    inputs: [
      { option: "data", accepts: ["dataset"], description: "d" },
      { option: "more", accepts: ["dataset"], optional: true, description: "m" },
    ],
  };
  const part: Kind<{ k: number }> = {
    name: "part",
    version: 1,
    summary: "toy",
    schema: z.strictObject({ data: ref.describe("d"), k: z.number().describe("k") }) as never,
    optionNames: ["data", "k"],
    inputs: [{ option: "data", accepts: ["dataset"], description: "d" }],
    usesEngine: false,
    drawsRandomNumbers: false,
    elements: ({ k }) => ({ keys: Array.from({ length: k }, (_, index) => String(index + 1)), of: "folds" }),
    check: () => {
      const port = { type: "dataset", shape: [1], classes: null, count: 2 } as const;
      return { folds: { ...port, type: "folds" }, train: port, validation: port };
    },
    run: async ({ inputs }) => {
      const { features, labels } = inputs.data!.blobs as { features: never; labels: never };
      return {
        folds: {
          type: "folds",
          data: { ...outputOf(inputs.data, "dataset").data, k: 2 },
          blobs: {
            features,
            labels,
            rows: blobOf("int32", [4], Int32Array.of(0, 1, 2, 3)),
            assignment: blobOf("int32", [4], Int32Array.of(1, 2, 1, 2)),
          },
        },
      };
    },
  };
  /** Leaves a model whose validation loss is `a + b / epochs + fold / 10`; goes on from what a shorter one left. */
  const fit: Kind<{ data: string; a: number; b: number; epochs: number; bad: readonly number[] }> = {
    name: "fit",
    version: 1,
    summary: "toy",
    schema: z.strictObject({
      data: ref.describe("d"),
      a: z.number().describe("a"),
      b: z.number().default(0).describe("b"),
      epochs: z.number().default(1).describe("e"),
      bad: z.array(z.number()).default([]).describe("values of a that fail; with a minus sign already at check time"),
    }) as never,
    optionNames: ["data", "a", "b", "epochs", "bad"],
    inputs: [{ option: "data", accepts: ["dataset"], description: "d" }],
    usesEngine: false,
    drawsRandomNumbers: true,
    decides: "training",
    check({ options: { a, bad }, report }) {
      if (bad.includes(-a)) report({ title: "no such number", message: `\`a\` is ${a}.`, at: ["a"] });
      return { model: { type: "model", metrics: ["validation.loss"] } };
    },
    prefix: ({ epochs, ...family }) => ({ family: family as never, length: epochs }),
    lengthOption: { option: "epochs", whole: () => ({ title: "whole", message: "no beginning" }) },
    async run({ options: { a, b, epochs, bad }, seeds, checkpoints, measured }) {
      begun.push(`${a}-${b}-${epochs}${seeds.folds.map((fold) => `/${fold}`).join("")}`);
      if (bad.includes(a)) throw new MistakeError({ title: "no number", message: `\`a\` is ${a}.`, at: ["a"] });
      const last = checkpoints.latest()?.state;
      const from = last ? Number(jsonOf(last).epoch) : 0;
      trained.epochs += epochs - from;
      const loss = a + b / epochs + Number(seeds.folds.at(-1) ?? 0) / 10;
      const state = looseOutput("model", { epoch: epochs });
      checkpoints.save({ state }, epochs);
      measured?.({ stepRate: epochs, productRate: 100, threads: 1 });
      return {
        model: looseOutput("model", {
          metrics: { validation: { loss } },
          parameters: [{ shape: [a], trained: true }],
          loss,
        }),
      };
    },
  };
  let theirs: Store | undefined;
  const workers: Toys["workers"] = (failing) => {
    theirs ??= openStore(folder);
    const itsStore = theirs;
    const calls: (readonly string[])[] = [];
    let dismissed = 0;
    return {
      calls,
      dismissed: () => dismissed,
      async run(requests, hooks) {
        const labels = requests.map(({ options, folds }) => [options.value ?? options.a, ...folds].join("/"));
        calls.push(labels);
        const found = labels.map((label) => failing(label, labels));
        const whole = found.find((error) => error instanceof WorkerLostError || error instanceof EnvironmentError);
        if (whole) throw whole;
        const ready = requests.filter((_, index) => !found[index]);
        const done =
          ready.length === 0 ? [] : await executeSteps(ready, kinds, itsStore, { ...hooks, stopping: () => false });
        let next = 0;
        return found.map((error) => error ?? done[next++]!);
      },
      stop: () => undefined,
      dismissIdle: async () => void dismissed++,
    };
  };
  const compute = { ...make, name: "compute", usesEngine: true };
  /** Reads every byte of what it is given: `data`, and all of `all`, elements gathered. */
  const view: Kind<{ value: string }> = {
    name: "view",
    version: 1,
    summary: "toy",
    schema: z.strictObject({
      value: z.string().describe("v"),
      data: ref.optional().describe("d"),
      all: z
        .union([ref, z.array(ref)])
        .optional()
        .describe("a"),
    }) as never,
    optionNames: ["value", "data", "all"],
    inputs: [
      { option: "data", accepts: ["dataset", "folds"], optional: true, description: "d" },
      { option: "all", accepts: ["dataset"], optional: true, many: true, description: "a" },
    ],
    usesEngine: false,
    drawsRandomNumbers: false,
    check: () => ({ data: { type: "dataset", shape: [1], classes: null, count: 4 } }),
    async run({ options: { value }, inputs, lists, stopping }) {
      await work(value, "", stopping);
      const given = [
        ...Object.values(inputs),
        ...Object.values(lists).flatMap((list) => list.map((item) => item.value)),
      ];
      const read = given.map(({ blobs }) => Object.values(blobs).map((blob) => blob.bytes().length));
      return { data: output(value, { read }) };
    },
  };
  /** The same in a worker. */
  const inspect = { ...view, name: "inspect", usesEngine: true };
  /** As `fit`, in a worker, and better together. */
  const learn: Kind<never> = {
    ...(fit as unknown as Kind<never>),
    name: "learn",
    usesEngine: true,
    goTogether: () => true,
    runTogether: (contexts) =>
      Promise.all(contexts.map((context) => fit.run(context as never).catch((error: Error) => error))),
  };
  const draw = { ...make, name: "draw", renderer };
  /** Reads pictures of a kind that its value names. */
  const decode: typeof make = {
    ...make,
    name: "decode",
    decoders: ({ value }) => (value === "png" ? ["pngjs"] : ["pngjs", "jpeg-js"]),
  };
  /** Leaves a dataset made of what a file holds. */
  const read: Kind<{ value: string; path: string }> = {
    name: "read",
    version: 1,
    summary: "toy",
    inputs: [],
    usesEngine: false,
    drawsRandomNumbers: false,
    check: () => ({ data: { type: "dataset", shape: [1], classes: null, count: 4 } }),
    schema: z.strictObject({ value: z.string().describe("v"), path: z.string().describe("p") }) as never,
    optionNames: ["value", "path"],
    files: ({ path }, at) => [{ option: ["path"], digest: digestFile(at, path) }],
    async run({ options: { value, path }, folder: at, files, stopping }) {
      await work(value, "", stopping);
      return { data: output(new TextDecoder().decode(readFile(at, path, judgedFile(files, "path")))) };
    },
  };
  /** Leaves a test set. */
  const exam: typeof make = {
    ...make,
    name: "exam",
    check: () => ({ data: { type: "dataset", shape: [1], classes: null, count: 4, split: "test" } }),
    run: async ({ options: { value } }) => ({ data: output(value, { split: "test" }) }),
  };
  /** Judges a model by examples; on a test set it opens that. */
  const judge: Kind<{ value: string; loss: number }> = {
    name: "judge",
    version: 1,
    summary: "toy",
    usesEngine: false,
    drawsRandomNumbers: false,
    schema: z.strictObject({ value: z.string(), model: ref, data: ref, loss: z.number().default(1) }) as never,
    optionNames: ["value", "model", "data", "loss"],
    inputs: [
      { option: "model", accepts: ["model"], description: "m" },
      { option: "data", accepts: ["dataset"], description: "d" },
    ],
    judges: { model: "model", data: "data" },
    // A search takes predictions from an evaluation; a toy has none.
    check: () => ({ out: { type: "model", metrics: ["loss"] } }),
    async run({ options: { value, loss }, stopping }) {
      await work(value, "", stopping);
      return { out: looseOutput("model", { metrics: { loss }, parameters: [], loss, value }) };
    },
  };
  const trained = { epochs: 0 };
  const kinds = {
    make,
    pass,
    compute,
    draw,
    decode,
    read,
    part,
    view,
    inspect,
    fit,
    exam,
    judge,
    learn,
    search,
    select,
  } as unknown as Kinds;
  const pipelineOf = (text: string): Parameters<typeof planRun>[0] => {
    const document = readText(
      "toy.yaml",
      `name: toy\nstages:\n${text.replace(/^\s*\n|\s+$/g, "").replace(/^ {4}/gm, "  ")}\n`,
    );
    const checked = document.ok ? checkPipeline(document.value, kinds) : document;
    if (!checked.ok) throw new Error(checked.diagnostics.map((diagnostic) => diagnostic.message).join("\n"));
    return checked.value;
  };
  return {
    kinds,
    store,
    begun,
    trained,
    hold(value) {
      let open = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        open = resolve;
      });
      gates.set(value, { promise, open });
    },
    workers,
    versions,
    meanwhile: (value, action) => void actions.set(value, action),
    open: (value) => gates.get(value)?.open(),
    reached: (value) =>
      begun.includes(value) ? Promise.resolve() : new Promise((resolve) => waiting.set(value, resolve)),
    plan: (text) => planRun(pipelineOf(text), kinds, store, { engine: "onnx", versionOf }),
    async run(
      text,
      { jobs = 2, keepGoing = false, signal = new AbortController().signal, workers, now = Date.now, ...choice } = {},
    ) {
      begun.length = 0;
      const events: RunEvent[] = [];
      const planned = planRun(pipelineOf(text), kinds, store, { engine: "onnx", versionOf, ...choice });
      const result = await runPlan(planned, kinds, store, {
        engine: "onnx",
        versionOf,
        ...choice,
        jobs,
        keepGoing,
        signal,
        emit: (event) => void events.push(event),
        now,
        workers: workers ?? null,
      });
      const told = planned.steps
        .map(({ stage, element }) => {
          const step = events.find(
            (event) => event.event === "step" && event.stage === stage.name && event.element === element,
          ) as Extract<RunEvent, { event: "step" }>;
          const success = step.verdict === "reuse" ? "reused" : `ran: ${step.reason}`;
          const failure = `${step.status}${step.status === "skipped" ? `: ${step.reason}` : ""}`;
          const word = step.status === "ok" ? success : failure;
          return `${element === null ? stage.name : `${stage.name}/${element}`} ${word}`;
        })
        .join("\n");
      return { ...result, events, told };
    },
    close() {
      store.close();
      theirs?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

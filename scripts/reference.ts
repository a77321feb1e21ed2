/**
 * Kinds → docs/reference.md: the language of pipeline files, and every option of every kind.
 *
 * The text of the page is `reference.template.md`, with a `{{name}}` where a table goes. Tables are made from the same
 * schemas that check a file, so the page cannot say anything else than `hw1 check` does. Options of options get tables
 * of their own, after that of the kind, under their dotted names.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformNames } from "../src/augment/transforms.js";
import { warnings } from "../src/diagnostic/warnings.js";
import { type InputPort, type Kind, type Kinds, mayDrawRandomNumbers } from "../src/pipeline/kind.js";
import { limitInWords, limitNames, limits } from "../src/pipeline/limits.js";
import { constantsOf, forms, inWords, type OptionSchema, optionSchema } from "../src/pipeline/option-schema.js";
import { listed } from "../src/util/words.js";
import { withArticle } from "../src/values/output.js";

const template = join(import.meta.dirname, "reference.template.md");

export function referencePage(kinds: Kinds): string {
  const rows = Object.values(kinds) as Kind<unknown>[];
  const parts: Readonly<Record<string, string>> = {
    warnings: table(
      ["name", "what it is"],
      Object.entries(warnings).map(([name, text]) => [code(name), text]),
    ),
    limits: table(
      ["limit", "at most", "what it bounds"],
      limitNames.map((name) => [code(name), limitInWords(name), limits[name].bounds]),
    ),
    kinds: table(
      ["kind", "what it does"],
      rows.map(({ name, summary }) => [`[${code(name)}](#${name})`, summary]),
    ),
    "a section for each kind": rows.map(kindSection).join("\n\n"),
  };
  return readFileSync(template, "utf8").replace(/\{\{(.+?)\}\}/g, (place, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`reference.template.md has ${place}, of which nothing is known`);
    return part;
  });
}

function kindSection(kind: Kind<unknown>): string {
  const parts = [
    `## ${kind.name}`,
    kind.summary,
    table(
      ["input", "takes", "what it is"],
      kind.inputs.map(({ option, accepts, optional, description }) => [
        code(option),
        `${accepts.join(", ")}${optional ? " (optional)" : ""}`,
        descriptionOf({ description }).text,
      ]),
    ),
    table(
      ["output", "what it is"],
      Object.entries(kind.outputs ?? {}).map(([name, text]) => [code(name), text]),
    ),
  ];
  const options = forms(optionSchema(kind));
  for (const form of options) {
    if (options.length > 1 && Object.keys(constantsOf(form)).length > 0) parts.push(...formHead(kind, form));
    parts.push(...optionTables(form, kind));
  }
  if (kind.example) parts.push("Example:", `\`\`\`yaml\n${kind.example.trim()}\n\`\`\``);
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Of one of several forms that the options of a kind may have: what decides it, and what that says. */
function formHead(kind: Kind<unknown>, form: OptionSchema): string[] {
  const chosen = Object.entries(constantsOf(form));
  const values = chosen.map(([, value]) => String(value));
  return [
    `### ${chosen.map(([option, value]) => code(`${option}: ${String(value)}`)).join(", ")}`,
    cell(chosen.map(([option]) => form.properties![option]!.description ?? "").join(" ")),
    ...values.map((value) => (kind.forms?.[value]?.hasPicture ? `![${value}](${picturePath(value)})` : "")),
  ];
}
export const transformPicture = (name: string): string => `transform-${name}`;
/** From the folder of the page. */
export const picturePath = (value: string): string => `figures/${value}.svg`;

/** The options of a kind, then those of the maps inside it; maps with the same options share a table. */
function optionTables(form: OptionSchema, kind: Kind<unknown>): string[] {
  const own = Object.entries(form.properties ?? {})
    .filter(([, option]) => option.const === undefined)
    .map(([name, option]) => {
      const input = inputOf(name, form, kind);
      const owner = input && !input.optional ? { ...form, required: [name] } : form;
      return row(name, option, owner, input ? stageInWords(input) : typeInWords(option));
    });
  if (mayDrawRandomNumbers(kind, constantsOf(form)))
    own.push([code("seed"), "a whole number from 0", "the pipeline's", "Where this stage's random numbers begin."]);
  const inner = new Map<string, string[]>();
  const collect = (map: OptionSchema, prefix: string, above: readonly OptionSchema[] = []): void => {
    for (const [name, option] of Object.entries(map.properties ?? {}))
      for (const child of mapsIn(option)) {
        // What holds itself is told once.
        if (above.includes(child)) continue;
        const path = prefix + name;
        const rows = Object.entries(child.properties ?? {}).map(([key, value]) => row(key, value, child));
        const body = table(optionHead, rows);
        inner.set(body, [...(inner.get(body) ?? []), code(path)]);
        collect(child, `${path}.`, [...above, child]);
      }
  };
  collect(form, "");
  return [table(optionHead, own), ...[...inner].flatMap(([body, paths]) => innerTable(body, paths, kind))];
}
/** A transform has its picture after its options. */
function innerTable(body: string, paths: readonly string[], { name }: Kind<unknown>): readonly string[] {
  const pictures = transformNames
    .filter((transform) => name === "augment" && paths.includes(code(`transforms.${transform}`)))
    .map((transform) => `![${transform}](${picturePath(transformPicture(transform))})`);
  return [`Options of ${listed(paths)}:\n\n${body}`, ...pictures];
}
/** Where an option names a stage: what it takes, by the form of the options where that decides it. */
function inputOf(option: string, form: OptionSchema, kind: Kind<unknown>): Partial<InputPort> | undefined {
  const [value] = Object.values(constantsOf(form));
  const known = kind.forms?.[String(value)]?.inputs.find((input) => input.option === option);
  return known ?? (kind.inputs.some((input) => input.option === option) ? { optional: true } : undefined);
}
function stageInWords({ accepts, many }: Partial<InputPort>): string {
  if (!accepts) return "the name of a stage";
  const types = listed(accepts.map(withArticle), "or");
  return many ? `${types}; or several` : types;
}
const optionHead = ["option", "type", "default", "what it is"];

/** Maps with options of their own that an option may hold, itself or as items of its list. */
function mapsIn(option: OptionSchema): readonly OptionSchema[] {
  return forms(option).flatMap((form) => {
    if (form.items && !Array.isArray(form.items)) return mapsIn(form.items as OptionSchema);
    return form.properties && Object.keys(form.properties).length > 0 ? [form] : [];
  });
}

function row(name: string, option: OptionSchema, owner: OptionSchema, type = typeInWords(option)): string[] {
  const { text, byDefault } = descriptionOf(option);
  const missing = owner.required?.includes(name) ? "required" : "none";
  const value =
    option.default === undefined
      ? (byDefault ?? missing)
      : code(JSON.stringify(option.default).replace(/^"(.*)"$/, "$1"));
  return [code(name), type, value, text];
}

/** "… Default: the window's size." has a column of its own. */
function descriptionOf({ description: whole = "" }: OptionSchema): {
  readonly text: string;
  readonly byDefault: string | undefined;
} {
  const found = /\s*Default: ([\s\S]*?)\.?$/.exec(whole);
  return found ? { text: whole.slice(0, found.index), byDefault: found[1] } : { text: whole, byDefault: undefined };
}

/** Maps are told in tables of their own, so here they are only named. */
function typeInWords(option: OptionSchema): string {
  const words = forms(option).flatMap((form) => {
    if (form.enum) return form.enum.map((value) => code(String(value)));
    if (form.type === "object") return "a map";
    return form.items && !Array.isArray(form.items) && mapsIn(form).length > 0
      ? `a list, each item ${typeInWords(form.items as OptionSchema)}`
      : inWords(form);
  });
  return listed([...new Set(words)], "or");
}

/** Nothing where there is no row. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** One line, and no bar that would end the cell. */
const cell = (text: string): string => text.replace(/\s*\n\s*/g, " ").replaceAll("|", "\\|");
const code = (text: string): string => `\`${text}\``;

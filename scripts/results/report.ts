/** The student report's own numbers, `docs/results/report.json`: what each row of ours stands beside. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resultsFolder } from "./extract.js";

export interface ReportRow {
  /** Of the requirement that asks for it, with what of it where it has several. */
  readonly id: string;
  readonly what: string;
  readonly says: string;
  readonly value?: number;
}
type Rounded = { readonly precision?: string; readonly recall?: string; readonly f1: string };
export interface Report {
  readonly rows: readonly ReportRow[];
  /** Figure 11: [true][predicted]. */
  readonly confusion: readonly (readonly number[])[];
  /** Figure 12. */
  readonly classes: Readonly<Record<string, Required<Rounded> & { readonly support: number }>>;
  readonly overall: Readonly<Record<"accuracy" | "macro" | "weighted", Rounded>>;
}

export const readReport = (): Report => JSON.parse(readFileSync(join(resultsFolder, "report.json"), "utf8")) as Report;

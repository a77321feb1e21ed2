/**
 * Writes one page with every figure and every screen as it is now, beside the accepted ones; what differs comes first.
 *
 *   npm run gallery
 *
 * Accepted are the pictures of the reference page (docs/figures) and the texts in test/gallery/screens, which tests hold:
 * `npx vitest run test/gallery -u` accepts what this page shows.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { acceptedScreens, screens } from "../test/gallery/screens.js";
import { pictures } from "./figure-pictures.js";

const root = join(import.meta.dirname, "..");
const page = join(root, "gallery", "index.html");

interface Entry {
  readonly name: string;
  /** Where the accepted one lies. */
  readonly path: string;
  readonly accepted: string | undefined;
  readonly current: string;
  readonly isFigure: boolean;
}

const entry = (name: string, path: string, current: string): Entry => ({
  name,
  path: relative(root, path),
  accepted: existsSync(path) ? readFileSync(path, "utf8") : undefined,
  current,
  isFigure: path.endsWith(".svg"),
});
const entries: readonly Entry[] = [
  ...Object.entries(await pictures()).map(([path, svg]) =>
    entry(path.replace(/^figures\/|\.svg$/g, ""), join(root, "docs", path), svg),
  ),
  ...screens.map(({ name, text }) => entry(name, join(acceptedScreens, `${name}.txt`), text())),
];
const differs = ({ accepted, current }: Entry): boolean => accepted !== current;
const differing = entries.filter(differs);

const htmlOf = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** An SVG as an image of its own: ids of one must not mean those of another. */
function shown(text: string | undefined, isFigure: boolean): string {
  if (text === undefined) return "<p>none yet</p>";
  if (!isFigure) return `<pre>${htmlOf(text)}</pre>`;
  return `<img alt="" src="data:image/svg+xml;base64,${Buffer.from(text).toString("base64")}">`;
}

function section(one: Entry): string {
  const mark = differs(one) ? " <strong>differs</strong>" : "";
  return `<section id="${htmlOf(one.name)}" class="${differs(one) ? "differs" : "same"}">
<h2>${htmlOf(one.name)}${mark} <small>${htmlOf(one.path)}</small></h2>
<div><h3>accepted</h3>${shown(one.accepted, one.isFigure)}</div>
<div><h3>now</h3>${shown(one.current, one.isFigure)}</div>
</section>`;
}

const count =
  differing.length === 0
    ? `All ${entries.length} are as accepted.`
    : `${differing.length} of ${entries.length} differ from the accepted ones.`;
const links = entries.map(({ name }) => `<a href="#${htmlOf(name)}">${htmlOf(name)}</a>`).join(" ");

const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>hw1: figures and screens</title>
<style>
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #1c2128; }
  nav { columns: 14rem; font-size: 13px; }
  nav a { display: block; }
  section { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5rem; border-top: 1px solid #c3c8d0; padding: 1rem 0; }
  section > h2 { grid-column: 1 / -1; margin: 0; font-size: 1.1rem; }
  section > div { min-width: 0; overflow-x: auto; }
  .differs > h2 strong { color: #fff; background: #a3320b; border-radius: 3px; padding: 0 0.4em; font-size: 0.8em; }
  .differs > div:last-child { box-shadow: -4px 0 #a3320b; padding-left: 0.8rem; }
  h3 { font-size: 12px; font-weight: normal; color: #5c6470; margin: 0.4rem 0; }
  small { font-weight: normal; color: #5c6470; }
  img { max-width: 100%; background: #fff; }
  pre { font: 11.5px/1.25 "DejaVu Sans Mono", monospace; background: #f4f6f8; padding: 0.7rem; margin: 0; }
</style>
<h1>Figures and screens</h1>
<p>${count} <code>npx vitest run test/gallery -u</code> accepts what is on the right.</p>
<nav>${links}</nav>
${[...differing, ...entries.filter((one) => !differs(one))].map(section).join("\n")}
</html>
`;
mkdirSync(join(root, "gallery"), { recursive: true });
writeFileSync(page, html);
process.stdout.write(`${count}\n${page}\n`);

/**
 * How fast pictures are read, and in how much memory: `npm run bench:pictures`.
 *
 *   npx tsx bench/pictures.ts [--photos 500]
 *
 * By the command itself, from its start to its end, each in a fresh cache: 2,500 and 10,000 PNG files of 28 × 28 (the
 * test images of MNIST), and photographs of 500 × 375 made of waves and noise, as JPEG and as PNG, that are resized to
 * 64 × 64. Seconds are of the clock on the wall, memory is the most that the process had (Linux).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { encode } from "jpeg-js";
import { PNG } from "pngjs";
import { loadMnist } from "../src/stages/load-mnist.js";
import { decodersHere } from "../src/stages/picture-decode.js";
import { featuresOf, int32Of } from "../src/values/blob.js";

const { values } = parseArgs({ options: { photos: { type: "string", default: "500" } } });
const folder = mkdtempSync(join(tmpdir(), "hw1-pictures-"));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function write(set: string, className: string, name: string, bytes: Uint8Array): void {
  const where = join(folder, set, className);
  mkdirSync(where, { recursive: true });
  writeFileSync(join(where, name), bytes);
}
function writeDigits(count: number): void {
  const { test } = loadMnist();
  const [pixels, labels] = [featuresOf(test.blobs.features!), int32Of(test.blobs.labels!)];
  for (let index = 0; index < count; index++) {
    const png = new PNG({ width: 28, height: 28 });
    for (let at = 0; at < 784; at++) png.data.fill(pixels[index * 784 + at]!, 4 * at, 4 * at + 3).fill(255, 4 * at + 3);
    write(`digits${count}`, String(labels[index]), `${index}.png`, PNG.sync.write(png, { colorType: 0 }));
  }
}
/** Waves of a frequency of their own, and noise. */
function photo(index: number): { readonly width: number; readonly height: number; readonly data: Buffer } {
  const [width, height] = [500, 375];
  const data = Buffer.alloc(width * height * 4, 255);
  let noise = index + 1;
  for (let at = 0; at < width * height; at++)
    for (let channel = 0; channel < 3; channel++) {
      noise = (noise * 1103515245 + 12345) % 2147483648;
      const wave = Math.sin(((at % width) * (1 + (index % 7))) / 40 + channel) + Math.cos(at / width / (9 + channel));
      data[4 * at + channel] = 128 + 50 * wave + (noise / 2147483648) * 20;
    }
  return { width, height, data };
}
function writePhotos(count: number): void {
  for (let index = 0; index < count; index++) {
    const { width, height, data } = photo(index);
    const [className, name] = [index % 2 ? "even" : "odd", String(index)];
    write("jpeg", className, `${name}.jpg`, encode({ width, height, data }, 85).data);
    if (index >= count / 5) continue;
    const png = new PNG({ width, height });
    png.data.set(data);
    write("png", className, `${name}.png`, PNG.sync.write(png, { colorType: 2 }));
  }
}
function measure(what: string, set: string, more: string): void {
  const file = join(folder, `${set}.yaml`);
  writeFileSync(file, `stages:\n  pictures: {kind: load, source: images, train: ${set}${more}}\n`);
  const at = performance.now();
  // `resourceUsage().maxRSS` counts what the parent had when it started the process.
  const hook =
    `process.on("exit",()=>{const fs=require("fs");` +
    `fs.writeSync(2,"peak "+/VmHWM:\\s*(\\d+)/.exec(fs.readFileSync("/proc/self/status","utf8"))[1]+"\\n")})`;
  const { stderr, status } = spawnSync(
    process.execPath,
    [
      ...[
        "--import",
        `data:text/javascript,import{createRequire}from"module";const require=createRequire("/");${hook}`,
      ],
      ...[
        join(import.meta.dirname, "..", "bin", "hw1.js"),
        "run",
        file,
        "--plain",
        "--cache",
        join(folder, `c-${set}`),
      ],
    ],
    { encoding: "utf8" },
  );
  const seconds = (performance.now() - at) / 1000;
  const peaks = [...stderr.matchAll(/peak (\d+)/g)].map(([, peak]) => Number(peak) / 1024);
  if (status !== 0) throw new Error(stderr);
  say(
    `  ${what.padEnd(52)} ${seconds.toFixed(1).padStart(6)} s  ${Math.max(...peaks)
      .toFixed(0)
      .padStart(5)} MB`,
  );
}

try {
  const photos = Number(values.photos);
  say(`Pictures read by ${decodersHere().join(" and ")}, Node ${process.versions.node}`);
  for (const count of [2500, 10_000]) {
    writeDigits(count);
    measure(`${count.toLocaleString("en")} PNG of 28 × 28`, `digits${count}`, "");
  }
  writePhotos(photos);
  measure(`${photos} JPEG of 500 × 375, resized to 64 × 64`, "jpeg", ", resize: 64");
  measure(`${Math.ceil(photos / 5)} PNG of 500 × 375, resized to 64 × 64`, "png", ", resize: 64");
} finally {
  rmSync(folder, { recursive: true });
}

/** Files, or folders, that the options of a `load` name, each with its place there: what is hashed, pinned and read. */
import { csvFiles } from "./csv-options.js";
import { imageParts } from "./load-images.js";
import { npyParts } from "./load-npy.js";
import type { LoadOptions } from "./load-options.js";
import { npyFiles } from "./npy-arrays.js";
import type { NamedFile } from "./pinned.js";

export function namedFiles(options: LoadOptions): readonly NamedFile[] {
  switch (options.source) {
    case "idx":
      return (["train", "test"] as const).flatMap((part) => {
        const pair = options[part];
        if (!pair) return [];
        return (["images", "labels"] as const).map((what) => ({ path: pair[what], option: [part, what] }));
      });
    case "npy":
      return npyParts(options).flatMap(([name, part]) => npyFiles(name, part));
    case "csv":
      return csvFiles(options).map(({ path, option }) => ({ path, option: [option] }));
    case "images":
      return imageParts.flatMap((part) => {
        const path = options[part];
        return path === undefined ? [] : [{ path, option: [part] }];
      });
    case "mnist":
    case "synthetic":
      return [];
  }
}

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { explainLoading, machine, nativeProblem, nativeVersion, shipped } from "../../src/engine/native.js";

const debian = { platform: "linux", arch: "x64", glibc: "2.17" };
const alpine = { platform: "linux", arch: "x64", glibc: null };
const reinstall = "\nRemove node_modules/onnxruntime-node and run `npm ci` where hw1 is installed.";

test("ONNX Runtime loads here, and this machine is known", () => {
  expect(nativeProblem()).toBeNull();
  expect(nativeVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(machine()).toMatchObject({ platform: process.platform, arch: process.arch });
});

test.each([
  [
    "/app/bin/libonnxruntime.so.1: /lib64/libc.so.6: version `GLIBC_2.28' not found (required by /app/bin/libonnxruntime.so.1)",
    debian,
    "ONNX Runtime cannot be loaded on linux-x64: its binary needs glibc 2.28 or newer, and here is 2.17.\nRun hw1 on a newer Linux (a container will do); glibc cannot be updated on its own.",
  ],
  [
    "/lib/libstdc++.so.6: version `GLIBCXX_3.4.26' not found (required by /app/bin/libonnxruntime.so.1)",
    debian,
    "ONNX Runtime cannot be loaded on linux-x64: its binary needs a newer libstdc++ (GLIBCXX_3.4.26).\nUpdate libstdc++ (Debian and Ubuntu: the package libstdc++6), or run hw1 on a newer Linux.",
  ],
  [
    "Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/bin/libonnxruntime.so.1)",
    alpine,
    "ONNX Runtime cannot be loaded on linux-x64: its binary needs glibc, and the C library here is another (musl, as in Alpine): Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /app/bin/libonnxruntime.so.1).\nRun hw1 on a Linux with glibc, such as Debian, Ubuntu or Fedora (as an image: node:22-slim).",
  ],
  [
    "libstdc++.so.6: cannot open shared object file: No such file or directory",
    debian,
    "ONNX Runtime cannot be loaded on linux-x64: the system's library libstdc++.so.6 is missing.\nInstall the system's package that has libstdc++.so.6.",
  ],
  [
    "libonnxruntime.so.1: cannot open shared object file: No such file or directory",
    debian,
    `ONNX Runtime cannot be loaded on linux-x64: libonnxruntime.so.1: cannot open shared object file: No such file or directory.${reinstall}`,
  ],
  [
    "dlopen(/app/libonnxruntime.1.dylib, 0x0001): tried: '/app/libonnxruntime.1.dylib' (truncated mach-o error)",
    { platform: "darwin", arch: "arm64", glibc: null },
    `ONNX Runtime cannot be loaded on darwin-arm64: dlopen(/app/libonnxruntime.1.dylib, 0x0001): tried: '/app/libonnxruntime.1.dylib' (truncated mach-o error).${reinstall}`,
  ],
  [
    "The specified module could not be found.\n\\\\?\\C:\\hw1\\onnxruntime_binding.node",
    { platform: "win32", arch: "x64", glibc: null },
    "ONNX Runtime cannot be loaded on win32-x64: a library that it needs is missing: The specified module could not be found.\nInstall the Microsoft Visual C++ Redistributable of 2019 or newer.",
  ],
])("the loader's words are explained: %s", (message, where, told) => {
  expect(explainLoading(message, where)).toBe(told);
});

test("a machine that has no binary is told which have one", () => {
  const real = Object.getOwnPropertyDescriptor(process, "arch")!;
  try {
    Object.defineProperty(process, "arch", { ...real, value: "mips" });
    expect(nativeProblem()).toBe(
      `ONNX Runtime cannot be loaded on ${process.platform}-mips: onnxruntime-node has no binary for it, only for darwin-arm64, linux-arm64, linux-x64, win32-arm64, win32-x64.\nRun hw1 on one of those (a container will do), or add @tensorflow/tfjs-node and use \`--engine tensorflow\`.`,
    );
  } finally {
    Object.defineProperty(process, "arch", real);
  }
});

test("the machines that have a binary are those that the package holds", () => {
  const bin = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")), "bin");
  const held = readdirSync(bin).flatMap((version) =>
    readdirSync(join(bin, version)).flatMap((platform) =>
      readdirSync(join(bin, version, platform)).map((arch) => `${platform}-${arch}`),
    ),
  );
  expect(held.sort()).toEqual([...shipped].sort());
});

test.runIf(process.platform === "linux")(
  "ONNX Runtime does not report its use: it leaves no log and no session of that",
  () => {
    const left = (telemetry: Readonly<Record<string, string>>): readonly string[] => {
      const folder = mkdtempSync(join(tmpdir(), "hw1-native-"));
      const { status, stderr } = spawnSync(
        process.execPath,
        ["--import", "tsx", "-e", "import('./src/engine/session.ts').then(({ startRuntime }) => startRuntime())"],
        {
          cwd: join(import.meta.dirname, "..", ".."),
          // Nothing else of the environment: where CI, GITHUB_ACTIONS and the like are set, ONNX Runtime keeps silent by itself.
          env: { PATH: process.env.PATH, TMPDIR: folder, ...telemetry },
          encoding: "utf8",
        },
      );
      expect(status, stderr).toBe(0);
      const found = readdirSync(folder).filter((name) => name.startsWith("mat-debug") || name.endsWith(".ses"));
      rmSync(folder, { recursive: true });
      return found;
    };
    expect(left({})).toEqual([]);
    // It would, where somebody asks for it.
    expect(left({ ORT_DISABLE_TELEMETRY: "0" })).not.toEqual([]);
  },
);

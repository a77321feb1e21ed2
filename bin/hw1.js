#!/usr/bin/env node
import module from "node:module";

// From Node 22.8 on, compiled code is kept in the system's folder for temporary files, and a start takes four fifths of
// the time. NODE_DISABLE_COMPILE_CACHE=1 leaves that out.
module.enableCompileCache?.();
await import("../dist/cli.js");

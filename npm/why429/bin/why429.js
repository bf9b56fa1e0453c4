#!/usr/bin/env node
// Runs the why429 of this machine: the binary that one of the optional packages carries.
"use strict";

const { spawnSync } = require("node:child_process");
const path = require("node:path");

/** Whether this Linux has musl in place of glibc. */
function isMusl() {
  const header = process.report && process.report.getReport().header;
  return !(header && header.glibcVersionRuntime);
}

function packageName() {
  const libc = process.platform !== "linux" ? "" : isMusl() ? "-musl" : "-gnu";
  return `@why429/${process.platform}-${process.arch}${libc}`;
}

function binary() {
  const name = packageName();
  const file = process.platform === "win32" ? "why429.exe" : "why429";
  try {
    return path.join(path.dirname(require.resolve(`${name}/package.json`)), "bin", file);
  } catch {
    console.error(
      `why429: the package ${name} is missing. Either there is none for this machine, or it was installed with ` +
        "--omit=optional, or with a lock file of another machine: install again without it. `pipx install why429` " +
        "and `cargo install why429` are other ways."
    );
    process.exit(1);
  }
}

const run = spawnSync(binary(), process.argv.slice(2), { stdio: "inherit" });
if (run.error) {
  console.error(`why429: ${run.error.message}`);
  process.exit(1);
}
if (run.signal) {
  process.kill(process.pid, run.signal);
}
process.exit(run.status === null ? 1 : run.status);

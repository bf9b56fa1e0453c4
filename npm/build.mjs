#!/usr/bin/env node
// Makes npm packages: `node npm/build.mjs OUT launcher`, or `node npm/build.mjs OUT TARGET BINARY`.
//
// The launcher names every target's package as an optional dependency of its own version; npm installs the one whose os,
// cpu and libc fit. The version is Cargo.toml's.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const [out, target, binary] = process.argv.slice(2);
const targets = JSON.parse(readFileSync(join(here, "targets.json"), "utf8"));
const version = /^version = "([^"]+)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
const launcher = JSON.parse(readFileSync(join(here, "why429/package.json"), "utf8"));

if (!out || !target || (target !== "launcher" && (!targets[target] || !binary))) {
  console.error(`usage: build.mjs OUT launcher | OUT TARGET BINARY\ntargets: ${Object.keys(targets).join(", ")}`);
  process.exit(2);
}

const folder = join(out, target === "launcher" ? "why429" : targets[target].name);
rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "bin"), { recursive: true });
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(root, licence), join(folder, licence));

if (target === "launcher") {
  cpSync(join(here, "why429/bin"), join(folder, "bin"), { recursive: true });
  chmodSync(join(folder, "bin/why429.js"), 0o755);
  copyFileSync(join(root, "README.md"), join(folder, "README.md"));
  const packages = Object.values(targets).map((t) => [`@why429/${t.name}`, version]);
  write({ ...launcher, version, optionalDependencies: Object.fromEntries(packages) });
} else {
  const { name, os, cpu, libc } = targets[target];
  const file = os === "win32" ? "why429.exe" : "why429";
  copyFileSync(binary, join(folder, "bin", file));
  chmodSync(join(folder, "bin", file), 0o755);
  write({
    name: `@why429/${name}`,
    version,
    description: `The why429 binary for ${name}; install why429 in its place.`,
    license: launcher.license,
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {}),
    files: [`bin/${file}`, "LICENSE-MIT", "LICENSE-APACHE"],
    preferUnplugged: true,
  });
}
console.log(folder);

function write(description) {
  writeFileSync(join(folder, "package.json"), JSON.stringify(description, null, 2) + "\n");
}

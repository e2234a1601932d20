// The forge's GraphQL schema is a part of GitHub's: node schema.mjs MODULES < {type: {field: {type, arguments,
// inputs}}}. Every type, field, argument and input has to be there, and a field that answers an object has to answer
// the same one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const modules = process.argv[2];
const g = createRequire(modules + "/")("graphql");
const idl = readFileSync(modules + "/node_modules/@octokit/graphql-schema/schema.graphql", "utf8");
const github = g.buildSchema(idl, { assumeValid: true });
const ours = JSON.parse(readFileSync(0, "utf8"));
const wrong = [];

// The projects of old are gone from GitHub's schema; gh asks for them still.
const GONE = new Set(["ProjectCard", "Project", "PullRequest.projectCards"]);

// What a field answers: an object type's name without "Connection" and lists, null for a scalar.
function answers(type) {
  const named = g.getNamedType(type);
  return g.isLeafType(named) ? null : named.name;
}

for (const [kind, fields] of Object.entries(ours)) {
  if (kind.startsWith("__") || GONE.has(kind)) continue;
  const type = github.getType(kind);
  if (!type) {
    wrong.push(`no type ${kind}`);
    continue;
  }
  const theirs = type.getFields ? type.getFields() : {};
  for (const [name, field] of Object.entries(fields)) {
    if (name.startsWith("__") || GONE.has(`${kind}.${name}`)) continue;
    const known = theirs[name];
    if (!known) {
      wrong.push(`no field ${kind}.${name}`);
      continue;
    }
    if (answers(known.type) !== field.type) wrong.push(`${kind}.${name} is ${answers(known.type)}, not ${field.type}`);
    for (const argument of field.arguments) {
      if (!known.args.some((one) => one.name === argument)) wrong.push(`no argument ${argument} of ${kind}.${name}`);
    }
    const input = known.args.find((one) => one.name === "input");
    for (const key of field.inputs) {
      if (!g.getNamedType(input.type).getFields()[key]) wrong.push(`no input ${key} of ${name}`);
    }
  }
}
for (const line of wrong) console.log(line);
if (wrong.length) process.exit(1);
console.log("schema: a part of GitHub's");

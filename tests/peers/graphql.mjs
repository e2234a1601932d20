// GitHub's GraphQL schema judges the questions and answers that went through judge.py: node graphql.mjs FILE MODULES.
// A line of FILE is {query, variables, answer}. Questions are validated as a server would, variables coerced; answers
// are run against the schema, which refuses values of another type. Exits 1 when something is wrong.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [file, modules] = process.argv.slice(2);
const require = createRequire(modules + "/");
const g = require("graphql");
const idl = readFileSync(modules + "/node_modules/@octokit/graphql-schema/schema.graphql", "utf8");
const schema = g.buildSchema(idl, { assumeValid: true });
const lines = readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const problems = new Set();
let judged = 0;

function judge({ query, variables, operationName, answer }) {
  const document = g.parse(query);
  for (const error of g.validate(schema, document)) problems.add(`${query}\n  ${error.message}`);
  const operation = g.getOperationAST(document, operationName);
  const given = g.getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
  for (const error of given.errors ?? []) problems.add(`${query}\n  ${error.message}`);
  if (!answer.data || Object.values(answer.data).includes(null)) return;
  const result = g.executeSync({
    schema, document, operationName, variableValues: variables, rootValue: answer.data,
    fieldResolver: (parent, _, __, info) => parent[info.path.key],
    typeResolver: (value, _, info, abstract) => value.__typename ?? schema.getPossibleTypes(abstract)[0].name,
  });
  for (const error of result.errors ?? []) problems.add(`${query}\n  answer: ${error.message}`);
}

// The control: a question and an answer that are wrong have to be seen.
judge({ query: "{ viewer { nope } }", answer: {} });
judge({ query: "{ viewer { databaseId } }", answer: { data: { viewer: { databaseId: "text" } } } });
if (problems.size !== 2) throw new Error("the judge is blind");
problems.clear();

for (const line of lines) {
  judged += 1;
  try {
    judge(line);
  } catch (error) {
    problems.add(`${line.query}\n  ${error.message}`);
  }
}
for (const problem of problems) console.log(problem);
console.log(`${judged} GraphQL requests judged, ${problems.size} violations`);
process.exit(problems.size ? 1 : 0);

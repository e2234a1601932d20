// GitHub's own JavaScript client against the test forge: node octokit.mjs API TOKEN SHA, in the folder of its modules.
// SHA: the head of `feature`, which is ahead of `main`. Exits 1 at the first surprise.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [baseUrl, auth, sha] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const { Octokit } = await import(pathToFileURL(require.resolve("@octokit/rest")));
const octokit = new Octokit({ baseUrl, auth, userAgent: "forge-tests" });
const repo = { owner: "acme", repo: "widget" };

async function refused(promise, status, text) {
  await assert.rejects(promise, (error) => error.status === status && error.message.includes(text));
}

// Pagination: the client follows Link until there is no next page.
for (let i = 0; i < 7; i++) await octokit.rest.issues.create({ ...repo, title: `issue ${i}`, labels: ["bug"] });
const issues = await octokit.paginate(octokit.rest.issues.listForRepo, { ...repo, per_page: 3 });
assert.equal(issues.length, 7);
const q = "repo:acme/widget is:issue label:bug";
const found = await octokit.rest.search.issuesAndPullRequests({ q, per_page: 2 });
assert.equal(found.data.total_count, 7);

// Refs: made once, found by prefix, deleted once.
const ref = "refs/relrun/lock/core";
await octokit.rest.git.createRef({ ...repo, ref, sha });
await refused(octokit.rest.git.createRef({ ...repo, ref, sha }), 422, "Reference already exists");
assert.equal((await octokit.rest.git.getRef({ ...repo, ref: "relrun/lock/core" })).data.object.sha, sha);
assert.equal((await octokit.rest.git.listMatchingRefs({ ...repo, ref: "relrun/lock" })).data.length, 1);
await octokit.rest.git.deleteRef({ ...repo, ref: "relrun/lock/core" });
await refused(octokit.rest.git.deleteRef({ ...repo, ref: "relrun/lock/core" }), 422, "Reference does not exist");

// The lock on a pull request: pending, refused, freed, merged.
const pull = (await octokit.rest.pulls.create({ ...repo, title: "Release", head: "feature", base: "main" })).data;
await octokit.rest.repos.updateBranchProtection({
  ...repo, branch: "main", required_status_checks: { strict: false, contexts: ["release"] }, enforce_admins: true,
  required_pull_request_reviews: null, restrictions: null,
});
await octokit.rest.repos.createCommitStatus({ ...repo, sha, state: "pending", context: "release" });
assert.equal((await octokit.rest.repos.getCombinedStatusForRef({ ...repo, ref: sha })).data.state, "pending");
const merge = { ...repo, pull_number: pull.number, sha, merge_method: "merge" };
await refused(octokit.rest.pulls.merge(merge), 405, "release");
await octokit.rest.repos.createCommitStatus({ ...repo, sha, state: "success", context: "release" });
await refused(octokit.rest.pulls.merge({ ...merge, sha: "0".repeat(40) }), 409, "modified");
assert.equal((await octokit.rest.pulls.merge(merge)).data.merged, true);
assert.equal((await octokit.rest.repos.compareCommitsWithBasehead({ ...repo, basehead: `main...${sha}` })).data.status,
  "behind");

// A release: draft, bytes, publish, download through the redirect.
const bytes = Buffer.from(Array.from({ length: 70000 }, (_, i) => i % 256));
const order = { ...repo, tag_name: "v1.0.0", draft: true, target_commitish: sha };
const draft = (await octokit.rest.repos.createRelease(order)).data;
await refused(octokit.rest.repos.getReleaseByTag({ ...repo, tag: "v1.0.0" }), 404, "Not Found");
const upload = { ...repo, release_id: draft.id, name: "data.bin", data: bytes, url: draft.upload_url,
  headers: { "content-type": "application/octet-stream", "content-length": bytes.length } };
const asset = (await octokit.rest.repos.uploadReleaseAsset(upload)).data;
assert.equal(asset.digest, "sha256:" + createHash("sha256").update(bytes).digest("hex"));
await refused(octokit.rest.repos.uploadReleaseAsset(upload), 422, "already_exists");
await octokit.rest.repos.updateRelease({ ...repo, release_id: draft.id, draft: false });
assert.equal((await octokit.rest.repos.getReleaseByTag({ ...repo, tag: "v1.0.0" })).data.id, draft.id);
const down = await octokit.rest.repos.getReleaseAsset({ ...repo, asset_id: asset.id,
  headers: { accept: "application/octet-stream" } });
assert.deepEqual(Buffer.from(down.data), bytes);
console.log("octokit: as on GitHub");

--- What `relrun check` can say of CI workflows: every kind of finding as a row. docs/checks.md is made from them.
--
--   key       how the checks name it          ids   what it stands on, the first one is shown
--   severity  "error": a release or its publishing will go wrong; "warning": it can; "note": good to know
--   text      the sentence, with %s for what differs      todo  what to do about it, likewise complete
--   doc       why it matters
--   absence   it says that no workflow does something, so it is only said when every workflow could be read

local findings = {}

findings.rows = {
  -- the files
  { key = "no_folder", ids = { "S1.30" }, severity = "note",
    text = "there are no workflows in .github/workflows",
    todo = "if GitHub Actions runs the releases, begin with the example of the branch-flow spec",
    doc = "Without workflow files there is nothing to check; another CI system may do the work." },
  { key = "unreadable", ids = { "S1.113" }, severity = "error", text = "%s",
    todo = "GitHub starts no run of a workflow that it cannot read",
    doc = "A workflow that is no YAML, lacks `on` or `jobs`, or has a filter pattern without a meaning." },
  { key = "not_understood", ids = { "S1.113" }, severity = "warning", text = "%s",
    todo = "relrun does not read this file, so what depends on it was not checked",
    doc = "YAML that GitHub may read and relrun does not (anchors, tags), a link, or a file of more than 1 MiB. What no other workflow does is "
      .. "not reported then: this one may." },
  { key = "bad_condition", ids = { "S1.113" }, severity = "warning",
    text = "the condition of job %s is not understood: %s",
    todo = "correct the expression", doc = "A condition that does not parse fails the whole workflow." },

  -- CI
  { key = "no_ci", absence = true, ids = { "S1.30" }, severity = "warning",
    text = "no workflow runs on pull requests or pushes to %s",
    todo = "add a CI workflow that runs on both", doc = "What is released was never tested." },
  { key = "ci_no_pull_request", absence = true, ids = { "S1.31" }, severity = "warning",
    text = "no workflow runs on pull requests to %s",
    todo = "add the branch to on.pull_request.branches of the CI workflow",
    doc = "A required check that never runs leaves pull requests pending, and without one they are merged untested." },
  { key = "ci_no_push", absence = true, ids = { "S1.32" }, severity = "warning", text = "no CI workflow runs on pushes to %s",
    todo = "add the branch to on.push.branches of the CI workflow",
    doc = "The commit that is released is the merge, and only a run on the push tests that very commit." },
  { key = "ci_no_dispatch", absence = true, ids = { "S1.33" }, severity = "note",
    text = "the CI workflow cannot be started by hand",
    todo = "add workflow_dispatch to `on`", doc = "A run that got lost is repeated without a commit." },
  { key = "ci_paths", ids = { "S1.34" }, severity = "note", text = "CI runs for some paths only",
    todo = "if it is a required check, pull requests that touch no such path stay pending",
    doc = "GitHub leaves a required check that a paths filter skipped in the state Pending." },
  { key = "no_python_version", ids = { "S1.38" }, severity = "warning",
    text = "setup-python has no python-version",
    todo = "say with: { python-version: \"3.11\" }, or python-version-file",
    doc = "The version is then whatever the runner image has, and changes without a commit." },
  { key = "no_tests", absence = true, ids = { "S1.39" }, severity = "note",
    text = "no step of the CI workflows is a test command that relrun knows",
    todo = "add one, such as: pytest -q", doc = "CI that is green without testing anything protects nothing." },
  { key = "action_by_tag", ids = { "S1.37", "S1.38" }, severity = "warning",
    text = "%s named by a tag or branch, in a workflow that releases or publishes: %s",
    todo = "name the commit: uses: owner/action@<40 digits> # v4", doc = "Whoever can move that tag runs code with the release's token." },
  { key = "action_by_tag_in_ci", ids = { "S1.37", "S1.38" }, severity = "note",
    text = "%s named by a tag or branch: %s",
    todo = "name the commit: uses: owner/action@<40 digits> # v4", doc = "The same in workflows without release rights." },

  -- publishing
  { key = "no_publish", absence = true, ids = { "S1.108" }, severity = "warning",
    text = "lane %s makes tags such as %s, and no workflow starts from tags",
    todo = "add a publishing workflow with on.push.tags, if tags are to publish", doc = "Releases end with tags; something must publish from them." },
  { key = "tag_unmatched", absence = true, ids = { "S1.109", "S1.115" }, severity = "error",
    text = "lane %s makes the tag %s, and no publishing workflow runs for it%s",
    todo = "correct on.push.tags; in GitHub's filters * stops at a slash, and ? and + repeat the character before them",
    doc = "The release would be tagged and never published, with no failure anywhere." },
  { key = "final_skipped", ids = { "S1.58" }, severity = "error",
    text = "the condition skips the tag %s of lane %s%s",
    todo = "let on.push.tags tell finals from candidates, such as '*-v[0-9]+.[0-9]+.[0-9]+': a condition on the whole name meets packages' names",
    doc = "`!contains(github.ref_name, 'rc')` is a test of the whole tag: finals of `search` hold \"rc\" and are never published; a skipped job is green." },
  { key = "final_as_candidate", ids = { "S1.56", "S1.58" }, severity = "error",
    text = "the final tag %s starts this workflow too, which is for candidates%s",
    todo = "make on.push.tags match candidates only, such as '*-v[0-9]+.[0-9]+.[0-9]+rc[0-9]+' for PEP 440",
    doc = "A pattern such as `*-v*rc*` also matches finals of a package whose name brings \"-v\" and \"rc\" along (`my-vrchat-v1.2.0`)." },
  { key = "candidate_as_final", ids = { "S1.57" }, severity = "error",
    text = "the candidate tag %s starts this workflow too, which is for finals%s",
    todo = "make on.push.tags match finals only, such as '*-v[0-9]+.[0-9]+.[0-9]+'",
    doc = "`*-v*` matches candidates as well, which would be published as finals." },
  { key = "too_many_tags", ids = { "S1.49" }, severity = "error",
    text = "a push of lane %s can hold %s tags, and GitHub starts no workflow when more than three arrive at once",
    todo = "say push { tags_start_workflows = true }", doc = "With more than three tags in one push, tag workflows do not start at all." },
  { key = "publish_depth", ids = { "S1.61", "S1.116" }, severity = "warning",
    text = "job %s checks out without fetch-depth: 0",
    todo = "say with: { fetch-depth: 0, fetch-tags: true }", doc = "Tools that read the version from history see one commit and no tags." },
  { key = "publish_tags", ids = { "S1.62", "S1.116" }, severity = "note",
    text = "job %s checks out without fetch-tags: true",
    todo = "fetch-depth: 0 brings the tags as well, as long as it stays",
    doc = "Said outright, the need for tags survives a later change of the depth." },
  { key = "package_not_read", ids = { "S1.63", "S1.64" }, severity = "warning",
    text = "tags of %s packages start this workflow, and nothing in it looks at the tag",
    todo = "take the package from GITHUB_REF_NAME and build that one only",
    doc = "Every tag is one package's; building all of them publishes unreleased work." },
  { key = "package_cut_short", ids = { "S1.63" }, severity = "warning",
    text = "the script cuts the tag at its first -v, and package %s has one in its name",
    todo = "cut at the last one: ${GITHUB_REF_NAME%-v*}", doc = "`${TAG%%-v*}` makes `a` of `a-v1-v2.0.0`." },

  -- releasing
  { key = "no_release", absence = true, ids = { "S1.42" }, severity = "note", text = "no workflow runs relrun with --push",
    todo = "releases are then made by hand: relrun SPEC LANE --push", doc = "Lanes that wait for a push or a workflow's end are started by nobody." },
  { key = "lane_not_started", absence = true, ids = { "S1.42", "S1.113" }, severity = "warning",
    text = "lane %s waits for %s, and no workflow that runs relrun starts then",
    todo = "correct the branch filters or the condition of the release workflow", doc = "The release would not run, and nothing would say so." },
  { key = "completed_unknown", absence = true, ids = { "S1.70", "S1.112" }, severity = "error",
    text = "lane %s waits for the end of workflow '%s', and no workflow has that name",
    todo = "use the name that stands in its `name:`", doc = "GitHub's workflow_run compares names exactly; a wrong one never starts." },
  { key = "for_bots_only", ids = { "S1.67", "S1.114" }, severity = "warning",
    text = "the condition of job %s lets bots through and people not",
    todo = "turn the comparison around: github.actor != 'github-actions[bot]'", doc = "An actor guard that is upside down." },
  { key = "no_guard", ids = { "S1.110", "S1.66", "S1.67", "S1.68", "S1.69", "S1.73" }, severity = "note",
    text = "the release's own push of %s starts job %s again; relrun ends that run itself",
    todo = "a condition saves the runner: github.actor, or the message of the head commit",
    doc = "relrun's own gates (not_released, not_actor, a lane's branch) stop the loop; the run is in vain all the same." },
  { key = "guard_for_another", ids = { "S1.67", "S1.114" }, severity = "note",
    text = "the guard of job %s names github-actions[bot], and the release's push of %s is made with another token",
    todo = "name the account of that token as well, here and in not_actor", doc = "With an App's token the actor is the App: `NAME[bot]`." },
  { key = "run_unguarded", ids = { "S1.70", "S1.71", "S1.72" }, severity = "warning",
    text = "job %s starts at the end of a workflow also when %s",
    todo = "add the condition, or say when = completed \"WORKFLOW\" { branch = \"BRANCH\" } in the lane: relrun then looks itself",
    doc = "workflow_run starts for failures, for every branch and for forks' branches of the same name." },
  { key = "run_guarded_by_relrun", ids = { "S1.70", "S1.71", "S1.72" }, severity = "note",
    text = "job %s starts at the end of a workflow also when %s; relrun ends that run itself (completed)",
    todo = "a condition saves the runner", doc = "The same where the lane's own trigger `completed` judges it." },
  { key = "tested_another", ids = { "S1.119", "S1.112" }, severity = "warning",
    text = "job %s starts at the end of a workflow and checks out the default branch",
    todo = "say with: { ref: \"${{ github.event.workflow_run.head_sha }}\" }",
    doc = "Under workflow_run, checkout takes the default branch, not the commit that was tested." },
  { key = "default_token", ids = { "S1.49", "S1.66" }, severity = "warning",
    text = "job %s pushes tags with GITHUB_TOKEN, and tags that it pushes start no workflow",
    todo = "check out with the token of a GitHub App, or with a deploy key (ssh-key)",
    doc = "Events of GITHUB_TOKEN create no runs, so the publishing workflows never start." },
  { key = "no_write", ids = { "S1.118", "S1.107" }, severity = "error",
    text = "job %s pushes with GITHUB_TOKEN, and its permissions lack contents: write",
    todo = "say permissions: { contents: write } at the job", doc = "The push would be refused." },
  { key = "write_not_said", ids = { "S1.118", "S1.107" }, severity = "note",
    text = "job %s pushes with GITHUB_TOKEN, and no permissions are stated",
    todo = "say permissions: { contents: write } at the job", doc = "What holds then is a setting of the repository, which may be read-only." },
  { key = "shallow_release", ids = { "S1.37" }, severity = "note",
    text = "job %s checks out without fetch-depth: 0",
    todo = "relrun fetches what it lacks; fetch-depth: 0 saves that second fetch", doc = "A shallow clone is no obstacle, only a detour." },
  { key = "no_concurrency", ids = { "S1.97" }, severity = "warning", text = "job %s has no concurrency group",
    todo = "say concurrency: { group: \"release-${{ github.ref }}\", cancel-in-progress: false }",
    doc = "Two pushes in a row start two releases at once; one of them loses the race and fails." },
  { key = "group_of_default_branch", ids = { "S1.97" }, severity = "note",
    text = "the concurrency group of job %s is made of github.ref, which is the default branch in every workflow_run",
    todo = "use github.event.workflow_run.head_branch",
    doc = "Releases of different branches then wait for each other, and a newer one takes the place of a waiting one." },
  { key = "cancels", ids = { "S1.98" }, severity = "warning",
    text = "job %s is cancelled in the middle when another push comes (cancel-in-progress: true)",
    todo = "say cancel-in-progress: false; a queue releases both",
    doc = "A cancelled release leaves its work half done until the next run resumes it; a cancelled publishing run is not resumed by anybody." },
  { key = "injection", ids = { "P17" }, severity = "error",
    text = "the script interpolates ${{ %s }}, which others write",
    todo = "pass it through env: and use \"$NAME\" in the script",
    doc = "A branch name or title such as `$(command)` would run with the release's token." },
}

findings.by_key = {}
for _, row in ipairs(findings.rows) do findings.by_key[row.key] = row end

---@class workflows.finding
---@field key string
---@field id string
---@field severity "error"|"warning"|"note"
---@field file string
---@field line integer
---@field text string
---@field todo string

return findings

#!/bin/sh
# oracle.sh REPOSITORY: answers for a benchmark repository what `relrun versions` must answer, in the same form, with
# nothing but git: one `git log TAG..HEAD -- FOLDER` a package. It shares no code and no idea with the generator or with
# relrun, so it can judge both; it takes minutes for a thousand packages, which is why relrun does it otherwise.
set -eu
cd "${1:?usage: oracle.sh REPOSITORY}"

# answer PACKAGE PREFIX FOLDER
answer() {
    tag=$(git for-each-ref --merged HEAD --sort=-version:refname --count=1 --format='%(refname:lstrip=2)' \
        "refs/tags/$2[0-9]*")
    # --full-history: by default git drops commits of side branches whose effect it finds elsewhere.
    git log --full-history --no-merges --format='%B%x1e' "$tag..HEAD" -- "$3" |
        awk -v package="$1" -v tag="$tag" -v prefix="$2" '
            BEGIN { RS = "\036"; split("none patch minor major", names, " ") }
            {
                sub(/^\n+/, "")
                if ($0 == "") next
                commits++
                subject = $0
                sub(/\n.*/, "", subject)
                if (subject !~ /^[A-Za-z]+(\([^()]+\))?!?: ./) next
                type = subject
                sub(/[(!:].*/, "", type)
                rank = type == "feat" ? 2 : type == "fix" || type == "perf" ? 1 : 0
                if (subject ~ /^[A-Za-z]+(\([^()]+\))?!:/ || $0 ~ /\nBREAKING[ -]CHANGE: /) rank = 3
                if (rank > level) level = rank
            }
            END {
                split(substr(tag, length(prefix) + 1), v, ".")
                next_version = "-"
                if (level == 1) next_version = v[1] "." v[2] "." v[3] + 1
                if (level == 2) next_version = v[1] "." v[2] + 1 ".0"
                if (level == 3) next_version = v[1] + 1 ".0.0"
                print package "\t" tag "\t" commits + 0 "\t" names[level + 1] "\t" next_version
            }'
}

if git cat-file -e HEAD:packages 2>/dev/null; then
    git ls-tree --name-only HEAD:packages | while read -r package; do
        answer "$package" "$package-v" "packages/$package/"
    done
else
    answer solo v .
fi

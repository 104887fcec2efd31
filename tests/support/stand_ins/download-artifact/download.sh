# As actions/download-artifact: a name into the folder itself, and an error where there is none; a pattern's matches
# each into a folder of their own, and no error where there are none. What is there already is written over.
set -euo pipefail
mkdir -p "$STAND_IN_SHELF" "$STAND_IN_SEEN"
env -0 >"$STAND_IN_SEEN/$GITHUB_JOB.before"

if [[ -n $NAME ]]; then
  [[ -d $STAND_IN_SHELF/$NAME ]] || { echo "::error::Artifact not found for name: $NAME" && exit 1; }
  mkdir -p "$TARGET"
  cp -R "$STAND_IN_SHELF/$NAME/." "$TARGET"
else
  for found in "$STAND_IN_SHELF"/$PATTERN; do
    [[ -d $found ]] || continue
    mkdir -p "$TARGET/${found##*/}"
    cp -R "$found/." "$TARGET/${found##*/}"
  done
fi

# As actions/upload-artifact: a folder's contents, links followed, without hidden files; a name is taken once.
set -euo pipefail
mkdir -p "$STAND_IN_SHELF" "$STAND_IN_SEEN"
env -0 >"$STAND_IN_SEEN/$GITHUB_JOB.after"

if [[ -z $(find "$SOURCE" -type f -not -path '*/.*' -print -quit 2>/dev/null) ]]; then
  echo "No files were found with the provided path: $SOURCE. No artifacts will be uploaded."
  [[ $MISSING != error ]]
  exit
fi
shelf=$STAND_IN_SHELF/$NAME
if [[ -e $shelf ]]; then
  [[ $OVERWRITE == true ]] || { echo "::error::an artifact with this name already exists on the workflow run" && exit 1; }
  rm -rf "$shelf"
fi
cp -RL "$SOURCE" "$shelf"
find "$shelf" -mindepth 1 -name '.*' -prune -exec rm -rf {} +

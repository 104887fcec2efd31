"""Endpoints of pull requests."""

from __future__ import annotations

from tests.support.github import shapes_git, shapes_issues
from tests.support.github.answer import Answer, Call, Refusal, invalid, missing
from tests.support.github.api_issues import checked, set_state
from tests.support.github.routes import REPO, on
from tests.support.github.shapes import Json
from tests.support.github.state import Issue, Pull

PULL = f"{REPO}/pulls/{{pull_number}}"
READ, WRITE = "pull_requests:read", "pull_requests:write"
NOT_PERMITTED = "GitHub Actions is not permitted to create or approve pull requests."
ACTIONS_BOT = "github-actions[bot]"


def wanted(call: Call) -> Issue:
    number = call.request.params["pull_number"]
    one = call.repo.issues.get(int(number)) if number.isdigit() else None
    if one is None or one.pull is None:
        raise missing()
    return one


def new_commits(call: Call, base: str, head: str) -> list[str]:
    """What ``head`` has beyond ``base``, oldest first."""
    store = call.repo.store
    known = set(store.history(base))
    return [sha for sha in reversed(store.history(head)) if sha not in known]


def whole(call: Call, one: Issue) -> Json:
    """A pull request as ``GET /pulls/{n}`` shows it."""
    data, store = one.pull, call.repo.store
    assert data
    commits = [] if data.merged_at else new_commits(call, data.base_sha, data.head_sha)
    meeting = store.merge_base(data.base_sha, data.head_sha) or data.base_sha
    before, after = (store.flat(store.commit(sha).tree) for sha in (meeting, data.head_sha))
    files = shapes_git.differences(call, before, after, data.head_sha)
    sizes = {
        "commits": len(commits),
        "additions": sum(each["additions"] for each in files),
        "deletions": sum(each["deletions"] for each in files),
        "changed_files": len(files),
    }
    return shapes_issues.pull(call, one, sizes)


@on("GET", f"{REPO}/pulls", READ)
def pulls(call: Call) -> Answer:
    """Newest first. As at GitHub, ``head`` without ``owner:`` filters nothing."""
    call.repo.refresh()
    query, owner = call.request.query, call.repo.owner.login
    state, head, base = query.get("state", "open"), query.get("head", ""), query.get("base")
    found = []
    for one in reversed(call.repo.pulls):
        assert one.pull
        right_head = ":" not in head or head.lower() == f"{owner}:{one.pull.head}".lower()
        if state in {"all", one.state} and right_head and base in {None, one.pull.base}:
            found.append(one)
    if query.get("direction") == "asc":
        found.reverse()
    return call.page([shapes_issues.pull(call, one) for one in found])


@on("POST", f"{REPO}/pulls", WRITE, role="read")
def create_pull(call: Call) -> Answer:
    request, repo = call.request, call.repo
    if call.token.user.login == ACTIONS_BOT and not repo.actions_may_create_pulls:
        raise Refusal(403, NOT_PERMITTED)
    title, body = request.text("title"), request.text("body")
    checked("PullRequest", title or "", body)
    head = (request.text("head") or "").removeprefix(f"{repo.owner.login}:")
    base = request.text("base") or ""
    _check_branches(call, base, head)
    draft = request.get("draft") is True
    if draft and not repo.drafts_allowed:
        raise Refusal(422, "Draft pull requests are not supported in this repository.")
    now = repo.tick()
    one = Issue(
        id=next(repo.serial),
        number=repo.next_number(),
        title=title or "",
        body=body,
        user=call.token.user,
        created_at=now,
        updated_at=now,
        pull=Pull(head=head, base=base, head_sha=repo.branch(head), base_sha=repo.branch(base), draft=draft),
    )
    repo.issues[one.number] = one
    shape = whole(call, one)
    return Answer(status=201, body=shape, headers={"Location": shape["url"]})


def _check_branches(call: Call, base: str, head: str) -> None:
    """Raises GitHub's 422s for branches that no pull request can be made of."""
    repo = call.repo
    repo.refresh()
    for name, branch in (("base", base), ("head", head)):
        if f"refs/heads/{branch}" not in repo.refs:
            raise invalid("PullRequest", name)
    for one in repo.pulls:
        if one.state == "open" and one.pull and (one.pull.head, one.pull.base) == (head, base):
            text = f"A pull request already exists for {repo.owner.login}:{head}."
            raise Refusal(422, "Validation Failed", errors=[_custom(text)])
    if not new_commits(call, repo.branch(base), repo.branch(head)):
        text = f"No commits between {base} and {head}"
        raise Refusal(422, "Validation Failed", errors=[_custom(text)])


def _custom(message: str) -> dict[str, object]:
    return {"resource": "PullRequest", "code": "custom", "message": message}


@on("GET", PULL, READ)
def pull(call: Call) -> Answer:
    call.repo.refresh()
    return Answer(body=whole(call, wanted(call)))


@on("PATCH", PULL, WRITE, role="read")
def edit_pull(call: Call) -> Answer:
    """Title, body, state and base; whether it is a draft can be changed by GraphQL only."""
    repo, request = call.repo, call.request
    repo.refresh()
    one = wanted(call)
    assert one.pull
    title, body, base = request.text("title"), request.text("body"), request.text("base")
    checked("PullRequest", title, body)
    if base is not None and f"refs/heads/{base}" not in repo.refs:
        raise invalid("PullRequest", "base")
    if request.get("state") == "open" and one.state == "closed" and _cannot_open(call, one):
        raise invalid("PullRequest", "state", "invalid", "state cannot be changed. The branch was deleted or merged.")
    one.edit(call.token.user, repo.tick(), title=title, body=body)
    set_state(call, one, request.get("state"))
    one.pull.base = base or one.pull.base
    repo.refresh()
    return Answer(body=whole(call, one))


def _cannot_open(call: Call, one: Issue) -> bool:
    assert one.pull
    return bool(one.pull.merged_at) or f"refs/heads/{one.pull.head}" not in call.repo.refs


@on("GET", f"{PULL}/commits", READ)
def pull_commits(call: Call) -> Answer:
    call.repo.refresh()
    one = wanted(call)
    assert one.pull
    found = new_commits(call, one.pull.base_sha, one.pull.head_sha)
    return call.page([shapes_git.commit(call, sha) for sha in found])


@on("GET", f"{PULL}/files", READ)
def pull_files(call: Call) -> Answer:
    call.repo.refresh()
    one, store = wanted(call), call.repo.store
    assert one.pull
    meeting = store.merge_base(one.pull.base_sha, one.pull.head_sha) or one.pull.base_sha
    before, after = (store.flat(store.commit(sha).tree) for sha in (meeting, one.pull.head_sha))
    return call.page(list(shapes_git.differences(call, before, after, one.pull.head_sha)))

"""Git's refs and annotated tags."""

from merganser.forge import names, values
from merganser.forge.github.client import Client, of_repository, or_none
from merganser.forge.requests.request import Request


def ref(client: Client, repo: str, name: str) -> values.Ref | None:
    return or_none(lambda: client.get(f"{of_repository(repo)}/git/ref/{names.quoted(names.ref(name))}", values.Ref))


def refs(client: Client, repo: str, prefix: str) -> tuple[values.Ref, ...]:
    """The refs whose names begin with `prefix`, such as `tags/digits@`."""
    url = f"{of_repository(repo)}/git/matching-refs/{names.quoted(names.ref_prefix(prefix))}"
    found = client.transport.items(Request(verb="GET", url=url), values.Ref)
    return tuple(ref for ref in found if ref.ref.startswith(f"refs/{prefix}"))


def create_ref(client: Client, repo: str, name: str, sha: str) -> values.Ref:
    """`Conflict` where it exists: the one atomic claim that GitHub offers."""
    fields = {"ref": f"refs/{names.ref(name)}", "sha": names.sha(sha)}
    return client.send("POST", f"{of_repository(repo)}/git/refs", fields, values.Ref)


def fast_forward_ref(client: Client, repo: str, name: str, sha: str) -> values.Ref:
    """`Conflict` where that would lose a commit."""
    url = f"{of_repository(repo)}/git/refs/{names.quoted(names.ref(name))}"
    return client.send("PATCH", url, {"sha": names.sha(sha), "force": False}, values.Ref)


def tag_object(client: Client, repo: str, sha: str) -> values.TagObject:
    return client.get(f"{of_repository(repo)}/git/tags/{names.sha(sha)}", values.TagObject)


def create_tag_object(client: Client, repo: str, *, name: str, message: str, commit: str) -> values.TagObject:
    fields = {"tag": names.tag(name), "message": message, "object": names.sha(commit), "type": "commit"}
    return client.send("POST", f"{of_repository(repo)}/git/tags", fields, values.TagObject)

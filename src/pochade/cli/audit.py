"""`pochade audit`: claims about a service, measured, signed, and measured again; the decision log; appeals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pochade.core.errors import InvalidRequestError, OutputExistsError

if TYPE_CHECKING:
    from pochade.trust.audit.endpoint import Endpoint
    from pochade.trust.policy.appeals import AppealFile

app = typer.Typer(no_args_is_help=True, help="Check what a service claims: run and verify audits, the decision log, appeals.")
log_app = typer.Typer(no_args_is_help=True, help="The decision log.")
app.add_typer(log_app, name="log")

HERE = "here"
"""As a target: this installation, in a studio that is started for the audit and needs no server, key or strikes to spare."""

LOCKED_OUT = "locked out"
"""How an outcome begins that says nothing but that the service had refused too much before."""
EXEMPTION = (
    "Some cases were not answered, since this service counts what it refuses and an audit is refused on purpose. Ask its administrator to "
    "exempt the account that asks (in Pochade: `exempt` in policy.toml), or audit the same installation with `--target here`."
)

PublicKey = Annotated[
    str | None,
    typer.Option(metavar="BASE64", help="The public key that must have signed; without it, whichever is named.", show_default=False),
]


@app.command("run")
def run(
    target: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Address of an OpenAI-compatible service, e.g. http://127.0.0.1:8420; `here`: this installation, without a server.",
        ),
    ],
    suite: Annotated[str, typer.Option(metavar="NAME", help="policy, marking, reproducibility or contract.")],
    key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Environment variable that holds the key.", show_default=False)
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="Model to ask for.", show_default="the service's own")] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size of the pictures.")] = "512x512",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many cases per measure.", show_default="all")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the signed statement goes.")] = Path("audit.json"),
) -> None:
    """Ask a service every case of a suite and sign what it answered."""
    from rich.console import Console

    from pochade.trust.audit import report

    if out.exists():
        raise OutputExistsError(f"{out} exists. Choose another place with --out, or move it away.")
    console = Console(stderr=True, highlight=False)
    signs = {True: "[green]pass[/]", False: "[red]fail[/]", None: "[yellow]unclear[/]"}
    with _endpoint(target, key_env, model, size) as endpoint:
        signed = report.run(
            endpoint,
            suite,
            _signer(),
            limit,
            progress=lambda case, outcome: (
                console.print(f"{signs[outcome.passed]} {case.id}: ", end="", soft_wrap=True)
                or console.print(outcome.observed, markup=False, soft_wrap=True)
            ),
        )
    out.write_text(json.dumps(signed, indent=1) + "\n", encoding="utf-8")
    predicate = report.verify(signed).predicate
    _show(predicate)
    if any(LOCKED_OUT in result["observed"] for result in predicate["audit"]["results"]):
        print(EXEMPTION)
    print(f"written to {out}")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A statement that `pochade audit run` wrote.")],
    execute: Annotated[bool, typer.Option("--execute", help="Ask the service again and compare.")] = False,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Ask there instead of at the address in the statement; `here`: this installation, without a server.",
            show_default=False,
        ),
    ] = None,
    key_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="Environment variable that holds the key.", show_default=False)
    ] = None,
    public_key: PublicKey = None,
) -> None:
    """Check a statement's signature and figures, and with --execute also the service itself."""
    import base64

    from pochade.trust.audit import report
    from pochade.trust.audit.signing import key_id

    raw = _json(file)
    with ExitStack() as stack:
        ask = (lambda url, model, size: stack.enter_context(_endpoint(target or url, key_env, model, size))) if execute else None
        checked = report.verify(raw, _key(public_key), ask)
    _show(checked.predicate)
    print(f"signed by key {key_id(checked.signed_by)} ({base64.b64encode(checked.signed_by).decode()})")
    for problem in (*checked.problems, *(checked.differences or ())):
        print(f"differs: {problem}")
    for case in checked.unanswered:
        print(f"not answered: {case}")
    if checked.differences is not None:
        total = len(checked.predicate["audit"]["results"])
        agree = total - len(checked.differences) - len(checked.unanswered) - checked.unclear
        others = {"differ": len(checked.differences), "not answered": len(checked.unanswered), "unclear both times": checked.unclear}
        said = [f"{agree} of {total} cases agree", *(f"{number} {what}" for what, number in others.items() if number)]
        print(f"asked again: {'; '.join(said)}")
    if any(LOCKED_OUT in case for case in checked.unanswered):
        print(EXEMPTION)
    if checked.problems or checked.differences or checked.unanswered:
        raise typer.Exit(1)
    print("the statement holds")


@app.command("key")
def key() -> None:
    """Print the public key with which this installation signs audits and checkpoints."""
    import base64

    print(base64.b64encode(_signer().public_key).decode())


@app.command("rules")
def rules() -> None:
    """List the rules of the policy."""
    from pochade.trust.policy import rulebook

    for rule in rulebook.standard().rules:
        note = " (absolute)" if rule.category.absolute else " (edits)" if rule.edits_only else ""
        print(f"{rule.id}: {rule.category.name}{note}")


@app.command("try")
def try_prompt(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT")],
    edit: Annotated[bool, typer.Option("--edit", help="As a change of a picture that somebody brought.")] = False,
    organisation: Annotated[Path | None, typer.Option(metavar="FILE", help="An organisation's policy (TOML).", show_default=False)] = None,
) -> None:
    """Say what the policy would decide about a prompt; nothing is painted or noted."""
    from pochade.trust.policy import check, load_organisation

    decision = check(prompt, image_given=edit, organisation=load_organisation(organisation) if organisation else None)
    print("allowed" if decision.allowed else decision.message)
    if not decision.allowed:
        raise typer.Exit(1)


@app.command("appeal")
def appeal(
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="The id in the refusal.")],
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why the refusal is a mistake.")],
) -> None:
    """Ask an administrator to look at a refusal again."""
    from pochade.trust.policy import appeals

    appeals.appeal(decision, because, _appeals())
    print(f"appeal against {decision} filed")


@app.command("appeals")
def list_appeals(
    grant: Annotated[
        str | None,
        typer.Option(metavar="DECISION", help="Find the appeal right; takes back the strikes of whoever was refused.", show_default=False),
    ] = None,
    uphold: Annotated[str | None, typer.Option(metavar="DECISION", help="Let the refusal stand.", show_default=False)] = None,
) -> None:
    """List appeals, or answer one."""
    for decision, answer in ((grant, "granted"), (uphold, "upheld")):
        if decision:
            from pochade.trust.policy.installation import answer_appeal, installation_gate

            answer_appeal(decision, answer, installation_gate())
    for one in _appeals().all():
        print(f"{one.filed_at} {one.decision_id} {one.answer or 'open'}: {one.because}")


@log_app.command("verify")
def verify_log(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A decision log.")],
    checkpoints: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A copy of its checkpoints that was kept elsewhere.", show_default="beside the log")
    ] = None,
    public_key: PublicKey = None,
) -> None:
    """Check that nothing in a decision log was changed, taken out, moved or cut off."""
    from pochade.trust import decisions

    if not file.is_file():
        raise InvalidRequestError(f"There is no file {file}. Give the path of a decision log.")
    found = decisions.verify_log(file, checkpoints, _key(public_key))
    for problem in found.problems:
        print(problem)
    signed = f", signed by {', '.join(found.key_ids)}" if found.key_ids else ""
    before = f" after {found.forgotten} that were deleted when their time was up" if found.forgotten else ""
    print(f"{found.entries} entries{before}, the first {found.covered} covered by a checkpoint{signed}")
    if not found.intact:
        raise typer.Exit(1)
    print("nothing was changed")


def _show(predicate: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    audit = predicate["audit"]
    table = Table(
        "measure",
        "passed",
        "of",
        "share",
        "95 % interval",
        "unclear",
        title=f"{audit['suite']} at {audit['target']['url']}: {predicate['result']}",
    )
    for measure, rate in audit["rates"].items():
        share = f"{rate['passed'] / rate['total']:.1%}" if rate["total"] else "-"
        table.add_row(
            measure, str(rate["passed"]), str(rate["total"]), share, f"{rate['low']:.1%} to {rate['high']:.1%}", str(rate["unclear"])
        )
    Console(highlight=False).print(table)


@contextmanager
def _endpoint(target: str, key_env: str | None, model: str | None, size: str) -> Iterator[Endpoint]:
    """The service to ask, for as long as it is asked."""
    import os

    from pochade.trust.audit.endpoint import Endpoint

    if key_env and not os.environ.get(key_env):
        raise InvalidRequestError(f"The environment variable {key_env} is empty. Put the key into it: export {key_env}=...")
    with ExitStack() as stack:
        key = os.environ[key_env] if key_env else None
        if target == HERE:
            from pochade.cli.own_studio import own_studio

            target, key = stack.enter_context(own_studio())
            endpoint = Endpoint(target, key, model, size, named=HERE)
        else:
            endpoint = Endpoint(target, key, model, size)
        stack.callback(endpoint.close)
        yield endpoint


def _signer() -> Any:
    from pochade.trust import keys
    from pochade.trust.audit.signing import key_file

    return key_file(keys.key_folder() / "audit.pem")


def _appeals() -> AppealFile:
    from pochade.trust.policy.installation import installation_appeals

    return installation_appeals()


def _key(given: str | None) -> bytes | None:
    import base64
    import binascii

    if given is None:
        return None
    try:
        raw = base64.b64decode(given, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 32:
        raise InvalidRequestError(f"Got public key {given!r}; 32 bytes in base64 are accepted. `pochade audit key` prints one.")
    return raw


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InvalidRequestError(f"{file} cannot be read as a statement ({error}). Give a file that `pochade audit run` wrote.") from error

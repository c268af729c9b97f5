"""`python -m bandstand.devstack run`, `… lint` or `… manage COMMAND`: the development stack from the command line."""

from __future__ import annotations

import os
import signal
import subprocess  # noqa: S404 # commands are lists of our own
import sys

from bandstand.devstack import linting, product
from bandstand.devstack.processes import StackError, die_with_parent
from bandstand.devstack.stack import servers
from bandstand.settings.workspace import ROOT


def main(arguments: list[str]) -> int:
    """Dispatch to the named command and return its exit code."""
    match arguments:
        case ["run"]:
            return product.run()
        case ["lint"]:
            return linting.lint()
        case ["manage", *rest]:
            return manage(rest)
        case _:
            sys.stderr.write(f"usage: {__doc__}\n")
            return 2


def manage(arguments: list[str]) -> int:
    """Run manage.py against the development servers, reusing those of a running `make run`."""
    # Leave Ctrl-C to the child, as an interactive shell handles it itself. SIGTERM ends this process and the child.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    try:
        with servers(product.NAME) as found:
            environment = {**os.environ, **found, **product.development(product.chosen_port())}
            if arguments[:1] == ["migrate"]:
                environment["DATABASE_URL"] = environment["MIGRATION_DATABASE_URL"]
            return subprocess.run(  # noqa: S603 # a list of our own, no shell
                [sys.executable, str(ROOT / "manage.py"), *arguments],
                env=environment,
                check=False,
                preexec_fn=die_with_parent(signal.SIGTERM),
            ).returncode
    except StackError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The scripts by which shells ask quoth for completions, and where they go. None runs what an article is called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from retrieval.errors import InputInvalid
from retrieval.files import write_whole

# Each line that quoth prints is one completion, in zsh and fish with a tab and what it is. Where there is none, files
# are completed. What ends with # or / is gone on with.
SCRIPTS: Mapping[str, str] = {
    "bash": """\
_quoth_completion() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
        COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_WORDBREAKS="$COMP_WORDBREAKS" _QUOTH_COMPLETE=bash \\
            "$1" 2>/dev/null
    )
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[#/] ]] && compopt -o nospace
    return 0
}
complete -o default -F _quoth_completion quoth
""",
    "zsh": """\
#compdef quoth
_quoth() {
    local -a lines values shown going
    local line
    lines=("${(@f)$(_QUOTH_COMPLETE=zsh ${(Q)words[1]} "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    for line in $lines; do
        values+=("${line%%$'\\t'*}")
        shown+=("${line/$'\\t'/  -- }")
    done
    if (( ! $#values )); then
        _files
    else
        [[ ${values[1]} == *[#/] ]] && going=(-S '')
        # What only holds what is typed would else be dropped, or what is typed be lost for what all begin with.
        [[ ${values[1]} == "${(Q)words[CURRENT]}"* ]] || { going+=(-U); compstate[insert]=menu }
        compadd "${going[@]}" -V quoth -l -d shown -a -- values
    fi
}
if [[ $funcstack[1] == _quoth ]]; then _quoth "$@"; else compdef _quoth quoth; fi
""",
    "fish": """\
function __quoth_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l begun (commandline -ct)
    set -l lines (env _QUOTH_COMPLETE=fish $program $words "$begun" 2>/dev/null)
    if test (count $lines) -gt 0
        printf '%s\\n' $lines
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command quoth --no-files --arguments '(__quoth_complete)'
""",
}


def install(shell: str) -> tuple[str, ...]:
    """Put the script where the shell reads it, and return what the user should know; raises InputInvalid."""
    from platformdirs import user_config_path, user_data_path

    if shell == "fish":
        file = user_config_path("fish") / "completions" / "quoth.fish"
        _write(file, SCRIPTS[shell].encode())
        return (f"Wrote {file}: every new fish has it.",)
    file = user_data_path("quoth") / f"completion.{shell}"
    start = Path.home() / f".{shell}rc"
    prepare = "autoload -Uz compinit && compinit; " if shell == "zsh" else ""
    line = f"{prepare}source '{file}'"
    before = start.read_bytes() if start.is_file() else b""
    _write(file, SCRIPTS[shell].encode())
    if line.encode() not in before.splitlines():
        _write(start, b"".join((before, b"" if before.endswith(b"\n") or not before else b"\n", line.encode(), b"\n")))
    return (f"Wrote {file}, which {start} reads: every new {shell} has it.",)


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, content)
    except OSError as error:
        raise InputInvalid(
            f"The file {file}", f"cannot be written ({error.strerror})", "check its permissions"
        ) from error

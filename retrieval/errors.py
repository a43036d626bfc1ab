"""Every error that quoth raises on purpose; each builds the one sentence that its reader sees.

`retrieval` maps other libraries' errors to these at the border. `str(error)` is whole and names no command or option;
a front end prints `error.sentence(means)`, which adds its own for each of the error's remedies, and exits with 2.

    QuothError
      QuestionInvalid      QuestionTooLong
      QuestionsInvalid     GoldInvalid
      CorpusError          CorpusNotFound  CorpusUnreadable  CorpusEmpty
      ConverterNotStarted  TemporaryFilesUnusable
      ClusterFault         ClusterUnusable  ClusterLost  WorkerDiffers  WorkerFault
      IndexFault           IndexNotFound  IndexUnreadable  IndexLocked  NotAnIndex
        IndexUnreachable   ServerOutdated  ServerLacks
        IndexDamaged       GenerationMissing  ListForeign
        IndexMismatch      IndexOutdated
        IndexNotWritable   IndexPartForeign  DiskTooSmall
      ModelError           ModelNotFound  ModelUnfit  ModelDamaged  ModelReplaced  ModelElsewhere
        ReaderUnusable     ReaderNotFound  TunedReaderUnusable
      PermalinkInvalid     SourceGone
      SourceChanged
      SettingInvalid
      InputInvalid         TextInvalid  FilterInvalid
      FilterEmpty
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from retrieval.installing import install_command
from retrieval.redaction import hide_tokens
from retrieval.remedies import BuildIndex, NameIndex, Remedy, RemoveReader, SkipBadQuestions, WaitForBuild, Wording

LONGEST_VALUE = 80  # characters of a value that a sentence repeats
MOST_LISTED = 3  # names that a sentence gives of many


class QuothError(Exception):
    """A mistake of the user or a fault, in one sentence, which never holds what looks like a token."""

    def __init__(self, *parts: str | Remedy) -> None:
        """The texts alone are the whole sentence; each remedy stands where a front end adds how to follow it."""
        self._parts = parts
        super().__init__(self.sentence(lambda remedy: ""))

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What a front end can help to do about it."""
        return tuple(part for part in self._parts if not isinstance(part, str))

    def sentence(self, means: Callable[[Remedy], str]) -> str:
        """Return the sentence, with the means by which a front end's user follows each remedy."""
        return hide_tokens("".join(part if isinstance(part, str) else means(part) for part in self._parts))


class QuestionInvalid(QuothError):
    """A question that cannot be asked."""

    def __init__(self, reason: str, remedy: str) -> None:
        self.reason, self.remedy = reason, remedy
        super().__init__(f"The question {reason}: {remedy}.")


class QuestionTooLong(QuestionInvalid):
    """A question with more characters than are allowed."""

    def __init__(self, length: int, longest: int) -> None:
        self.length, self.longest = length, longest
        super().__init__(
            f"has {length:,} characters, and {longest:,} are allowed",
            "ask something shorter, or raise max_question in the settings",
        )


class QuestionsInvalid(QuothError):
    """Lines of a file of questions that cannot be asked, all reported at once."""

    def __init__(self, file: str, faults: Sequence[tuple[int, str]]) -> None:
        self.file, self.faults = file, tuple(faults)
        lines = len({line for line, _ in faults})
        listed = "\n".join(f"  line {line}: {fault}." for line, fault in faults)
        count = "a line" if lines == 1 else f"{lines} lines"
        super().__init__(f"{file} has {count} that cannot be asked, so nothing was asked:\n{listed}")


class GoldInvalid(QuothError):
    """Questions of a gold set that cannot be scored, all reported at once."""

    LISTED = 50
    """Faults that the message lists; `faults` has all."""

    def __init__(self, gold: str, faults: Sequence[tuple[str, str]], others: int = 0) -> None:
        """`faults` says where and what; `others` is how many questions have none."""
        self.gold, self.faults, self.others = gold, tuple(faults), others
        lines = [f"  {where}: {fault}." for where, fault in self.faults[: self.LISTED]]
        if len(self.faults) > self.LISTED:
            lines.append(f"  and {len(self.faults) - self.LISTED:,} more.")
        count = "a fault" if len(self.faults) == 1 else f"{len(self.faults):,} faults"
        skip = (SkipBadQuestions(others),) if others else ()
        listed = "\n".join(lines)
        super().__init__(f"The gold set {gold} has {count}, so nothing was asked", *skip, f":\n{listed}")


class CorpusError(QuothError):
    """A corpus that cannot be read at all."""


class CorpusNotFound(CorpusError):
    """The folder or file to index is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"There is no corpus at {path}: name an existing folder or file of articles.")


class CorpusUnreadable(CorpusError):
    """The folder to index is there and cannot be listed."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"The corpus {path} cannot be read ({reason}): check its permissions.")


class CorpusEmpty(CorpusError):
    """Nothing of the corpus could be indexed."""

    def __init__(self, path: Path, skipped: Sequence[tuple[str, str]], unreadable: bool = False) -> None:
        """`skipped` says which and why; all of them are `unreadable` if nothing but reading them failed."""
        self.path, self.skipped, self.unreadable = path, tuple(skipped), unreadable
        named = first_few([f"{name!r} {reason}" for name, reason in skipped])
        count = "its one file was skipped" if len(skipped) == 1 else f"all of its {len(skipped):,} files were skipped"
        why = f"{count} ({named})" if skipped else "it holds none"
        remedy = "add files with text, such as .txt, .md, .html or .pdf"
        if unreadable:
            remedy = "give yourself permission to read them (`chmod -R u+rX`, if they are yours), or check their disk"
        super().__init__(f"The corpus {path} has no article to index, {why}: {remedy}.")


class ConverterNotStarted(QuothError):
    """The process that reads HTML and PDF cannot be started: the machine's fault, not a document's."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The process that reads HTML and PDF files cannot be started ({reason}), so nothing was indexed: "
            "free some memory, allow more processes or install quoth again, then index again."
        )


class TemporaryFilesUnusable(QuothError):
    """No file can be written to the folder for temporary files."""

    def __init__(self, folder: str, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(
            f"The folder for temporary files, {folder}, cannot be used ({reason}), so nothing was indexed: free some "
            "space there, or name another folder with the variable TMPDIR."
        )


class ClusterFault(QuothError):
    """A Ray cluster that cannot do a build's work."""


class ClusterUnusable(ClusterFault):
    """There is no cluster to connect to."""

    def __init__(self, address: str, reason: str, remedy: str) -> None:
        self.address, self.reason, self.remedy = address, reason, remedy
        super().__init__(f"The Ray cluster {address!r} cannot be used ({reason}): {remedy}.")


class ClusterLost(ClusterFault):
    """A cluster that went away in the middle."""

    def __init__(self, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(
            f"The Ray cluster {address!r} is lost ({reason}): index again, with it or without; the build goes on from "
            "here."
        )


class WorkerDiffers(ClusterFault):
    """A machine of a cluster that would make something else of the same article."""

    def __init__(self, node: str, what: str, has: str, expected: str) -> None:
        self.node, self.what, self.has, self.expected = node, what, has, expected
        worker = f"The worker {node} of the Ray cluster" if node else "A worker of the Ray cluster"
        super().__init__(f"{worker} has {what} {has}, and this machine {expected}: install the same on both.")


class WorkerFault(ClusterFault):
    """What keeps a worker of a cluster from its work, as it says itself."""

    def __init__(self, node: str, sentence: str) -> None:
        self.node, self.reason = node, sentence
        super().__init__(f"On the worker {node} of the Ray cluster: {sentence}")


class IndexFault(QuothError):
    """An index that cannot be used."""


class IndexNotFound(IndexFault):
    """No index at this place."""

    def __init__(self, path: Path, instead: str | None = None, elsewhere: BuildIndex | None = None) -> None:
        """Where no index can be built: `instead` says what is there, `elsewhere` is how to build one beside."""
        self.path, self.instead = path, instead
        build = elsewhere or BuildIndex(path, None)
        if instead is None:
            super().__init__(f"There is no index at {path}: build one", build, ".")
        else:
            fault = f"{path} is not an index ({instead})"
            super().__init__(f"{fault}: name an index folder", NameIndex(), ", or build one", build, ".")


class IndexDamaged(IndexFault):
    """A file of the index is not what the build wrote."""

    def __init__(self, file: Path, reason: str, again: BuildIndex) -> None:
        """`again` is how to build the index again."""
        self.file, self.reason = file, reason
        self.fault = f"The index file {file} is damaged ({reason})"
        super().__init__(f"{self.fault}: build the index again", again, ".")


class GenerationMissing(IndexDamaged):
    """The folder of a generation is gone, or that of all of them."""

    def __init__(self, index: Path, name: str, folder: Path, again: BuildIndex) -> None:
        self.index, self.name, self.folder = index, name, folder
        self.file, self.reason, self.fault = folder, "it is gone", f"There is no folder {folder}"
        QuothError.__init__(
            self,
            f"The index {index} lacks its generation {name} (there is no folder {folder}): "
            "put it back, or build the index again",
            again,
            ".",
        )


class ListForeign(IndexDamaged):
    """What lies in the place of an index's list of generations was not written by quoth."""

    def __init__(self, file: Path, reason: str, again: BuildIndex) -> None:
        self.file, self.reason = file, reason
        self.fault = f"The file {file} is no list of generations that quoth wrote ({reason})"
        QuothError.__init__(
            self,
            f"{self.fault}, so it is left as it is: move it away, then build the index again",
            again,
            ".",
        )


class IndexUnreadable(IndexFault):
    """A file of the index is there and may not, or cannot, be read; nothing says that it is damaged."""

    def __init__(self, file: Path, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"The index file {file} cannot be read ({reason}): check its permissions and its disk.")


class IndexUnreachable(IndexFault):
    """The server that an index lies on is gone, slow, or refuses a request; nothing says that it is damaged."""

    def __init__(self, index: Path, server: str, reason: str, remedy: str = "") -> None:
        """`remedy` is what helps where the server answers, but with a refusal."""
        self.index, self.server, self.reason = index, server, reason
        fault = f"The index {index} cannot be reached, since {server} does not answer ({reason}): start it"
        if remedy:
            fault = f"The index {index} cannot be used, since {server} refuses a request ({reason}): {remedy}"
        super().__init__(f"{fault}, or name another index", NameIndex(), ".")


class ServerOutdated(IndexFault):
    """A server that is too old for an index."""

    def __init__(self, index: Path, server: str, version: str, oldest: str) -> None:
        self.index, self.version = index, version
        super().__init__(
            f"The index {index} cannot be used, since {server} has version {version}, and quoth needs {oldest} or "
            "newer: update the server."
        )


class ServerLacks(IndexFault):
    """Something that an index in a folder has, and one on a server has not."""

    def __init__(self, index: Path, what: str, remedy: str) -> None:
        self.index, self.what, self.remedy = index, what, remedy
        super().__init__(f"{what} is not for the index {index}, which lies on a server: {remedy}.")


class IndexMismatch(IndexFault):
    """An index built with another model, other settings or another format."""

    def __init__(self, path: Path, what: str, has: object, expected: object, remedy: Wording) -> None:
        self.path, self.what, self.has, self.expected = path, what, has, expected
        fault = f"The index {path} was built with {what} {has}, but {expected} is asked for"
        super().__init__(f"{fault}: ", *_parts(remedy), ".")


class IndexOutdated(IndexMismatch):
    """An index that an earlier version of quoth built."""


class IndexLocked(IndexFault):
    """Another build is writing this index."""

    def __init__(self, path: Path, owner: str) -> None:
        self.path, self.owner = path, owner
        fault = f"Another build ({owner}) is writing the index {path}"
        super().__init__(f"{fault}: wait for it to finish", WaitForBuild(), ".")


class IndexNotWritable(IndexFault):
    """The index folder cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"The index folder {path} cannot be written ({reason}): make it writable, free some space, or name another",
            NameIndex(),
            ".",
        )


class IndexPartForeign(IndexNotWritable):
    """What lies in the index folder by the name of a part of it was not written by quoth."""

    def __init__(self, path: Path, name: str, what: str = "somebody's own file") -> None:
        self.path, self.name, self.reason = path, name, f"{name} in it is {what}"
        IndexFault.__init__(
            self,
            f"The index folder {path} cannot be written ({self.reason}): move that away, or name another folder",
            NameIndex(),
            ".",
        )


class DiskTooSmall(IndexNotWritable):
    """The disk of the index has no room for what a build will write."""

    def __init__(self, path: Path, needed: int, free: int) -> None:
        self.path, self.needed, self.free = path, needed, free
        self.reason = f"its disk has {megabytes(free)} free, and the build needs about {megabytes(needed)}"
        IndexFault.__init__(
            self,
            f"There is no room for the index {path}: {self.reason}. Free {megabytes(needed - free)}, or name another "
            "folder",
            NameIndex(),
            ".",
        )


def megabytes(size: int) -> str:
    """Return a number of bytes as people say it."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{-(-size // 10**6):,} MB"


class NotAnIndex(IndexFault):
    """The place for the index is in use for something else, or no folder."""

    def __init__(
        self, path: Path, names: Sequence[str], in_the_way: str = "", remedy: str = "name an empty or new folder"
    ) -> None:
        """`in_the_way` says what a file or a collection there is; otherwise the folder holds the `names`."""
        self.path, self.names = path, tuple(names)
        fault = f"The folder {path} is not an index and is not empty ({holding(names)}), so nothing is written to it"
        if in_the_way:
            fault = f"{path} {in_the_way}, so no index can be built there"
        super().__init__(f"{fault}: {remedy}", NameIndex(), ".")


def holding(names: Sequence[str]) -> str:
    """Return what a folder holds, the first of its names."""
    return f"it holds {first_few([*map(repr, names)])}"


def first_few(parts: Sequence[str]) -> str:
    """Return the first of what is listed, and how many more there are."""
    more = [f"and {len(parts) - MOST_LISTED:,} more"] if len(parts) > MOST_LISTED else []
    return ", ".join([*parts[:MOST_LISTED], *more])


class ExtraMissing(QuothError):
    """An optional part of quoth that is not installed."""

    def __init__(self, extra: str, what: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs the extra {extra!r}: install it with `{install_command(extra)}`.")


class ModelError(QuothError):
    """An encoder model that cannot be used."""


class ModelNotFound(ModelError):
    """The model is neither here nor can it be downloaded."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(
            f"The model {name!r} is not available ({reason}): "
            "name a folder that holds it, or run quoth once with network access to download it."
        )


class ModelUnfit(ModelError):
    """The model is here and cannot do what quoth needs."""

    def __init__(self, name: str, reason: str, setting: str = "model", another: str = "another") -> None:
        """`setting` is the one that can mend it, and `another` names what to choose with it."""
        self.name, self.reason, self.setting = name, reason, setting
        super().__init__(
            f"The model {name!r} cannot be used ({reason}): choose {another} with `{setting}` in the settings."
        )


class ModelDamaged(ModelError):
    """A model file does not have the digest it should."""

    def __init__(self, file: Path, has: str, expected: str) -> None:
        self.file, self.has, self.expected = file, has, expected
        super().__init__(
            f"The model file {file} has SHA-256 {has[:12]}…, not {expected[:12]}…: "
            "it is damaged or another model; install or export it again."
        )


class ModelReplaced(ModelError):
    """A model by the name of the one that made an index, but another one."""

    def __init__(self, name: str, has: str, expected: str) -> None:
        self.name, self.has, self.expected = name, has, expected
        super().__init__(
            f"The model {name!r} has the digest {has[:12]}… now, and the index was built with {expected[:12]}…: build "
            "the index again."
        )


class ModelElsewhere(ModelError):
    """A model by the same name on another machine, but another one."""

    def __init__(self, name: str, what: str, has: str, expected: str) -> None:
        self.name, self.what, self.has, self.expected = name, what, has, expected
        super().__init__(
            f"The model {name!r} is another one there ({what} {has[:12]}…, and not {expected[:12]}…): install the same "
            "model on all machines."
        )


class ReaderUnusable(ModelError):
    """The reader is missing, damaged or another model than its card describes."""

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(
            f"The reader in {folder} cannot be used ({reason}), so answers do without it: "
            'install quoth or export the reader again, or turn it off with the setting answer.reader = "".'
        )


class ReaderNotFound(ReaderUnusable):
    """The reader that a setting names cannot be used: no other takes its place unasked."""

    def __init__(self, fault: ReaderUnusable) -> None:
        self.folder, self.reason = fault.folder, fault.reason
        QuothError.__init__(
            self,
            f"The reader in {fault.folder} cannot be used ({fault.reason}): name the folder of one with the setting "
            "answer.reader, or leave that out for the built-in one.",
        )


class TunedReaderUnusable(ReaderUnusable):
    """The reader that was tuned for an index is damaged."""

    def __init__(self, index: Path, reason: str) -> None:
        self.folder, self.reason = index, reason
        QuothError.__init__(
            self,
            f"The tuned reader of the index {index} cannot be used ({reason}), so answers do without it: remove it",
            RemoveReader(index),
            ", and tune another.",
        )


class PermalinkInvalid(QuothError):
    """A permalink that is malformed or points at nothing."""

    def __init__(self, ref: str, reason: str) -> None:
        self.ref, self.reason = ref, reason
        super().__init__(
            f"The permalink {ref!r} {reason}: copy it whole from a citation, as ARTICLE@DIGEST12#START-END."
        )


class SourceGone(PermalinkInvalid):
    """A permalink of an article that is not in the corpus, in a version that is not kept."""

    def __init__(self, ref: str) -> None:
        QuothError.__init__(
            self,
            f"The permalink {ref!r} names no article of this corpus: it is no longer there and the version cited is no"
            " longer kept, or the permalink is from another corpus.",
        )
        self.ref, self.reason = ref, "names no article of this corpus"


class SourceChanged(QuothError):
    """The article that a permalink cites is no longer what was cited."""

    def __init__(self, ref: str, now: str) -> None:
        self.ref, self.now = ref, now
        super().__init__(f"The source of {ref} {now}.")


class SettingInvalid(QuothError):
    """A setting with an unknown name or a bad value."""

    def __init__(self, key: str, allowed: str, where: str, value: object = None) -> None:
        """Leave `value` out where it may be a secret: it is then not repeated."""
        self.key, self.allowed, self.where, self.value = key, allowed, where, value
        assignment = "" if value is None else f" = {_printable(value)}"
        super().__init__(f"The setting {key}{assignment} {where} is not valid: {allowed}.")


class InputInvalid(QuothError):
    """A file, text or option that a command cannot use."""

    def __init__(self, what: str, reason: Wording, remedy: Wording) -> None:
        self.what, self.reason, self.remedy = what, reason, remedy
        super().__init__(f"{what} ", *_parts(reason), ": ", *_parts(remedy), ".")


class FilterInvalid(InputInvalid):
    """A filter that cannot be read."""


class FilterEmpty(QuothError):
    """A filter that no article matches."""

    def __init__(self, wording: str, reason: str) -> None:
        """`wording` says what the articles would be, as in "from the source 'BBC'"; `reason` says what there is."""
        self.wording, self.reason = wording, reason
        super().__init__(f"There is no article {wording}: {reason}.")


class TextInvalid(InputInvalid):
    """A text to verify that has no word in it."""

    def __init__(self) -> None:
        super().__init__("The text to verify", "has no word in it", "give the words of a quote")


def _parts(wording: Wording) -> tuple[str | Remedy, ...]:
    return (wording,) if isinstance(wording, str) else wording


def _printable(value: object) -> str:
    """Return the value as Python writes it, cut where it is long."""
    try:
        literal = hide_tokens(repr(value))  # before it is cut: half a token is still half a secret
    except (ValueError, RecursionError):  # a number of thousands of digits, or lists in lists in lists
        return "(too long to print)"
    return literal if len(literal) <= LONGEST_VALUE else literal[:LONGEST_VALUE] + "…"

"""The limits that a process sets itself, where the system supports them, before it works on what may be hostile."""

from __future__ import annotations

from contextlib import suppress

from retrieval.platforms import memory_in_use


def limit_memory(memory: int) -> int:
    """Limit this process to `memory` bytes beyond what it has, where the system supports it.

    Returns how many bytes those are: a limit that the user set may leave fewer.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open("/proc/self/statm", encoding="ascii") as sizes:
            has = int(sizes.read().split()[0]) * resource.getpagesize()
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY and limit < has + memory:
            return limit - has
        resource.setrlimit(resource.RLIMIT_AS, (has + memory, has + memory))
    return memory


def limit_time(seconds: int) -> None:
    """Have the system end this process after so many more seconds of computing, where it can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def has_grown(memory: int) -> bool:
    """Return whether earlier documents left so much in this process that the next one should get a fresh one."""
    return (memory_in_use() or 0) > memory // 4

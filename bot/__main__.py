"""`python -m bot`, which is `quoth`."""

from __future__ import annotations

from bot.start import main

if __name__ == "__main__":
    main()

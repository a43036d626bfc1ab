"""The front ends: the command line, the terminal chat, and Discord.

Words that users type come in, answers as each medium shows them go out. What is quoted is decided by `retrieval` alone.
The rooms, from what users meet down to what all front ends share:

    cli             the commands of `quoth`, and how errors become a sentence and an exit status
    chat            the conversation in the terminal, or line by line through a pipe
    discord         the Discord bot: who may ask what where, and what becomes of their questions
      interactions  the commands, menus and buttons that people use in Discord
      outgoing      messages laid out, proved against their sources, and sent
    doctor          what `quoth doctor` checks: settings, articles, index, models, disk, and the Discord bot
    http            the search page and the JSON API of `quoth serve`
    mcp_server      the tools of `quoth mcp`, for assistants
    evaluation      evaluations as tables and as a page
      html          the page: one HTML file that loads nothing from anywhere
    answering       the answer service: an index opened or built, questions queued, links made
    monitoring      the running bot watched: its health, its figures, traces of questions
    terminal        what a terminal shows: answers, scores and progress
    sources         folders, git repositories, sitemaps and feeds, fetched into a folder
    formats         an answer as text, JSON, links and pages; files of questions
    help            what `quoth help` tells
    languages       what Discord's bot says, in its readers' languages
    chat_log        what chats remember in SQLite: answers, votes, questions without an answer

Beside them, `start` and `main` are where `quoth` begins, `settings` holds every setting, `errors` and `remedies` say
what went wrong and what to do, and `index_health` checks an index.
"""
